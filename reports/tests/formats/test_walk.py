from __future__ import annotations

from dataclasses import replace

from reports.tests import fixtures
from reports.tests.formats.building import build, one
from wsreport.formats.walk import cells, entries, family_label, pressing, rank
from wsreport.model import CaseInfo
from wsreport.run import CellRun
from wsreport.terms import ATTENTION, MISSING, UNSUPPORTED


def test_cells_come_in_the_order_of_the_plan_whether_begun_or_not(runs):
    assert [cell.planned.id for cell in cells(runs["incomplete"])] == [f"reference/{s}" for s in fixtures.SERVERS]
    assert [cell.status for cell in cells(runs["incomplete"])] == ["complete", "unfinished", "unfinished"]


def test_a_cell_outside_the_plan_comes_last_and_is_named_by_its_start():
    run = one("pass")
    run.cells["x/y"] = CellRun(fixtures.begin("x/y"), {})

    *_, last = cells(run)

    assert (last.planned.id, last.planned.target, last.planned.server) == ("x/y", "x", "y")


def test_each_planned_case_has_an_entry_on_each_cell(runs):
    run = runs["incomplete"]
    counts = [[entry.verdict for entry in entries(run, cell)].count(MISSING) for cell in cells(run)]

    assert counts == [0, 33, 73]


def test_missing_results_of_an_unsupported_cell_are_called_so(runs):
    cell = cells(runs["trouble"])[3]

    assert {entry.verdict for entry in entries(runs["trouble"], cell)} == {UNSUPPORTED}
    assert cell.reason == "this server has no threads"


def test_a_result_outside_the_plan_has_an_entry_with_a_placeholder():
    run = one("pass")
    run.cells["reference/gevent"].results["9.9"] = fixtures.passed("reference/gevent", CaseInfo("9.9", "", "9"))

    *_, last = entries(run, cells(run)[0])

    assert (last.info.id, last.info.title, last.info.family) == ("9.9", "(not described in the run file)", "9")


def test_pressing_results_come_with_the_worst_verdict_first(runs):
    ranks = [rank(entry.verdict) for entry in pressing(runs["trouble"])]

    assert ranks == sorted(ranks)
    assert set(ranks) == set(range(len(ATTENTION)))
    assert rank("pass") == len(ATTENTION)


def test_the_reason_says_if_the_target_does_not_promise_the_sentence():
    run = one("info", binding="ours", reason="the view went on")
    start = run.cells["reference/gevent"].start
    contracted = replace(start, target=start.target | {"contract": "dwebsocket"})
    run.cells["reference/gevent"] = replace(run.cells["reference/gevent"], start=contracted)

    (entry,) = entries(run, cells(run)[0])

    assert entry.reason == "not promised by dwebsocket: the view went on"


def test_a_family_is_named_by_id_and_title_if_it_has_one():
    run = build(fixtures.cases({"5": 1, "6": 1}), {})

    assert [family_label(run, info) for info in run.cases.values()] == ["5 Fragmentation", "6"]
