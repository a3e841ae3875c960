"""Shards make one run or are refused with the reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reports.tests import fixtures
from wsreport.model import Header, MergeError, Plan, RunWriter, merge, read_run, validate, write_run

INFOS = fixtures.cases({"1": 2, "5": 1})
SERVERS = ("runserver", "gevent", "cheroot", "eventlet", "wsgiref")
WHOLE = fixtures.header(INFOS, SERVERS)


def played(path, header, verdicts=lambda cell, info: "pass", finish="complete"):
    """Play a plan as if its cells were."""
    with RunWriter(path, header, clock=fixtures.clock()) as run:
        for info in INFOS:
            run.case(info)
        for cell in header.plan.cells:
            run.begin_cell(fixtures.begin(cell.id))
            for info in INFOS:
                run.result(replace(fixtures.passed(cell.id, info), verdict=verdicts(cell.id, info)))
            run.end_cell(fixtures.CellEnd(cell.id, "complete", seconds=1.0))
        if finish:
            run.finish(finish)
    return read_run(path)


def gevent_fails(cell, info):
    return "fail" if cell.endswith("gevent") and info.id == "5.1" else "pass"


@pytest.fixture
def shards(tmp_path):
    return [
        played(tmp_path / f"{index}.jsonl", replace(WHOLE, plan=WHOLE.plan.part(index, 4)), gevent_fails)
        for index in range(1, 5)
    ]


def test_all_shards_make_the_run_that_was_not_sharded(shards, tmp_path):
    unsharded = played(tmp_path / "whole.jsonl", WHOLE, gevent_fails)
    merged = merge([shards[2], shards[0], shards[3], shards[1]])
    assert merged.complete
    assert merged.verdict_digest == unsharded.verdict_digest
    assert merged.header.plan == unsharded.header.plan
    assert list(merged.cells) == list(unsharded.cells)
    write_run(tmp_path / "merged.jsonl", merged)
    assert validate(tmp_path / "merged.jsonl") == ()
    assert read_run(tmp_path / "merged.jsonl").complete


def test_each_cell_is_in_one_shard():
    dealt = [cell for index in range(1, 4) for cell in WHOLE.plan.part(index, 3).cells]
    assert sorted(dealt, key=lambda cell: cell.id) == sorted(WHOLE.plan.cells, key=lambda cell: cell.id)


def test_a_shard_has_at_least_one_cell():
    assert len(WHOLE.plan.part(5, 5).cells) == 1
    with pytest.raises(ValueError, match=r"cannot divide 5 cell\(s\) into 6 shards"):
        WHOLE.plan.part(6, 6)


@pytest.mark.parametrize(("index", "count"), [(0, 2), (3, 2), (-1, 1)])
def test_there_is_no_shard_beyond_the_last(index, count):
    with pytest.raises(ValueError, match="there is no shard"):
        WHOLE.plan.part(index, count)


def test_a_missing_shard_is_refused(shards):
    with pytest.raises(MergeError, match="the plan has 4 shards; missing: shard 2, shard 4"):
        merge([shards[0], shards[2]])


def test_a_shard_that_is_there_twice_is_refused(shards):
    with pytest.raises(MergeError, match="given more than once: shard 1"):
        merge([*shards, shards[0]])


def test_a_run_that_is_no_shard_is_refused(shards, tmp_path):
    with pytest.raises(MergeError, match="run 2 is not a shard"):
        merge([shards[0], played(tmp_path / "whole.jsonl", WHOLE)])


@pytest.mark.parametrize(
    ("header", "what"),
    [
        (replace(WHOLE, plan=fixtures.header(INFOS, SERVERS[::-1]).plan), "a different plan"),
        (replace(WHOLE, plan=Plan(WHOLE.plan.cells, WHOLE.plan.cases, "full")), "a different plan"),
        (replace(WHOLE, seed=WHOLE.seed + 1), "a different seed"),
        (replace(WHOLE, suite=replace(WHOLE.suite, commit="other")), "a different version of the suite"),
    ],
)
def test_shards_of_different_runs_are_refused(shards, header: Header, what, tmp_path):
    other = played(tmp_path / "other.jsonl", replace(header, plan=header.plan.part(2, 4)))
    with pytest.raises(MergeError, match=f"run 2 has {what} than run 1"):
        merge([shards[0], other, *shards[2:]])


def test_another_number_of_shards_is_refused(shards, tmp_path):
    other = played(tmp_path / "other.jsonl", replace(WHOLE, plan=WHOLE.plan.part(2, 5)))
    with pytest.raises(MergeError, match="run 2 has a different number of shards than run 1"):
        merge([shards[0], other])


@pytest.mark.parametrize("finish", ["", "interrupted"])
def test_an_incomplete_shard_is_refused(shards, finish, tmp_path):
    header = replace(WHOLE, plan=WHOLE.plan.part(2, 4))
    short = played(tmp_path / "short.jsonl", header, finish=finish)
    with pytest.raises(MergeError, match="run 2, shard 2 of 4, is incomplete"):
        merge([shards[0], short, *shards[2:]])


def test_shards_whose_cells_were_changed_are_refused(shards):
    plan = replace(shards[0].header.plan, cells=shards[0].header.plan.cells[:1])
    with pytest.raises(MergeError, match="do not match the plan"):
        merge([replace(shards[0], header=replace(shards[0].header, plan=plan)), *shards[1:]])
