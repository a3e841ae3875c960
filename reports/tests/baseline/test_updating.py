from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from reports.tests.runs import result, run_of
from wsreport.baseline.entries import BaselineError, parse
from wsreport.baseline.judging import hold
from wsreport.baseline.updating import update

BOTH = """\
# The fork's known mistakes.
format = 1

# Fragments.
[[accepted]]
cell = "fork/*"
case = ["5.1", "5.2"]
verdict = "fail"
why = "fragments are delivered one by one"  # reported in May

[[accepted]]
cell = "other/gevent"
case = "9.1"
verdict = "fail"
why = "slow"
"""


def run(**verdicts):
    table = {case.replace("_", "."): verdict for case, verdict in verdicts.items()}
    return run_of({f"fork/{server}": {"5.1": "fail", "5.2": "fail", "5.3": "pass", **table} for server in ("a", "b")})


def places(results):
    return [(each.cell, each.case) for each in results]


def held(text, run):
    return [
        problem.text
        for problem in hold(
            run, parse(text), date(2026, 6, 1), partial=True, known_cases=("5.1", "5.2", "5.3", "9.1")
        ).problems
    ]


def test_the_first_baseline_accepts_every_failure_with_a_reason_to_write():
    found = update(None, run(**{"5.3": result("crash", "died after 0.5 s at port 4711")}))
    assert found.refused == ()
    first, second = parse(found.text).entries
    assert (first.cells, first.cases, first.verdict, first.why) == (("fork/*",), ("5.1", "5.2"), "fail", "TODO")
    assert (second.cases, second.verdict, second.reason) == (("5.3",), "crash", "died after * s at port *")
    assert found.text.startswith("# ")


def test_the_first_baseline_fits_its_run_once_the_reasons_are_written():
    played = run(**{"5.3": result("crash", 'said "x\n\\"')})
    text = update(None, played).text.replace("TODO", "a reason")
    assert held(text, played) == []


def test_a_file_that_fits_stays_as_it_is():
    assert update(BOTH, run()).text == BOTH


def test_what_passes_now_is_taken_out_and_all_else_is_kept():
    found = update(BOTH, run(**{"5.1": "pass"}))
    assert places(found.removed) == [("fork/a", "5.1"), ("fork/b", "5.1")]
    assert found.text == BOTH.replace('["5.1", "5.2"]', '"5.2"')


def test_an_entry_of_which_nothing_is_left_is_removed():
    found = update(BOTH, run(**{"5.1": "pass", "5.2": "pass"}))
    assert [entry.cells for entry in parse(found.text).entries] == [("other/gevent",)]
    assert found.text.startswith("# The fork's known mistakes.\n")


def test_what_passes_on_one_cell_divides_the_entry():
    played = run_of({"fork/a": {"5.1": "pass", "5.2": "fail"}, "fork/b": {"5.1": "fail", "5.2": "fail"}})
    found = update(BOTH, played)
    entries = parse(found.text).entries
    assert [(entry.cells, entry.cases) for entry in entries[:2]] == [
        (("fork/*",), ("5.2",)),
        (("fork/b",), ("5.1",)),
    ]
    assert {entry.why for entry in entries[:2]} == {"fragments are delivered one by one"}
    assert held(found.text, played) == []


@pytest.mark.parametrize("worse", ["fail", "crash"])
def test_a_new_failure_is_refused_unless_it_is_named(worse):
    played = run(**{"5.3": worse})
    refused = update(BOTH, played)
    assert (refused.text, places(refused.refused)) == (BOTH, [("fork/a", "5.3"), ("fork/b", "5.3")])

    some = update(BOTH, played, accept=[("fork/a", "5.3")])
    assert places(some.added) == [("fork/a", "5.3")]
    assert places(some.refused) == [("fork/b", "5.3")]
    assert parse(some.text).entries[-1].cells == ("fork/a",)

    every = update(BOTH, played, accept=[("fork/*", "5.3")])
    assert every.refused == ()
    assert (parse(every.text).entries[-1].cells, parse(every.text).entries[-1].why) == (("fork/*",), "TODO")


def test_a_failure_that_became_a_crash_is_refused_and_can_be_accepted():
    played = run(**{"5.2": "crash"})
    assert update(BOTH, played).text == BOTH
    text = update(BOTH, played, accept=[("*", "5.2")]).text
    assert [(entry.cases, entry.verdict) for entry in parse(text).entries] == [
        (("5.1",), "fail"),
        (("9.1",), "fail"),
        (("5.2",), "crash"),
    ]


