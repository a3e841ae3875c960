from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from reports.tests.runs import result, run_of
from wsreport.baseline.entries import parse
from wsreport.baseline.judging import applying, hold
from wsreport.model import Play

TODAY = date(2026, 6, 1)


def baseline(*entries: str, cell: str = "fork/*", case: str = "5.1", verdict: str = "fail", why: str = "known"):
    """Parse a baseline whose entries have the given lines beside the usual ones."""
    text = "format = 1\n"
    for lines in entries or ("",):
        keys = {"cell": cell, "case": case, "verdict": verdict, "why": why}
        text += "[[accepted]]\n"
        text += "".join(f"{key} = '{value}'\n" for key, value in keys.items() if f"{key} =" not in lines)
        text += lines + "\n"
    return parse(text, "b")


def run(first: object = "fail", second: object = "pass"):
    return run_of({"fork/gevent": {"5.1": first, "5.2": second}, "fork/runserver": {"5.1": first, "5.2": second}})


def problems(run, baseline, **options):
    return [(problem.line, problem.text) for problem in hold(run, baseline, TODAY, **options).problems]


def test_a_failure_that_is_accepted_is_no_problem():
    held = hold(run(), baseline(), TODAY)
    assert set(held.accepted) == {("fork/gevent", "5.1"), ("fork/runserver", "5.1")}
    assert held.problems == ()


@pytest.mark.parametrize("verdict", ["pass", "info", "declined"])
def test_an_unexpected_pass_is_a_problem_on_each_cell(verdict):
    found = problems(run(verdict), baseline())
    assert found == [
        (2, f"5.1 on fork/{server}: unexpected pass: fail is accepted, and it passes now; remove the entry")
        for server in ("gevent", "runserver")
    ]


def test_another_verdict_is_a_problem():
    [first, _] = problems(run(result("crash", "it died")), baseline())
    assert first == (2, "5.1 on fork/gevent: fail is accepted, and the verdict is crash: it died")


def test_information_can_be_pinned_and_then_a_pass_is_another_verdict():
    assert problems(run("info"), baseline(verdict="info")) == []
    [first, _] = problems(run("pass"), baseline(verdict="info"))
    assert first[1] == "5.1 on fork/gevent: info is accepted, and the verdict is pass"


def test_a_reason_is_pinned_by_a_pattern():
    pinned = baseline("reason = 'open after * s'")
    assert problems(run(result("fail", "open after 1.5 s")), pinned) == []
    [first, _] = problems(run(result("fail", "no echo")), pinned)
    assert first[1] == "5.1 on fork/gevent: another reason than 'open after * s': 'no echo'"


def test_an_entry_that_expired_accepts_nothing():
    held = hold(run(), baseline("expires = 2026-06-01"), TODAY)
    assert held.accepted == {}
    assert [p.text for p in held.problems] == ["5.1 on fork/*: expired on 2026-06-01; fix it, or renew the date"]
    assert hold(run(), baseline("expires = 2026-06-02"), TODAY).problems == ()


def test_a_reason_must_be_written():
    held = hold(run(), baseline(why="TODO"), TODAY)
    assert held.accepted == {}
    assert [p.text for p in held.problems] == ["5.1 on fork/*: why is still TODO; write the reason"]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("case = '5.9'", "no case is called '5.9'; did you mean '5.2'?"),
        ("cell = 'fork/gevnt'", "no cell of this run is called 'fork/gevnt'; did you mean 'fork/gevent'?"),
        ("cell = 'zzz'", "no cell of this run is called 'zzz'"),
        ("versions = {gevent = '<20'}", "5.1 on fork/*: no cell has the versions that the entry names"),
        ("versions = {uwsgi = '>1'}", "5.1 on fork/*: no cell has the versions that the entry names"),
    ],
)
def test_an_entry_that_applies_to_nothing_is_a_problem(line, text):
    assert problems(run("pass"), baseline(line)) == [(2, text)]


