from __future__ import annotations

import pytest

from reports.tests.runs import result, run_of
from wsreport.compare import CompareError, compare


def kinds(old, new):
    return [(change.kind, change.cell, change.case) for change in compare(run_of(old), run_of(new)).changes]


def one(old, new):
    return [kind for kind, _, _ in kinds({"f/g": {"1": old, "2": "pass"}}, {"f/g": {"1": new, "2": "pass"}})]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("pass", "pass", []),
        ("pass", "fail", ["regressed"]),
        ("pass", "non-strict", ["regressed"]),
        ("non-strict", "fail", ["regressed"]),
        ("fail", "crash", ["regressed"]),
        ("fail", "pass", ["fixed"]),
        ("crash", "fail", ["fixed"]),
        ("pass", "info", ["changed"]),
        (result("fail", "a"), result("fail", "a"), []),
        (result("fail", "a"), result("fail", "b"), ["changed reason"]),
        (result("pass", "a"), result("pass", "b"), []),
    ],
)
def test_a_change_of_a_verdict_has_a_kind(old, new, expected):
    assert one(old, new) == expected


def test_cells_and_cases_appear_and_vanish():
    old = {"f/a": {"1": "pass", "2": "fail"}, "f/gone": {"1": "pass", "2": "pass"}}
    new = {"f/a": {"1": "pass", "3": "fail", "4": "pass"}, "f/new": {"1": "fail", "3": "pass", "4": "non-strict"}}
    assert kinds(old, new) == [
        ("newly failing", "f/a", "3"),
        ("newly failing", "f/new", "1"),
        ("vanished", "f/gone", ""),
        ("vanished", "f/a", "2"),
        ("new", "f/a", "4"),
        ("new", "f/new", "3"),
        ("new", "f/new", "4"),
    ]


def test_only_some_changes_are_for_the_worse():
    old = {"f/a": {"1": "pass", "2": "fail", "3": result("fail", "x")}}
    new = {"f/a": {"1": "fail", "2": "pass", "3": result("fail", "y")}}
    comparison = compare(run_of(old), run_of(new))
    assert [change.kind for change in comparison.worse] == ["regressed"]
    assert [str(change) for change in comparison.of("regressed")] == ["1 on f/a: pass → fail"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (run_of({"f/a": {"1": "pass"}}, profile="fast"), run_of({"f/a": {"1": "pass"}}), "with the profile fast"),
        (run_of({"f/a": {"1": "pass"}}, complete=False), run_of({"f/a": {"1": "pass"}}), "the old run is incomplete"),
        (run_of({"f/a": {"1": "pass"}}), run_of({"f/b": {"1": "pass"}}), "no cell in common: f/a then, f/b now"),
    ],
)
def test_runs_that_cannot_be_compared_are_refused(old, new, message):
    with pytest.raises(CompareError, match=message):
        compare(old, new)
