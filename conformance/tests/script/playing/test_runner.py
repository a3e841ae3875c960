"""Which raw cases are played when and how often, on which instance, and what is said in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

import pytest

from conformance.tests.support.contexts import cell_context
from conformance.tests.support.small_server import SmallServer, small_server
from wsconform import instance
from wsconform.cases import SCRIPT_CASES
from wsconform.model import Judgement, Verdict
from wsconform.script import steps
from wsconform.script.limits import Limits
from wsconform.script.model import ScriptCase
from wsconform.script.playing import runner as script_runner
from wsconform.script.playing.runner import SCRIPT_SETTINGS, ScriptOutcome, ScriptRunner

PASS, FAIL, CRASH, INFO = Verdict.PASS, Verdict.FAIL, Verdict.CRASH, Verdict.INFO
END, PLAIN, STOP, RST = (
    replace(case, id=id_)
    for id_, words in (
        ("W.1.1", "The client closes with code 1000:"),
        ("W.3.2", "GET to another view:"),
        ("W.8.1", "SIGTERM with one open"),
        ("W.5.8", "The client resets TCP while the view sends:"),
    )
    for case in SCRIPT_CASES.values()
    if words in case.title
)
MANY = replace(PLAIN, id="W.3.5", needs=3)


class Instances:
    """Launches small servers, one after the other, and counts them."""

    def __init__(self, *faults: str) -> None:
        self.faults, self.servers = faults, list[SmallServer]()

    @contextmanager
    def __call__(self, settings: Mapping[str, object]) -> Iterator[SmallServer]:
        assert settings is SCRIPT_SETTINGS
        fault = self.faults[min(len(self.servers), len(self.faults) - 1)] if self.faults else ""
        with small_server(fault) as server:
            self.servers.append(server)
            yield server


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = Limits(quiet=0.03, answer=1.0, let_go=0.3, resources=0.3, stop=0.3)
    monkeypatch.setattr(script_runner, "Limits", lambda _: limits)


def run(
    start: Callable[[Mapping[str, object]], AbstractContextManager[SmallServer]],
    *cases: ScriptCase,
    capacity: int = 8,
    known: dict[str, str] | None = None,
    replays: bool = True,
) -> dict[str, ScriptOutcome]:
    outcomes: dict[str, ScriptOutcome] = {}
    report = lambda outcome: outcomes.__setitem__(outcome.case.id, outcome)  # noqa: E731
    known_failures = known or {}
    context = cell_context(start, report, capacity=capacity, known_failures=known_failures, replays=replays)
    ScriptRunner(context).play(cases)
    return outcomes


def verdicts(outcome: ScriptOutcome) -> list[Verdict]:
    return [play.judgement.verdict for play in outcome.plays]


def test_what_passes_is_played_once_and_all_on_one_instance() -> None:
    start = Instances()
    outcomes = run(start, END, PLAIN, RST)
    assert [(id_, verdicts(outcome)) for id_, outcome in outcomes.items()] == [
        ("W.1.1", [PASS]),
        ("W.3.2", [PASS]),
        ("W.5.8", [PASS]),
    ]
    assert len(start.servers) == 1
    assert not start.servers[0].alive()


def test_a_failure_is_played_again_and_two_that_agree_are_enough() -> None:
    (outcome,) = run(Instances("stray-http"), END).values()
    assert verdicts(outcome) == [FAIL, FAIL]
    assert outcome.final is outcome.plays[1]


def test_without_replays_the_first_word_stands() -> None:
    (outcome,) = run(Instances("stray-http"), END, replays=False).values()
    assert verdicts(outcome) == [FAIL]


def test_of_two_replays_that_disagree_with_the_first_the_worse_counts() -> None:
    """The first play of the three kills its instance; the next two are on a right one, and all three are on record."""
    (outcome,) = run(Instances("replaces-its-worker", ""), END).values()
    assert verdicts(outcome) == [CRASH, PASS, PASS]
    assert outcome.final.judgement.verdict is PASS


def test_the_case_that_kills_the_server_gets_the_crash_and_the_others_a_new_server() -> None:
    start = Instances("dies-of-a-reset")
    outcomes = run(start, RST, PLAIN)
    assert verdicts(outcomes["W.5.8"]) == [CRASH, CRASH]
    assert verdicts(outcomes["W.3.2"]) == [PASS]
    assert len(start.servers) == 3


def test_what_ends_the_server_comes_last_each_time_on_a_fresh_instance() -> None:
    start, order = Instances("leaves-without-1001"), []
    runner = ScriptRunner(cell_context(start, lambda outcome: order.append(outcome.case.id)))
    runner.play([STOP, PLAIN])
    assert order == ["W.3.2", "W.8.1"]
    assert len(start.servers) == 3  # for the plain request, the stop, and the stop once more


def test_a_case_that_needs_more_connections_than_there_are_is_information() -> None:
    start = Instances()
    (outcome,) = run(start, MANY, capacity=1).values()
    said = outcome.final.judgement
    assert (said.verdict, said.reason) == (INFO, "needs 3 simultaneous connections, but this server can hold only 1")
    assert start.servers == []
    assert outcome.final.transcript is None


def test_what_is_known_not_to_pass_is_information_with_the_reason() -> None:
    (outcome,) = run(Instances("stray-http"), END, known={"W.1.1": "it writes what it likes"}).values()
    said = outcome.final.judgement
    assert said.verdict is INFO
    assert said.reason.startswith("it writes what it likes (step 7: the server sent 19 bytes")
    assert verdicts(outcome) == [FAIL]


def test_what_is_known_not_to_pass_and_passes_makes_the_table_wrong() -> None:
    (outcome,) = run(Instances(), END, known={"W.1.1": "it writes what it likes"}).values()
    said = outcome.final.judgement
    assert (said.verdict, verdicts(outcome)) == (FAIL, [PASS, PASS])
    assert "remove it from servers/baseline.toml" in said.reason


def test_slow_cases_are_played_at_the_same_time() -> None:
    """The server answers no opening handshake before there are two of them."""
    idle = SCRIPT_CASES["W.6.1"]
    shorter = tuple(
        replace(step, seconds=0.1) if isinstance(step, steps.ExpectSilence) else step for step in idle.steps
    )
    outcomes = run(Instances("waits-for-another"), *(replace(idle, id=f"W.6.{n}", steps=shorter) for n in (1, 2)))
    assert [verdicts(outcome) for outcome in outcomes.values()] == [[PASS], [PASS]]
    assert not any(outcome.final.alone for outcome in outcomes.values())


def test_what_counts_resources_is_played_alone() -> None:
    (case,) = [case for case in SCRIPT_CASES.values() if case.counts and case.family == "W"]
    less = replace(case, steps=tuple(replace(s, count=10) if isinstance(s, steps.Crowd) else s for s in case.steps))
    (outcome,) = run(Instances(), less).values()
    assert outcome.final.alone
    assert verdicts(outcome) == [PASS]


def test_a_slow_case_that_kills_the_server_is_found_among_the_others() -> None:
    """Who of those that were played together did it, is seen when each is played alone."""
    start = Instances("dies-of-a-reset")
    outcomes = run(start, replace(RST, slow=True), replace(PLAIN, slow=True))
    assert outcomes["W.5.8"].final.judgement.verdict is CRASH
    assert outcomes["W.3.2"].final.judgement.verdict is PASS


def test_an_error_of_ours_is_no_word_on_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise LookupError("no table")

    monkeypatch.setattr(SmallServer, "holds", broken)
    (outcome,) = run(Instances(), END).values()
    assert outcome.final.judgement == Judgement(Verdict.HARNESS_ERROR, "the suite failed: LookupError: no table")
    assert verdicts(outcome) == [Verdict.HARNESS_ERROR] * 2


def test_an_interruption_while_several_wait_stops_the_server_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """They would wait for ten minutes otherwise."""
    start = Instances()
    idle = SCRIPT_CASES["W.6.1"]
    long = replace(
        idle, steps=tuple(replace(s, seconds=600.0) if isinstance(s, steps.ExpectSilence) else s for s in idle.steps)
    )

    def interrupted(_: object) -> Iterator[object]:
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr(instance, "as_completed", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(start, long, replace(long, id="W.6.2"))
    assert not start.servers[0].alive()


def test_an_error_at_the_start_comes_out() -> None:
    @contextmanager
    def broken(_: Mapping[str, object]) -> Iterator[SmallServer]:
        raise LookupError("no such program")
        yield

    with pytest.raises(LookupError, match="no such program"):
        run(broken, END)


def test_an_interruption_stops_the_server() -> None:
    start = Instances()

    def interrupt(_: ScriptOutcome) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ScriptRunner(cell_context(start, interrupt)).play([END, PLAIN])
    assert not start.servers[0].alive()


def test_the_settings_are_names_that_the_site_may_set() -> None:
    assert all(name.startswith("WEBSOCKET_") for name in SCRIPT_SETTINGS)
