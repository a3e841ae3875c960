from __future__ import annotations

import pytest

from wsreport.patterns import CaseIndex, case_matcher, matcher, nearest

CASES = ("1.1", "1.1.1", "1.2", "10.1", "A.4.1", "A.4.10")


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("1.1", ("1.1", "1.1.1")),
        ("1", ("1.1", "1.1.1", "1.2")),
        ("1.", ("1.1", "1.1.1", "1.2")),
        ("A.4.1", ("A.4.1",)),
        ("A.4.1*", ("A.4.1", "A.4.10")),
        ("*.1", ("1.1", "1.1.1", "10.1", "A.4.1")),
        ("2", ()),
    ],
)
def test_a_pattern_names_ids_groups_and_any_characters(pattern, found):
    assert tuple(case for case in CASES if case_matcher(pattern).fullmatch(case)) == found
    assert tuple(CaseIndex(CASES).find(pattern)) == found


def test_only_a_star_is_special():
    assert matcher("a+b?.*").fullmatch("a+b?.\nc")
    assert not matcher("a+b").fullmatch("aab")


def test_nearest_is_empty_for_what_resembles_nothing():
    assert nearest(CASES, "A.4.100") == "A.4.10"
    assert nearest(CASES, "zzzzz") == ""
