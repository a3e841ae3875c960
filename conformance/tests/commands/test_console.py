"""What a person sees of a run: the lines while it goes on, and the summary; peers' words are only shown."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from conformance.tests.support.values import answered, ended, failed, outcome, right, seen, silence
from wsconform.cases import CATALOGUE
from wsconform.clauses import CLAUSES
from wsconform.commands.console import Terminal, summarise
from wsconform.commands.listing import ALIKE_SHOWN, FAILURES_SHOWN, FINDINGS_SHOWN, WIRE_SHOWN
from wsconform.conversation.kind import info, result
from wsconform.matrix.events import CellBegins, Note, Repeating, Replaying
from wsconform.model import Side
from wsconform.wire.log import WireRecord
from wsreport.gate import pass_gate
from wsreport.model import (
    Attribution,
    CellEnd,
    CellRun,
    CellStart,
    Footer,
    Header,
    Plan,
    PlannedCell,
    Play,
    Result,
    Run,
    Suite,
)

NAME = "target/server"
START = CellStart(NAME, {"name": "target"}, {"name": "server"}, url="ws://127.0.0.1:1/", concurrency=8)


def screen(**options):
    return Console(**{"file": io.StringIO(), "width": 200, "color_system": None, **options})


def text_of(console):
    return console.file.getvalue()


def run_of(*outcomes, name=NAME, end=None, finished=True):
    """A run of one cell with these outcomes, as if it had been read back; one that is cut off has no footer."""
    plan = Plan((PlannedCell(name, "target", "server"),), tuple(each.case.id for each in outcomes))
    results = {each.case.id: result(name, each) for each in outcomes}
    start = CellStart(name, {"name": "target"}, {"name": "server"})
    run = Run(
        Header(Suite("wsconform", "0"), "2026-01-01T00:00:00Z", plan),
        {each.case.id: info(each.case) for each in outcomes},
        {name: CellRun(start, results, end or CellEnd(name, "complete", seconds=1.25))},
    )
    if not finished:
        return replace(run, flaws=("Line 7 is torn.",))
    return replace(
        run, footer=Footer("2026-01-01T00:00:02Z", "complete", 2.0, {name: run.counts(name)}, run.verdict_digest)
    )


def summary(run, **options):
    console = screen()
    summarise(console, run, pass_gate(run), **options)
    return text_of(console)


def details(run):
    """The summary with the cases of each finding."""
    return summary(run, verbose=True)


def passed(id_="1.1.2"):
    return outcome(CATALOGUE[id_], right(CATALOGUE[id_]))


def wire(count):
    return tuple(
        WireRecord(n / 1000, Side.PEER if n % 2 else Side.US, f"TEXT {n}", bytes([0x81, n]) * 20, 40)
        for n in range(count)
    )


# The summary


def unbound(*cases):
    """A run of clauses that were not kept and do not bind the target."""
    plan = Plan((PlannedCell(NAME, "target", "server"),), cases)
    start = replace(START, target={"name": "target", "contract": "dwebsocket-0.5"})
    results = {case: Result(NAME, case, "info", reason="step 2", binding="ours") for case in cases}
    results["A.9.9"] = Result(NAME, "A.9.9", "info", reason="needs 2 connections")
    cells = {NAME: CellRun(start, results, CellEnd(NAME, "complete"))}
    return Run(Header(Suite("wsconform", "0"), "2026-01-01T00:00:00Z", plan), {}, cells)


@pytest.mark.parametrize(("cases", "words"), [(["A.1.1"], "1 clause"), (["A.1.1", "A.1.2"], "2 clauses")])
def test_clauses_that_the_target_does_not_promise_are_counted(cases, words):
    assert f"target breaks {words} that dwebsocket-0.5 does not promise.\n" in summary(unbound(*cases))


def test_where_every_unkept_clause_binds_nothing_is_said_of_promises():
    assert "not promised" not in summary(unbound())


STRAY = replace(seen(ending=failed(1007, reason=b"no")), wire=wire(2))


def test_what_did_not_pass_is_shown_with_all_that_explains_it():
    said = details(run_of(passed(), outcome(CATALOGUE["3.1"], seen(ending=ended()), STRAY)))
    octets = " ".join(["81 00"] * 12)
    start = said.splitlines().index("", 2) + 1
    assert said.splitlines()[start : start + 10] == [
        "non-strict 3.1 target/server: Text message with RSV3 set: the server fails the connection.",
        "  because   the server closed with 1007 instead of 1002",
        "  clause    6455-7.1.7-2"
        + (f" (section 7.1.7): {CLAUSES['6455-7.1.7-2'].text}" if "6455-7.1.7-2" in CLAUSES else ""),
        "  expected  no message and no pong; the server fails the connection with Close 1002 and closes TCP",
        '  observed  nothing; the server sent Close 1007 "no"; the server closed TCP with FIN',
        "  plays     non-strict in 2 of 2",
        f"                 0.0 ms → TEXT 0                   {octets} …",
        f"                 1.0 ms ← TEXT 1                   {octets.replace('00', '01')} …",
        "  again     wsconform matrix --target target --server server --cases 3.1",
        "",
    ]
    assert "1.1.2" not in said


def test_the_broken_clause_has_its_text():
    said = details(run_of(outcome(CATALOGUE["1.1.2"], seen(ending=answered()))))
    broken, other, *_ = CATALOGUE["1.1.2"].clauses
    assert f"clause    {broken} (section {CLAUSES[broken].section}): {CLAUSES[broken].text}\n" in said
    assert other not in said


def test_a_clause_that_the_case_does_not_list_is_shown_all_the_same():
    """A Close that is not answered breaks a rule that every case could list."""
    case = CATALOGUE["1.1.2"]
    assert "6455-5.5.1-7" not in case.clauses
    unanswered = replace(right(case), ending=silence(case).ending)
    said = details(run_of(outcome(case, unanswered)))
    assert f"clause    6455-5.5.1-7 (section 5.5.1): {CLAUSES['6455-5.5.1-7'].text}\n" in said


def flaky(id_, plays, **others):
    """A run of one case that was played several times, and of others."""
    run = run_of(passed(), outcome(CATALOGUE[id_], seen(ending=ended())))
    results = run.cells[NAME].results
    results[id_] = replace(results[id_], plays=plays)
    for case, verdicts in others.items():
        results[case] = replace(results["1.1.2"], case=case, plays=tuple(map(Play, verdicts)))
    return run


def test_a_flaky_case_shows_its_rate():
    plays = (Play("pass"), Play("non-strict"), Play("pass"), Play("pass", alone=True))
    said = details(flaky("3.1", plays))
    assert "non-strict (flaky 1 of 4) 3.1 target/server" in said
    assert (
        "plays     1 of 4 did not pass; the verdict is the worst of them; those that did not were played beside other "
        "cases: try --concurrency 1\n"
    ) in said


def test_a_flaky_case_that_failed_alone_is_not_blamed_on_other_cases():
    said = details(flaky("3.1", (Play("pass"), Play("non-strict", alone=True))))
    assert "plays     1 of 2 did not pass; the verdict is the worst of them\n" in said


def test_flaky_cases_are_counted_and_those_that_pass_are_named():
    said = summary(flaky("3.1", (Play("pass"), Play("non-strict")), **{"7.1.6": ("pass", "info")}))
    (row,) = (line for line in said.splitlines() if line.startswith("│ target/server"))
    assert [field.strip() for field in row.split("│")[-4:-1]] == ["2", "3 of 3", "1.2"]
    assert "target/server: passed with different verdicts: 7.1.6\n" in said
    assert "flaky" not in summary(run_of(passed()))


def test_flaky_cases_with_one_reason_are_shown_together_with_their_rates():
    run = flaky("3.1", (Play("pass"), Play("non-strict")))
    results = run.cells[NAME].results
    results["3.2"] = replace(results["3.1"], case="3.2", plays=(Play("non-strict"), Play("non-strict"), Play("pass")))
    results["3.3"] = replace(results["3.1"], case="3.3", plays=(Play("non-strict"),))
    said = details(run)
    assert "also      3.2 (flaky 2 of 3)\n" in said
    assert said.count("because") == 2


def test_of_a_long_wire_log_the_start_is_shown():
    log = wire(WIRE_SHOWN + 5)
    said = details(run_of(outcome(CATALOGUE["3.1"], replace(seen(ending=ended()), wire=log))))
    assert said.count(" ms ") == WIRE_SHOWN
    assert f"TEXT {WIRE_SHOWN - 1} " in said


def test_what_fails_comes_before_what_is_not_strict():
    dropped, ignored = (
        outcome(CATALOGUE[id_], left) for id_, left in (("3.1", seen(ending=ended())), ("3.5", seen(ending=answered())))
    )
    said = details(run_of(dropped, ignored))
    assert said.index("fail 3.5") < said.index("non-strict 3.1")


def test_what_passed_or_is_for_information_is_only_counted():
    said = details(run_of(passed(), passed("7.1.6")))
    assert "because" not in said


def many_failures(reason):
    """A run in which two families fail, each case for its reason."""
    failures = [outcome(case, seen(ending=ended())) for case in CATALOGUE.values() if case.family in ("1", "2")]
    run = run_of(*failures)
    results = run.cells[NAME].results
    results.update({id_: replace(each, verdict="fail", reason=reason(id_)) for id_, each in results.items()})
    return run


def test_findings_end_a_run_and_their_cases_are_for_those_who_ask():
    run = run_of(passed(), outcome(CATALOGUE["3.1"], seen(ending=ended()), STRAY))
    said = summary(run)
    assert said.splitlines()[1:8] == [
        "1. Fails connections with an unfitting close code",
        "  severity  strictness: most peers get along with it, but a recommendation is not followed",
        "  seen      1 case on target/server: 3.1",
        f"  clause    SHOULD, RFC 6455, section 7.1.7: {CLAUSES['6455-7.1.7-2'].text} (6455-7.1.7-2) "
        "https://www.rfc-editor.org/rfc/rfc6455#section-7.1.7",
        "  example   3.1: the server closed with 1007 instead of 1002",
        "  look at   the code belongs to the kind of error: 1002, 1007 or 1009",
        "  again     wsconform matrix --target target --server server --cases 3.1",
    ]
    assert "because" not in said
    assert "because" in details(run)


def test_of_many_findings_the_first_are_shown_and_the_rest_counted():
    run = many_failures(lambda id_: "something unheard of")
    for number, id_ in enumerate(run.cases):
        other = replace(run.cases[id_].clauses[0], id=f"clause-{number}")
        results = run.cells[NAME].results
        results[id_] = replace(results[id_], clauses=(other,))
    said = summary(run)
    assert said.count("  severity ") == FINDINGS_SHOWN
    left = len(run.cases) - FINDINGS_SHOWN
    assert f"… and {left} more findings with {left} results; --verbose prints all" in said
    assert details(run).count("  severity ") == len(run.cases)


def test_of_many_cases_of_a_finding_the_first_are_shown_and_the_rest_counted():
    run = many_failures(lambda id_: f"something else than {id_}")
    one = run.cases["1.1.1"].clauses[0]
    results = run.cells[NAME].results
    results.update({id_: replace(each, clauses=(one,)) for id_, each in results.items()})
    said = details(run)
    assert said.count("  because ") == FAILURES_SHOWN
    assert f"… and {len(run.cases) - FAILURES_SHOWN} more cases of this finding" in said


def test_cases_that_fail_for_one_reason_are_told_together():
    run = many_failures(lambda id_: "the server has gone home")
    one = run.cases["1.1.1"].clauses[0]
    results = run.cells[NAME].results
    results.update({id_: replace(each, clauses=(one,)) for id_, each in results.items()})
    said = details(run)
    assert said.count("  because ") == 1
    assert "  also      1.1.2, 1.1.3, " in said
    assert f" and {len(run.cases) - 1 - ALIKE_SHOWN} more\n" in said
    assert "… and" not in said


def table_of(said):
    """The cells of the table's rows, without its frame."""
    rows = [line for line in said.splitlines() if line.startswith(("│", "┃"))]
    return [[cell.strip() for cell in row.strip("│┃").replace("┃", "│").split("│")] for row in rows]


