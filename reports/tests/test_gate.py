from __future__ import annotations

from dataclasses import replace

import pytest

from reports.tests import fixtures
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