def test_an_entry_behind_others_that_take_all_of_its_results_is_a_problem():
    found = problems(run(), baseline("", "cell = 'fork/gevent'"))
    assert found == [(8, "5.1 on fork/gevent: earlier entries apply to all of its results; remove it")]


def test_the_first_entry_counts():
    both = baseline("cell = 'fork/gevent'\nverdict = 'crash'", "")
    table = run_of({"fork/gevent": {"5.1": "crash"}, "fork/runserver": {"5.1": "fail"}})
    assert hold(table, both, TODAY).problems == ()
    assert [entry.line for entry in applying(table, "fork/gevent", "5.1", both.entries)] == [2, 7]


def test_versions_choose_the_cells():
    assert set(hold(run(), baseline("versions = {gevent = '>=25', django = '<6'}"), TODAY).accepted) == {
        ("fork/gevent", "5.1"),
        ("fork/runserver", "5.1"),
    }


def test_a_part_of_the_matrix_needs_only_its_own_entries():
    whole = baseline("", "cell = 'fork/eventlet'\ncase = '9.1'")
    assert [text for _, text in problems(run(), whole)] == ["no case is called '9.1'; did you mean '5.1'?"]
    assert problems(run(), whole, partial=True, known_cases=("5.1", "5.2", "9.1")) == []
    assert problems(run(), whole, partial=True, known_cases=("5.1",)) != []
    assert [text for _, text in problems(run(), whole, known_cases=("5.1", "9.1"))] == [
        "no cell of this run is called 'fork/eventlet'; did you mean 'fork/gevent'?"
    ]


def test_of_an_incomplete_run_nothing_is_known_to_be_unused():
    cut = run_of({"fork/gevent": {"5.1": "fail"}}, complete=False)
    assert problems(cut, baseline("", "cell = 'fork/eventlet'")) == []


@pytest.mark.parametrize(
    ("plays", "text"),
    [
        ("p", ""),
        ("f", ""),
        ("fp", ""),
        ("ff", "2 of 2 plays did not pass, and 20% are accepted"),
        ("fpppp", ""),
        ("ffppp", "2 of 5 plays did not pass, and 20% are accepted"),
        ("f" * 4 + "p" * 16, ""),
        ("f" * 5 + "p" * 15, "5 of 20 plays did not pass, and 20% are accepted"),
        ("pppppppppp", ""),
    ],
)
def test_a_flaky_case_may_fail_as_often_as_its_entry_says(plays, text):
    verdict = "fail" if plays.startswith("f") else "pass"
    table = run_of({"fork/gevent": {"5.1": result(verdict, "late", plays)}})
    found = [line for _, line in problems(table, baseline("flaky = {at_most = 0.2}"))]
    assert found == ([f"5.1 on fork/gevent: {text}"] if text else [])


def test_a_flaky_case_must_not_crash_the_server():
    table = run_of({"fork/gevent": {"5.1": "crash"}})
    [(_, text)] = problems(table, baseline("flaky = {at_most = 0.2}"))
    assert text.endswith("fail is accepted now and then, and the verdict is crash")


def test_a_play_that_does_not_count_is_not_held_against_a_flaky_case():
    plays = (Play("fail", counts=False), Play("fail", counts=False), *[Play("pass", alone=True)] * 5)
    table = run_of({"fork/gevent": {"5.1": replace(result("pass"), plays=plays)}})
    assert problems(table, baseline("flaky = {at_most = 0.2}")) == []


def test_a_flaky_case_must_fail_for_the_reason_that_is_pinned():
    table = run_of({"fork/gevent": {"5.1": result("fail", "late", "fpppp")}})
    assert problems(table, baseline("reason = 'la*'\nflaky = {at_most = 0.2}")) == []
    [(_, text)] = problems(table, baseline("reason = 'reset'\nflaky = {at_most = 0.2}"))
    assert text.endswith("another reason than 'reset': 'late'")