def test_the_table_counts_by_verdict_best_first():
    said = summary(run_of(outcome(CATALOGUE["3.1"], seen(ending=ended())), passed(), passed("1.1.3"), passed("7.1.6")))
    assert table_of(said) == [
        ["target × server", "pass", "info", "non-strict", "Autobahn OK", "seconds"],
        [NAME, "2", "1", "1", "4 of 4", "1.2"],
    ]


def test_the_table_says_how_a_cell_ended_that_is_not_complete():
    run = run_of(passed(), end=CellEnd(NAME, "crashed", "gone", seconds=3.0))
    assert table_of(summary(run))[1][0] == f"{NAME} (crashed)"


def test_the_table_has_no_time_of_a_cell_that_was_cut_off():
    run = run_of(passed())
    run.cells[NAME] = replace(run.cells[NAME], end=None)
    assert table_of(summary(run))[1] == [NAME, "1", "1 of 1", ""]


def test_autobahns_grades_are_counted_apart():
    """The newest pong alone is enough for us, and not for Autobahn."""
    case = CATALOGUE["2.10"]
    newest = seen(case.expect[-1], ending=answered(None, overdue=True))
    assert table_of(summary(run_of(outcome(case, newest))))[1] == [NAME, "1", "0 of 1", "1.2"]