def test_non_strict_needs_an_entry_only_if_it_counts():
    played = run(**{"5.3": "non-strict"})
    assert update(BOTH, played).text == BOTH
    assert places(update(BOTH, played, strict=True).refused) == [("fork/a", "5.3"), ("fork/b", "5.3")]


def test_no_baseline_is_made_of_an_incomplete_run():
    with pytest.raises(BaselineError, match="the run is incomplete"):
        update(None, run_of({"fork/a": {"5.1": "fail"}}, complete=False))


ONE = """\
format = 1  # of the file

[[accepted]]
cell = "fork/*"
case = ["5.1", "5.2"]
verdict = "fail"
why = "known"
"""


def test_a_file_whose_last_entry_is_removed_can_be_rewritten_again():
    passing = run(**{"5.1": "pass", "5.2": "pass"})
    emptied = update(ONE, passing).text
    assert emptied == "format = 1  # of the file\n\n"
    assert update(emptied, passing).text.strip() == "format = 1  # of the file"
    [entry] = parse(update(emptied, run(), accept=[("*", "5.1"), ("*", "5.2")]).text).entries
    assert entry.cases == ("5.1", "5.2")


def test_entries_within_an_empty_list_are_moved_below_headings():
    text = update("format = 1\naccepted = []\n", run(), accept=[("*", "*")]).text
    assert "accepted = []" not in text
    assert parse(text).entries[0].cases == ("5.1", "5.2")


def test_tables_within_a_list_are_read_and_not_rewritten():
    text = "format = 1\naccepted = [{cell = 'fork/*', case = ['5.1', '5.2'], verdict = 'fail', why = 'known'}]\n"
    assert held(text, run()) == []
    with pytest.raises(BaselineError, match=r"b\.toml: accepted: write each entry below a line \[\[accepted\]\]"):
        update(text, run(), name="b.toml")


def flaky(failed, count):
    return result("fail", "late", "f" * failed + "p" * (count - failed))


@pytest.mark.parametrize(
    ("failed", "count", "at_most"),
    [(1, 20, 0.25), (7, 20, 0.7), (1, 2, 0.95), (19, 20, 0.95), (1, 100, 0.05), (30, 100, 0.45), (99, 100, 0.99)],
)
def test_a_flaky_case_gets_a_bound_that_it_exceeds_only_rarely_and_a_reason_to_write(failed, count, at_most):
    played = run(**{"5.1": "pass", "5.2": "pass", "5.3": flaky(failed, count)})
    found = update(None, played)
    (entry,) = parse(found.text).entries
    assert (entry.cases, entry.verdict, entry.reason, entry.why) == (("5.3",), "fail", "", "TODO")
    assert entry.at_most == at_most
    assert f"flaky = {{at_most = {at_most}}}" in found.text
    assert held(found.text.replace("TODO", "a race"), played) == []


def test_a_case_of_which_no_play_passes_is_not_accepted_as_flaky():
    plays = (*flaky(2, 2).plays, replace(flaky(1, 1).plays[0], verdict="crash"))
    found = update(None, run(**{"5.1": "pass", "5.2": "pass", "5.3": replace(result("crash"), plays=plays)}))
    (entry,) = parse(found.text).entries
    assert (entry.verdict, entry.at_most) == ("crash", None)


def test_cases_of_different_rates_get_entries_of_their_own():
    found = update(None, run(**{"5.1": flaky(1, 20), "5.2": flaky(7, 20), "5.3": flaky(1, 20)}))
    assert [(entry.cases, entry.at_most) for entry in parse(found.text).entries] == [
        (("5.1", "5.3"), 0.25),
        (("5.2",), 0.7),
    ]


def test_a_case_that_becomes_flaky_or_flakier_is_refused_unless_it_is_named():
    text = update(None, run(**{"5.3": flaky(1, 20)})).text.replace("TODO", "a race")
    worse = run(**{"5.3": flaky(10, 20)})
    found = update(text, worse)
    assert places(found.refused) == [("fork/a", "5.3"), ("fork/b", "5.3")]
    assert found.text == text
    accepted = update(text, worse, accept=[("fork/*", "5.3")])
    assert [entry.at_most for entry in parse(accepted.text).entries] == [None, 0.85]


def test_an_entry_for_a_flaky_case_stays_when_the_case_passes():
    text = update(None, run(**{"5.3": flaky(1, 20)})).text.replace("TODO", "a race")
    found = update(text, run(**{"5.3": result("pass", "", "p" * 20)}))
    assert (found.text, found.removed) == (text, ())
