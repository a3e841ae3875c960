"""A comparison is described for the terminal."""

from __future__ import annotations

from conformance.tests.support.grades import grades, known
from wsconform.oracle.comparison import compare
from wsconform.oracle.describe import describe


def test_comparison_is_described() -> None:
    """Cases that differ alike share a line, a reason follows its difference, and the summary comes last."""
    ours = grades("1.1:ok 3.1:ok 3.2:ok 3.4:ok 5.1:lax 5.2:ok 5.3:ok|lax 9.1:ok")
    theirs = grades("1.1:ok 3.1:failed 3.2:failed 3.4:lax 5.1:lax 5.2:ok|lax 5.3:lax 12.1:ok 12.2:ok")
    found = compare(ours, theirs, [known("3.4"), known("5.1")])
    assert list(describe(found, "ws://here/", [found.unexplained[0]])) == [
        "known   3.4: ours OK/OK, Autobahn's NON-STRICT/OK",
        "        a reason (a source)",
        "racing  5.3: ours OK/OK or NON-STRICT/OK, Autobahn's NON-STRICT/OK",
        "once    3.1: ours OK/OK, Autobahn's FAILED/FAILED",
        "gone    5.1: ours NON-STRICT/OK, Autobahn's NON-STRICT/OK",
        "        this known difference no longer occurs; remove it from the list: a reason (a source)",
        "differ  3.1-2: ours OK/OK, Autobahn's FAILED/FAILED",
        "1 case of ours only: 9.1",
        "2 cases of Autobahn's only: 12.1-2",
        "ws://here/: 4 of 7 cases get the same grades, 1 known to differ, 2 unexplained, 1 no longer differing",
    ]