def test_an_incomplete_run_says_what_it_lacks():
    said = summary(run_of(passed(), finished=False))
    assert "INCOMPLETE This run did not play all of its plan:\n  Line 7 is torn.\n  The run file has no footer" in said


def test_a_run_that_is_whole_is_not_called_incomplete():
    assert "INCOMPLETE" not in summary(run_of(passed()))


def test_places_are_named_in_the_end():
    said = summary(run_of(passed()), places=(Path("out/run.jsonl"), Path("out/[1]/index.html")))
    assert said.endswith(f"\n{Path('out/run.jsonl')}\n{Path('out/[1]/index.html')}\n")


def test_nothing_is_said_of_a_run_without_results():
    assert summary(run_of(), places=(Path("run.jsonl"),)) == ""


# The words of a peer

REFUSED = seen(opened=False, refusal="[bold]no[/] [/nothing] \x1b[31m\x07\x9b1m", ending=ended())


@pytest.mark.parametrize("terminal", [False, True])
def test_markup_and_controls_of_a_peer_are_shown_and_not_obeyed(terminal):
    console = screen(force_terminal=terminal)
    run = run_of(outcome(CATALOGUE["3.1"], REFUSED), name="[red]a[/red]")
    summarise(console, run, pass_gate(run))
    said = text_of(console)
    assert "3.1: the opening handshake failed: [bold]no[/] [/nothing] \\x1b[31m" in said
    assert said.count("[red]a[/red]") == 2
    assert not any(obeyed in said for obeyed in ("\x1b[31m", "\x07", "\x9b"))


