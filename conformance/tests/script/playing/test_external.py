"""Scripts that need no server of ours, on a server that is known only by its URL."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.tests.support.small_server import small_server
from wsconform.errors import ServerLostError
from wsconform.kind import Calibration, CellContext, Settings
from wsconform.matrix.serving import ExternalServer
from wsconform.model import Verdict
from wsconform.script import steps
from wsconform.script.kind import KIND
from wsconform.script.model import Log, ScriptCase
from wsconform.script.playing.external import ExternalFacts
from wsconform.script.playing.runner import ScriptOutcome

ECHO = ScriptCase(
    "R.0.1",
    "Echo.",
    (
        steps.Request(""),
        steps.ExpectUpgrade(),
        steps.Send("Hello"),
        steps.ExpectMessage("Hello"),
        steps.Close(),
        steps.ExpectClose(),
    ),
    ("robust-others",),
    log=Log.ANY,
    own_server=False,
)


def played(
    url: str, *cases: ScriptCase, holds: int = 8, outcomes: dict[str, ScriptOutcome] | None = None
) -> dict[str, ScriptOutcome]:
    outcomes = {} if outcomes is None else outcomes
    calibration = Calibration(reached=True, concurrency=holds)
    context = CellContext(
        ExternalServer(url), Settings(), calibration, lambda outcome: outcomes.__setitem__(outcome.case.id, outcome)
    )
    KIND.play(context, cases)
    return outcomes


def test_case_is_played_at_the_path_of_the_url() -> None:
    with small_server() as server:
        (outcome,) = played(server.url, ECHO).values()
    assert outcome.final.judgement.verdict is Verdict.PASS


def test_case_that_needs_a_server_of_ours_is_left_out() -> None:
    with small_server() as server:
        assert played(server.url, replace(ECHO, own_server=True)) == {}


def test_server_that_holds_too_few_connections_gets_info() -> None:
    with small_server() as server:
        (outcome,) = played(server.url, replace(ECHO, needs=3), holds=2).values()
    assert outcome.final.judgement.verdict is Verdict.INFO
    assert "this server can hold only 2" in outcome.final.judgement.reason


def test_death_of_the_server_is_reported_and_ends_the_cell() -> None:
    resets = replace(ECHO, steps=(*ECHO.steps[:2], steps.Disconnect(steps.End.RST)))
    # The server may still answer for a moment after the reset.
    later = [replace(ECHO, id=f"R.0.{n}") for n in range(2, 42)]
    outcomes: dict[str, ScriptOutcome] = {}
    with (
        small_server("dies-of-a-reset") as server,
        pytest.raises(ServerLostError, match="does not answer any more, and it is not ours to restart"),
    ):
        played(server.url, resets, *later, outcomes=outcomes)
    # A case that failed while the server was dying cannot be repeated, so it may stay a failure.
    assert {Verdict.CRASH, Verdict.FAIL} & {outcome.final.judgement.verdict for outcome in outcomes.values()}


class _Restarted(ExternalServer):
    """A server that the suite can start again, at another address."""

    def restart(self) -> bool:
        object.__setattr__(self, "url", self.again)
        return True

    again = ""


def test_server_that_died_is_started_again_if_that_is_possible() -> None:
    resets = replace(ECHO, steps=(*ECHO.steps[:2], steps.Disconnect(steps.End.RST)))
    later = [replace(ECHO, id=f"R.0.{n}") for n in range(2, 42)]
    outcomes: dict[str, ScriptOutcome] = {}
    with small_server("dies-of-a-reset") as first, small_server() as second:
        server = _Restarted(first.url)
        object.__setattr__(server, "again", second.url)
        calibration = Calibration(reached=True, concurrency=1)
        KIND.play(
            CellContext(
                server, Settings(), calibration, lambda outcome: outcomes.__setitem__(outcome.case.id, outcome)
            ),
            [resets, *later],
        )
    assert len(outcomes) == 41
    assert outcomes["R.0.41"].final.judgement.verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("ws://127.0.0.1:9001/echo", ("127.0.0.1", 9001)),
        ("ws://localhost", ("localhost", 80)),
        ("wss://[::1]/", ("::1", 443)),
    ],
)
def test_place_of_a_url(url: str, place: tuple[str, int]) -> None:
    facts = ExternalFacts(ExternalServer(url))
    assert (facts.host, facts.port) == place
