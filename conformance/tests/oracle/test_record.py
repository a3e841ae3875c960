"""Grades of several runs are recorded in one file."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.tests.support.grades import grades
from wsconform.errors import GradesError
from wsconform.oracle.grades import Recorded, read_recorded
from wsconform.oracle.record import Record


def test_runs_are_added_to_the_file(tmp_path: Path) -> None:
    """All pairs of grades of a case are kept, since some cases race."""
    path = tmp_path / "r.json"
    Record.at(path, "", "127.0.0.1:9001").add("tool 1", grades("1.1:ok 3.4:ok"))
    assert read_recorded(path) == Recorded("127.0.0.1:9001", grades("1.1:ok 3.4:ok"), "tool 1")
    Record.at(path, "", "elsewhere:1").add("tool 2", grades("3.4:lax 3.5:ok"))
    assert read_recorded(path) == Recorded("127.0.0.1:9001", grades("1.1:ok 3.4:ok|lax 3.5:ok"), "tool 2", runs=2)
    with pytest.raises(GradesError, match=r"is a record of 127\.0\.0\.1:9001, not of another"):
        Record.at(path, "another", "")
    Record.at(None, "", "x").add("tool", grades("1.1:ok"))
    assert list(tmp_path.iterdir()) == [path]
