"""A cell: what did not pass is played again, flakiness is seen, and a crash is pinned to its case."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import replace

import pytest

from conformance.tests.support.processes import NotOurs, crooked_process, restarted_by_itself
from wsconform.cases import CATALOGUE, WEBSOCKET_CASES
from wsconform.conversation.playing.runner import ConversationRunner, measure
from wsconform.errors import ServerLostError, UnreachableError
from wsconform.kind import CellContext, Settings
from wsconform.model import Parity, Verdict
from wsconform.play import Outcome

pytestmark = pytest.mark.usefixtures("reactor")


def run(serving: object, patterns: list[str], **settings: object) -> dict[str, Outcome]:
    outcomes: dict[str, Outcome] = {}
    report = lambda outcome: outcomes.__setitem__(outcome.case.id, outcome)  # noqa: E731 (shorter than a function)
    runner = ConversationRunner.measured(serving, Settings(**settings), report)
    runner.play([CATALOGUE[id_] for id_ in patterns])
    return outcomes


def test_a_pass_is_played_once() -> None:
    with crooked_process("honest") as server:
        outcomes = run(server, ["1.1.1", "2.1", "7.1.6"])
    assert {id_: len(o.plays) for id_, o in outcomes.items()} == {"1.1.1": 1, "2.1": 1, "7.1.6": 1}
    assert outcomes["7.1.6"].final.judgement.verdict is Verdict.INFO


def test_a_failure_is_confirmed_alone() -> None:
    with crooked_process("wrong-octets") as server:
        (outcome,) = run(server, ["1.1.2"]).values()
    assert [play.alone for play in outcome.plays] == [False, True]
    assert outcome.final is outcome.plays[1]
    assert outcome.final.judgement.verdict is Verdict.FAIL


def test_wrong_content_is_certain_at_the_first_play() -> None:
    """Load does not change bytes: the repetition is on record and excuses nothing."""
    with crooked_process("wrong-once") as server:
        (outcome,) = run(server, ["1.1.2"]).values()
    verdicts = [play.judgement.verdict for play in outcome.plays]
    assert verdicts == [Verdict.FAIL, Verdict.PASS]
    assert outcome.final is outcome.plays[0]
    assert all(play.counts for play in outcome.plays)


def test_many_failures_are_confirmed_together_once_load_is_ruled_out() -> None:
    with crooked_process("wrong-octets") as server:
        outcomes = run(server, [f"1.{kind}.{n}" for kind in (1, 2) for n in range(2, 9)])
    lonely = [sum(play.alone for play in outcome.plays) for outcome in outcomes.values()]
    assert sorted(lonely, reverse=True) == [1] * 6 + [0] * 8
    assert all(len(outcome.plays) == 2 for outcome in outcomes.values())


def test_without_replays_the_first_word_stands() -> None:
    with crooked_process("wrong-once") as server:
        (outcome,) = run(server, ["1.1.2"], replays=False).values()
    assert [play.judgement.verdict for play in outcome.plays] == [Verdict.FAIL]


@pytest.mark.parametrize(("for_grades", "plays"), [(True, 2), (False, 1)])
def test_what_only_autobahn_finds_fault_with_is_played_again_for_its_grade(*, for_grades: bool, plays: int) -> None:
    """The honest server here answers the newest ping only; that is right, and FAILED for Autobahn."""
    with crooked_process("newest-pong") as server:
        outcomes = run(server, ["2.10", "2.11"], for_grades=for_grades)
    graded = [o for o in outcomes.values() if o.final.parity and o.final.parity.behavior == "FAILED"]
    assert graded
    assert all(o.final.judgement.verdict is Verdict.PASS and len(o.plays) == plays for o in graded)


def test_what_is_declined_is_not_played_again() -> None:
    """The extension is one that no server knows."""
    outcomes: list[Outcome] = []
    with crooked_process("honest") as server:
        runner = ConversationRunner.measured(server, Settings(), outcomes.append)
        runner.play([replace(CATALOGUE["12.1.1"], offers=("x-foo",))])
    (outcome,) = outcomes
    assert outcome.final.judgement.verdict is Verdict.DECLINED
    assert outcome.final.parity == Parity("UNIMPLEMENTED", "OK")
    assert len(outcome.plays) == 1


def test_a_crash_is_pinned_to_its_case_and_the_run_goes_on() -> None:
    with crooked_process("dies") as server:
        outcomes = run(server, ["1.1.1", "2.1", "5.3", "6.2.1", "7.1.1"], concurrency=1)
    verdicts = {id_: outcome.final.judgement.verdict for id_, outcome in outcomes.items()}
    assert verdicts.pop("5.3") is Verdict.CRASH
    assert set(verdicts.values()) == {Verdict.PASS}
    assert len(verdicts) == 4
    assert server.starts > 1


def test_every_case_is_played_as_often_as_asked_for() -> None:
    with crooked_process("honest") as server:
        outcomes = run(server, ["1.1.1", "2.1", "7.1.6"], repeat=3)
    assert {id_: [play.alone for play in o.plays] for id_, o in outcomes.items()} == {
        id_: [False] * 3 for id_ in ("1.1.1", "2.1", "7.1.6")
    }


def test_of_several_plays_the_worst_counts_and_the_last_was_alone() -> None:
    with crooked_process("wrong-once") as server:
        (outcome,) = run(server, ["1.1.2"], repeat=4).values()
    plays = [(play.judgement.verdict, play.alone) for play in outcome.plays]
    assert plays == [(Verdict.FAIL, False), (Verdict.PASS, False), (Verdict.PASS, False), (Verdict.PASS, True)]
    assert outcome.final is outcome.plays[0]
    assert outcome.final.transcript is not None


def test_a_server_that_resets_one_of_three_connections_fails_about_a_third_of_the_plays() -> None:
    cases = [id_ for id_ in WEBSOCKET_CASES if id_.startswith(("1.", "2."))]
    with crooked_process("racy") as server:
        outcomes = run(server, cases, repeat=20, timeout_scale=5.0)
    plays = [play for outcome in outcomes.values() for play in outcome.plays]
    failed = sum(not play.passed for play in plays)
    assert len(plays) == 20 * len(cases)
    # Of 540 plays, fewer than a quarter or more than five twelfths fail by chance once in twenty thousand runs.
    assert 1 / 4 < failed / len(plays) < 5 / 12
    flaky = [id_ for id_, o in outcomes.items() if len({play.passed for play in o.plays}) == 2]
    assert len(flaky) > 0.9 * len(cases)
    assert all(not outcomes[id_].final.passed for id_ in flaky)


@pytest.mark.parametrize("concurrency", [1, 8])
def test_of_several_plays_a_crash_is_pinned_to_its_case(concurrency: int) -> None:
    with crooked_process("dies") as server:
        outcomes = run(server, ["1.1.1", "2.1", "5.3", "6.2.1", "7.1.1"], concurrency=concurrency, repeat=3)
    verdicts = {id_: outcome.final.judgement.verdict for id_, outcome in outcomes.items()}
    assert verdicts.pop("5.3") is Verdict.CRASH
    assert outcomes["5.3"].plays[-1].alone
    assert set(verdicts.values()) == {Verdict.PASS}
    assert all(sum(play.counts for play in outcomes[id_].plays) == 3 for id_ in verdicts)


#: Cases that kill the server `dies`, and others.
DEADLY, HARMLESS = ("5.3", "5.5", "6.1.2"), ("1.1.1", "1.1.2", "1.2.3", "2.1", "3.1", "4.1.1", "7.1.1", "7.7.1")


def verdicts_of(serving: object, concurrency: int, remarks: list[str]) -> dict[str, Verdict]:
    outcomes: dict[str, Outcome] = {}
    report = lambda outcome: outcomes.__setitem__(outcome.case.id, outcome)  # noqa: E731 (shorter than a function)
    settings = Settings(concurrency=concurrency)
    context = CellContext(serving, settings, measure(serving, settings), report, remark=remarks.append)
    with suppress(ServerLostError):
        ConversationRunner(context).play([CATALOGUE[id_] for id_ in sorted((*DEADLY, *HARMLESS))])
    return {id_: outcome.final.judgement.verdict for id_, outcome in outcomes.items()}


@pytest.mark.parametrize("concurrency", [1, 32])
@pytest.mark.parametrize("served", [crooked_process, restarted_by_itself])
def test_a_server_that_comes_back_gets_the_same_verdicts_however_it_is_played(
    served: Callable[[str], AbstractContextManager[object]], concurrency: int
) -> None:
    """The culprits are named, and no case is convicted in their company."""
    with served("dies") as server:
        found = verdicts_of(server, concurrency, [])
    assert {id_ for id_, verdict in found.items() if verdict is Verdict.CRASH} == set(DEADLY)
    assert {id_ for id_, verdict in found.items() if verdict is Verdict.PASS} == set(HARMLESS)


def test_a_server_that_does_not_come_back_names_its_suspects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wsconform.kind.RETURNS_WITHIN", 0.2)
    lost = r"not ours to restart while .*5\.3.* being played"
    with crooked_process("dies") as server, pytest.raises(ServerLostError, match=lost):
        run(NotOurs(server), ["5.3", *HARMLESS], concurrency=32)


def test_the_only_suspect_of_a_server_that_does_not_come_back_is_its_killer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wsconform.kind.RETURNS_WITHIN", 0.2)
    with crooked_process("dies") as server:
        found = verdicts_of(NotOurs(server), 1, [])
    assert [id_ for id_, verdict in found.items() if verdict is Verdict.CRASH] == ["5.3"]


def test_how_tcp_ends_is_said_once_for_the_server() -> None:
    remarks: list[str] = []
    with crooked_process("resets") as server:
        found = verdicts_of(server, 8, remarks)
    assert {verdict for id_, verdict in found.items() if id_ in HARMLESS} == {Verdict.PASS}
    (remark,) = remarks
    assert "connections ended with RST after the closing handshake" in remark


def test_nobody_there() -> None:
    with crooked_process("honest") as server:
        gone = NotOurs(server)
    with pytest.raises(UnreachableError, match=r"cannot be reached: .*refused"):
        run(gone, ["1.1.1"])
