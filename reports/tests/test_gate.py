from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from reports.tests import fixtures
from reports.tests.runs import run_of
from wsreport.baseline.entries import parse
from wsreport.baseline.judging import hold
from wsreport.compare import compare
from wsreport.gate import pass_gate
from wsreport.model import CELL_STATUSES, EXIT_CODES, VERDICTS, CellEnd, RunWriter, gate, read_run

INFOS = fixtures.cases({"1": 3})


def played(path, *verdicts, status="complete", finish="complete"):
    """Read back a run of one cell whose cases had ``verdicts``."""
    head = fixtures.header(INFOS[: len(verdicts)], ("gevent",))
    cell = head.plan.cells[0].id
    with RunWriter(path, head) as writer:
        for info in INFOS[: len(verdicts)]:
            writer.case(info)
        writer.begin_cell(fixtures.begin(cell))
        for info, verdict in zip(INFOS, verdicts, strict=False):
            writer.result(replace(fixtures.passed(cell, info), verdict=verdict))
        writer.end_cell(CellEnd(cell, status))
        if finish:
            writer.finish(finish)
    return read_run(path)


CODES = {
    "pass": 0,
    "info": 0,
    "declined": 0,
    "non-strict": 0,
    "fail": 1,
    "crash": 1,
    "not-run": 1,
    "harness-error": 3,
}


@pytest.mark.parametrize("verdict", VERDICTS)
def test_each_verdict_has_its_exit_code(tmp_path, verdict):
    assert gate(played(tmp_path / "run", "pass", verdict)) == CODES[verdict]


@pytest.mark.parametrize("verdict", VERDICTS)
def test_strict_differs_for_non_strict_alone(tmp_path, verdict):
    expected = 1 if verdict == "non-strict" else CODES[verdict]

    assert gate(played(tmp_path / "run", verdict), strict=True) == expected


STATUS_CODES = {"complete": 0, "unsupported": 0, "crashed": 1, "interrupted": 4, "not-run": 4, "setup-error": 6}


@pytest.mark.parametrize("status", CELL_STATUSES)
def test_each_end_of_a_cell_has_its_exit_code(tmp_path, status):
    assert gate(played(tmp_path / "run", "pass", status=status)) == STATUS_CODES[status]


@pytest.mark.parametrize(
    ("status", "finish", "code"),
    [("complete", "complete", 3), ("complete", "interrupted", 4), ("setup-error", "interrupted", 6)],
)
def test_the_highest_code_wins(tmp_path, status, finish, code):
    run = played(tmp_path / "run", "crash", "harness-error", status=status, finish=finish)
    assert gate(run) == code


@pytest.mark.parametrize("finish", ["interrupted", ""])
def test_a_run_that_was_cut_short_never_passes(tmp_path, finish):
    assert gate(played(tmp_path / "run", "pass", "pass", finish=finish)) == 4


def test_a_run_in_which_nothing_was_played_never_passes(tmp_path):
    assert gate(played(tmp_path / "run", status="unsupported")) == 4


def test_every_exit_code_is_explained():
    assert {*CODES.values(), *STATUS_CODES.values()} == set(EXIT_CODES)


def test_the_meaning_of_code_1_names_what_is_true_of_the_run():
    failed, passed = run_of({"f/a": {"5.1": "fail"}}), run_of({"f/a": {"5.1": "pass"}})
    assert pass_gate(failed).meaning == "a verdict is not accepted"
    assert pass_gate(passed, judged=judged(passed)).meaning == "the baseline does not fit the run"
    worse = pass_gate(failed, comparison=compare(passed, failed))
    assert worse.meaning == "a verdict is not accepted and something got worse"
    other = pass_gate(passed, strict=True, comparison=compare(failed, passed))
    assert other.meaning == "the run differs from the older one"


TODAY = date(2026, 6, 1)
BASELINE = parse("format = 1\n[[accepted]]\ncell = 'f/*'\ncase = '5.1'\nverdict = 'fail'\nwhy = 'known'\n")


def judged(run):
    return hold(run, BASELINE, TODAY)


def test_an_accepted_failure_passes_the_gate_and_is_counted():
    run = run_of({"f/a": {"5.1": "fail", "5.2": "pass"}})
    outcome = pass_gate(run, judged=judged(run))
    assert (outcome.code, outcome.sentence) == (0, "1 passed, 1 failed (1 accepted)")
    assert outcome.failures == ()


def test_a_failure_beside_it_fails_the_gate():
    run = run_of({"f/a": {"5.1": "fail", "5.2": "crash"}})
    outcome = pass_gate(run, judged=judged(run))
    assert (outcome.code, outcome.sentence) == (1, "1 crashed the server, 1 failed (1 accepted)")
    assert [result.case for result in outcome.failures] == ["5.2"]


def test_a_problem_of_the_baseline_fails_the_gate():
    run = run_of({"f/a": {"5.1": "pass", "5.2": "pass"}})
    outcome = pass_gate(run, judged=judged(run))
    assert (outcome.code, outcome.sentence) == (1, "2 passed, 1 problem with the baseline")


def test_against_an_older_run_only_what_got_worse_fails():
    old = run_of({"f/a": {"1": "fail", "2": "pass", "3": "fail", "4": "non-strict"}})
    same = run_of({"f/a": {"1": "fail", "2": "pass", "3": "pass", "4": "non-strict"}})
    worse = run_of({"f/a": {"1": "fail", "2": "fail", "3": "fail", "4": "non-strict"}})

    outcome = pass_gate(same, comparison=compare(old, same))
    assert (outcome.code, outcome.sentence) == (0, "2 passed, 1 failed, 1 non-strict, 1 fixed")
    outcome = pass_gate(worse, comparison=compare(old, worse))
    assert (outcome.code, outcome.sentence) == (1, "3 failed, 1 non-strict, 1 regressed")
    assert [change.case for change in outcome.changes] == ["2"]
    assert [result.case for result in outcome.failures] == ["2"]


def test_what_vanished_fails():
    old = run_of({"f/a": {"1": "pass", "2": "pass"}, "f/b": {"1": "pass", "2": "pass"}})
    new = run_of({"f/a": {"1": "pass"}})
    outcome = pass_gate(new, comparison=compare(old, new))
    assert (outcome.code, outcome.sentence) == (1, "1 passed, 2 vanished")


def test_strict_fails_for_every_change():
    old, new = run_of({"f/a": {"1": "fail"}}), run_of({"f/a": {"1": "pass"}})
    assert pass_gate(new, comparison=compare(old, new)).code == 0
    assert pass_gate(new, strict=True, comparison=compare(old, new)).code == 1


def test_a_regression_that_the_baseline_accepts_does_not_fail():
    old, new = run_of({"f/a": {"5.1": "pass"}}), run_of({"f/a": {"5.1": "fail"}})
    outcome = pass_gate(new, judged=judged(new), comparison=compare(old, new))
    assert (outcome.code, outcome.sentence) == (0, "1 failed (1 accepted), 1 regressed")


def test_a_failure_of_the_suite_is_accepted_by_nothing():
    run = run_of({"f/a": {"5.1": "harness-error"}})
    outcome = pass_gate(run, judged=judged(run))
    assert outcome.code == 3
    assert "1 with a harness error" in outcome.sentence


def test_an_incomplete_run_says_what_was_not_played():
    cut = run_of({"f/a": {"1": "pass"}, "f/b": {"2": "pass"}}, complete=False)
    assert (pass_gate(cut).code, pass_gate(cut).sentence) == (4, "2 passed, 2 not played")