def test_the_reason_for_which_a_cell_ended_is_shown_as_it_is():
    console = screen()
    end = CellEnd(NAME, "setup-error", "[bold]ws://x[/] refused\x1b[2J:\n  second line")
    terminal = Terminal(console)
    terminal(CellBegins(replace(START, url=""), 0))
    terminal(end)
    assert text_of(console) == f"{NAME}: setup-error: [bold]ws://x[/] refused\\x1b[2J:\n  second line\n"


def test_note_about_a_complete_cell_is_shown():
    console = screen()
    terminal = Terminal(console)
    terminal(CellBegins(START, 1))
    terminal(CellEnd(NAME, "complete", "processes were left behind"))
    assert f"{NAME}: note: processes were left behind" in text_of(console)


HOSTILE = "\x1b[31m[red]x[/x] \u202e\ud800\x9b :smile:"
SHOWN = "\\x1b[31m[red]x[/x] \\u202e\\ud800\\x9b :smile:"


@pytest.mark.parametrize("terminal", [False, True])
def test_no_name_is_markup_or_obeyed(terminal):
    """Not of a cell, a case or a title, wherever it stands, live or in the summary."""
    console = screen(force_terminal=terminal)
    live = Terminal(console)
    live(Note(HOSTILE))
    live(CellBegins(replace(START, cell=HOSTILE), 1))
    live(Replaying(HOSTILE, 1))
    live(Repeating(HOSTILE, 1))
    live(CellEnd(HOSTILE, "complete"))
    run = run_of(outcome(CATALOGUE["3.1"], REFUSED), name=HOSTILE, finished=False)
    (played,) = run.cells.values()
    hostile = replace(played.results["3.1"], case=HOSTILE, observed=(HOSTILE,), closing=HOSTILE)
    cases = {HOSTILE: replace(run.cases["3.1"], id=HOSTILE, title=HOSTILE)}
    run = replace(run, cells={HOSTILE: replace(played, results={HOSTILE: hostile})}, cases=cases, flaws=(HOSTILE,))
    summarise(console, run, pass_gate(run), places=(Path(HOSTILE),))
    said = text_of(console)
    assert said.count(SHOWN) > 8
    assert not any(obeyed in said for obeyed in ("\x1b[31m[", "\u202e", "\ud800", "\x9b"))


