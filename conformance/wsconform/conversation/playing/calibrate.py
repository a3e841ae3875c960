"""Measure the peer before it is judged: reachability, round-trip time and number of connections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twisted.internet.defer import Deferred, gatherResults

from wsconform.conversation.model import Case, Echoes, Pause, RoundTrips
from wsconform.conversation.playing.player import Player
from wsconform.conversation.run import CaseRun
from wsconform.conversation.transcript import TcpEnd, Transcript
from wsconform.kind import Calibration
from wsconform.model import Fill, Message

__all__ = ["calibrate"]

TRIPS = 10
HELD = 0.3  # seconds
LONGEST_GREETING = 64  # bytes that are kept

_ECHO = Case("", "A few round trips.", (RoundTrips(Fill(b"wsconform", 16), TRIPS),), (Echoes(TRIPS),), within=2.0)
_HOLD = Case("", "A connection that is held.", (Pause("", HELD),), closes_when_seen=False, within=0.0)


def calibrate(player: Player, at_most: int) -> Deferred[Calibration]:
    """Measure round trips on one connection, then open up to ``at_most`` connections at once."""
    measured: Deferred[Any] = player.play(_ECHO)
    return measured.addCallback(_after_echo, player, at_most)


def _after_echo(echo: Transcript, player: Player, at_most: int) -> Calibration | Deferred[Calibration]:
    if not echo.opened:
        return Calibration(echo.ending.tcp is not TcpEnd.NEVER, echo.refusal, answered=echo.status is not None)
    whole = [seen.at for seen in echo.events if seen.event == Echoes(TRIPS)]
    round_trip = whole[0] / TRIPS if whole else None
    held: list[CaseRun] = []

    def opened(run: CaseRun) -> None:
        held.append(run)
        if len(held) == at_most:  # no need to wait for the end of the pause
            for each in held:
                each.cut_pause()

    holding = gatherResults([player.play(_HOLD, opened) for _ in range(at_most)])
    return holding.addCallback(
        lambda all_: Calibration(
            True, "", round_trip, _held_at_once(all_), answered=True, greeting=None if whole else _greeting(all_)
        )
    )


def _greeting(silent: Sequence[Transcript]) -> bytes | None:
    """Return the start of the first message that came on connections on which we sent none."""
    messages = [seen.event.payload for each in silent for seen in each.events if isinstance(seen.event, Message)]
    return bytes(messages[0])[:LONGEST_GREETING] if messages else None


def _held_at_once(transcripts: list[Transcript]) -> int:
    """Count the opening handshakes that did not have to wait for another connection to end."""
    return max(1, sum(t.opened and t.opened_after < HELD for t in transcripts))
