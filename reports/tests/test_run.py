"""Each way in which a run is not whole is found and named."""

from __future__ import annotations

import json

import pytest

from reports.tests import fixtures
from wsreport.model import read_run

HEADER, FIRST_CASE, FIRST_CELL, FIRST_RESULT, FIRST_END = 0, 1, 4, 5, 8


def rewrite(path, change):
    """Let ``change`` alter the list of JSON objects that the file holds."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    change(lines)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return read_run(path)


def deleted(start, stop=None):
    def change(lines):
        del lines[start : start + 1 if stop is None else stop]

    return change


def updated(line, **fields):
    return lambda lines: lines[line].update(fields)


def repeated(line):
    return lambda lines: lines.insert(line, lines[line])


def moved_to_end(line):
    return lambda lines: lines.append(lines.pop(line))


PROBLEMS = {
    "no footer": (deleted(-1, 99), "The run file has no footer: the run ended prematurely."),
    "interrupted": (updated(-1, status="interrupted"), "The run was interrupted."),
    "counts": (
        updated(-1, counts={"reference/gevent": {"pass": 3}}),
        "The counts in the footer differ from the results.",
    ),
    "verdict digest": (updated(-1, digest="0" * 64), "The digest in the footer differs from the results."),
    "changed verdict": (updated(FIRST_RESULT, verdict="fail"), "The digest in the footer differs from the results."),
    "one result missing": (deleted(FIRST_RESULT), "Cell reference/runserver has no result for 1 of 3 cases: 1.1."),
    "results missing": (
        deleted(FIRST_RESULT, FIRST_END),
        "Cell reference/runserver has no result for 3 of 3 cases: 1.1, 1.2, 5.1.",
    ),
    "cell missing": (deleted(FIRST_CELL, FIRST_END + 1), "Cell reference/runserver was not started."),
    "no end of cell": (deleted(FIRST_END), "Cell reference/runserver was started but did not end."),
    "no description": (deleted(FIRST_CASE), "The plan has cases without a description: 1.1."),
    "cell interrupted": (
        updated(FIRST_END, status="interrupted"),
        "Cell reference/runserver ended with interrupted.",
    ),
    "setup error": (
        updated(FIRST_END, status="setup-error", reason="no such package"),
        "Cell reference/runserver ended with setup-error: no such package",
    ),
    "duplicate result": (
        repeated(FIRST_RESULT),
        "Duplicate result on cell reference/runserver of case 1.1; the first one counts.",
    ),
    "duplicate case": (repeated(FIRST_CASE), "Duplicate description of case 1.1; the first one counts."),
    "duplicate cell": (
        repeated(FIRST_CELL),
        "Duplicate start of cell reference/runserver; the first one counts.",
    ),
    "duplicate end": (
        repeated(FIRST_END),
        "Duplicate end of cell reference/runserver; the first one counts.",
    ),
    "unknown case": (
        updated(FIRST_RESULT, case="99.1"),
        "Cell reference/runserver has results of cases that are not in the plan: 99.1.",
    ),
    "unknown cell": (
        updated(FIRST_RESULT, cell="elsewhere"),
        "Case 1.1 has a result for cell elsewhere, which has no start.",
    ),
    "unplanned cell": (
        lambda lines: lines[HEADER]["plan"]["cells"].pop(),
        "Cell reference/gevent is not in the plan.",
    ),
    "end of an unknown cell": (
        updated(FIRST_END, cell="elsewhere"),
        "Cell elsewhere has an end but no start.",
    ),
    "after the footer": (moved_to_end(FIRST_RESULT), "There is a line of kind result after the footer."),
    "attribution of nothing": (
        lambda lines: lines.insert(
            -1, {"kind": "attribution", "cell": "reference/gevent", "case": "99.1", "owner": "server", "controls": []}
        ),
        "Cell reference/gevent has an attribution for case 99.1, but no result.",
    ),
    "nothing played": (deleted(FIRST_CELL, -1), "No case was played: there are no results."),
}


@pytest.mark.parametrize(("change", "problem"), PROBLEMS.values(), ids=PROBLEMS)
def test_what_makes_a_run_incomplete_is_named(small, change, problem):
    run = rewrite(small, change)

    assert problem in run.problems
    assert not run.complete


def test_a_whole_run_has_no_problems(small):
    run = read_run(small)

    assert run.problems == ()
    assert run.complete


def test_of_many_missing_results_only_the_first_are_named(runs):
    problems = runs["incomplete"].problems

    missing = "Cell reference/gunicorn-gthread has no result for 33 of 73 cases: 7.5, 7.6, 7.7, 7.8, 7.9 and 28 more."
    assert missing in problems


def test_an_unsupported_cell_needs_no_results_if_another_was_played(runs):
    statuses = {cell.end.status for cell in runs["trouble"].cells.values()}

    assert "unsupported" in statuses
    assert runs["trouble"].complete


def test_counts_come_best_first_and_without_zeros(runs):
    counts = runs["trouble"].counts("dwebsocket==0.5.12/gevent")

    assert list(counts) == ["pass", "info", "declined", "non-strict", "fail", "crash", "harness-error"]
    assert sum(counts.values()) == 74


def test_counts_of_an_unknown_cell_are_an_error(runs):
    with pytest.raises(KeyError):
        runs["passing"].counts("elsewhere")


def test_the_verdict_digest_ignores_time_and_order(small):
    def disturbed(lines):
        lines[FIRST_RESULT:FIRST_END] = reversed(lines[FIRST_RESULT:FIRST_END])
        lines[FIRST_RESULT].update(seconds=99.0, reason="otherwise", local_port=1)

    before = read_run(small).verdict_digest

    assert rewrite(small, disturbed).verdict_digest == before


def test_the_verdict_digest_tells_verdicts_apart(small):
    before = read_run(small).verdict_digest

    assert rewrite(small, updated(FIRST_RESULT, verdict="info")).verdict_digest != before


def test_the_footer_of_a_new_run_agrees_with_its_results(tmp_path):
    run = read_run(fixtures.trouble(tmp_path / "run.jsonl"))

    assert run.footer is not None
    assert run.footer.digest == run.verdict_digest
    assert run.footer.counts == {cell: run.counts(cell) for cell in run.cells}
