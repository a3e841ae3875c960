"""Comparing two sets of grades in the light of known differences."""

from __future__ import annotations

import pytest

from conformance.tests.support.grades import FAILED, LAX, OK, grades, known
from wsconform.oracle.comparison import compare
from wsconform.oracle.known import KnownDifference


def test_same_grades_agree() -> None:
    found = compare(grades("1.1:ok 3.4:lax"), grades("1.1:ok 3.4:ok|lax"))
    assert found.agreed == ("1.1", "3.4")
    assert found.is_fine
    assert found.compared == 2


def test_unexplained_difference_is_not_fine() -> None:
    found = compare(grades("1.1:ok 3.4:failed"), grades("1.1:ok 3.4:ok|lax"))
    assert [(d.case, d.ours, d.theirs) for d in found.unexplained] == [("3.4", (FAILED,), (OK, LAX))]
    assert not found.is_fine
    assert found.compared == 2


def test_cases_of_one_side_are_listed_and_not_compared() -> None:
    found = compare(grades("1.1:ok 1.2:ok"), grades("1.1:ok 12.1.1:ok 9.1:ok"))
    assert (found.only_ours, found.only_theirs, found.compared) == (("1.2",), ("9.1", "12.1.1"), 1)
    assert found.is_fine


@pytest.mark.parametrize(
    ("reason", "explains"),
    [
        (known("3.4"), True),
        (known("3"), True),
        (known("3.*"), True),
        (known("3.4", ours=("OK/OK",), theirs=("FAILED/FAILED",)), True),
        (known("3.4", peer="web*"), True),
        (known("3.41"), False),
        (known("3.4", ours=("FAILED/FAILED",)), False),
        (known("3.4", theirs=("OK/OK",)), False),
        (known("3.4", peer="gevent"), False),
    ],
)
def test_known_difference_explains_its_cases(reason: KnownDifference, explains: bool) -> None:
    found = compare(grades("3.4:ok"), grades("3.4:failed"), [reason], "websockets")
    assert bool(found.explained) is explains
    assert found.is_fine is explains


@pytest.mark.parametrize(
    ("reason", "missed"),
    [
        (known("3.4"), True),
        (known("3.4", ours=("OK/OK",)), True),
        (known("3.4", flaky=True), False),
        (known("3.4", peer="gevent"), False),
        (known("3.4", ours=("FAILED/FAILED",)), False),
        (known("5.1"), False),
    ],
)
def test_known_difference_that_no_longer_occurs_is_listed(reason: KnownDifference, missed: bool) -> None:
    """Unless it is a race, or applies to another server or another fault."""
    found = compare(grades("3.4:ok"), grades("3.4:ok"), [reason], "websockets")
    assert [d.known for d in found.gone] == ([reason] if missed else [])
    assert found.is_fine is not missed


def test_first_matching_reason_counts() -> None:
    one, two = known("3.4", theirs=("FAILED/FAILED",)), known("3")
    found = compare(grades("3.4:ok"), grades("3.4:failed"), [one, two])
    assert [d.known for d in found.explained] == [one]
    assert found.gone == ()