def test_name_does_not_forge_a_line():
    console = screen()
    run = run_of(outcome(CATALOGUE["3.1"], REFUSED), name="a\nPASSED")
    summarise(console, run, pass_gate(run))
    assert "\nPASSED" not in text_of(console)


def test_case_that_the_file_does_not_describe_is_shown():
    console = screen()
    run = replace(run_of(outcome(CATALOGUE["3.1"], REFUSED)), cases={})
    summarise(console, run, pass_gate(run), verbose=True)
    assert "(not described in the run file)" in text_of(console)


# While it goes on


def settled(terminal, *outcomes, name=NAME):
    for each in outcomes:
        terminal(result(name, each))


def played(console):
    """Three cases, one of which is played again."""
    terminal = Terminal(console)
    terminal(CellBegins(START, 3))
    settled(terminal, passed(), passed("1.1.3"))
    terminal(Replaying(NAME, 1))
    settled(terminal, outcome(CATALOGUE["3.1"], seen(ending=ended())))
    terminal(CellEnd(NAME, "complete", seconds=2.0))
    return terminal


def test_in_a_log_many_rounds_are_a_few_lines():
    console = screen()
    terminal = Terminal(console)
    terminal(CellBegins(replace(START, url=""), 3))
    for number in range(1, 21):
        terminal(Repeating(NAME, number))
    lines = [f"target/server: play {number} of each case" for number in (1, 2, 5, 10, 20)]
    assert text_of(console).splitlines() == lines


def test_in_a_log_there_are_plain_lines():
    console = screen()
    played(console)
    assert text_of(console).splitlines() == [
        "target/server: playing 3 cases, up to 8 at once",
        "target/server: 2 of 3 settled; playing 1 again, alone",
        "target/server: 2 pass, 1 non-strict in 2.0 s",
    ]


def test_on_a_terminal_there_is_a_bar():
    console = screen(force_terminal=True)
    played(console)
    said = text_of(console)
    assert "━" in said
    assert "3/3" in said
    assert "playing" not in said
    assert said.endswith("target/server: 2 pass, 1 non-strict in 2.0 s\n")


def test_the_bar_can_be_taken_away_at_any_time():
    console = screen(force_terminal=True)
    terminal = Terminal(console)
    terminal.stop()
    terminal(CellBegins(START, 3))
    terminal.stop()
    terminal.stop()
    terminal(Note("over"))
    assert text_of(console).endswith("over\n")


@pytest.mark.parametrize("live", [False, True])
def test_each_cell_counts_for_itself(live):
    """Two at the same time, whose results are mixed."""
    console = screen(force_terminal=live)
    terminal = Terminal(console, cells=2)
    for name in ("one", "two"):
        terminal(CellBegins(replace(START, cell=name), 2))
    settled(terminal, passed(), name="one")
    settled(terminal, outcome(CATALOGUE["3.1"], seen(ending=ended())), passed(), name="two")
    settled(terminal, passed("1.1.3"), name="one")
    for name in ("two", "one"):
        terminal(CellEnd(name, "complete", seconds=1.0))
    said = text_of(console)
    assert "two: 1 pass, 1 non-strict in 1.0 s" in said
    assert "one: 2 pass in 1.0 s" in said
    assert ("cells" in said) is live


def test_what_several_cells_say_alike_is_told_once():
    wrong = outcome(CATALOGUE["3.1"], seen(ending=ended()))
    run = run_of(wrong)
    run.cells["other"] = CellRun(replace(START, cell="other"), {"3.1": result("other", wrong)})
    said = details(run)
    assert "non-strict 3.1 target/server, other: " in said
    assert said.count("because") == 1


def test_whose_failure_it_is_is_told():
    run = run_of(outcome(CATALOGUE["3.1"], seen(ending=ended())))
    run.cells[NAME].attributions["3.1"] = Attribution(NAME, "3.1", "library")
    assert "  owner     library: The library also fails without the server" in details(run)


def test_a_note_is_not_markup():
    console = screen()
    Terminal(console)(Note("[bold]x[/] [/y]"))
    assert text_of(console) == "[bold]x[/] [/y]\n"
