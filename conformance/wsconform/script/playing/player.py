"""Play a script on a server, in the calling thread. Every wait is bounded.

A play ends at the first expectation that is not met; the general demands on the server are still checked.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import takewhile

from wsconform.model import Side
from wsconform.script import steps
from wsconform.script.events import (
    CrowdServed,
    Event,
    Exited,
    MemoryUsed,
    Resources,
    ResourcesCounted,
    ScriptTranscript,
)
from wsconform.script.facts import ServerFacts
from wsconform.script.limits import Limits
from wsconform.script.matching import goes_on
from wsconform.script.model import ScriptCase
from wsconform.script.playing.connection import TcpConnection, get, opens
from wsconform.script.playing.run import POLL, StepRun, settled_log_size
from wsconform.wire.log import SHOWN, WireLog, WireRecord

__all__ = ["STATE", "ScriptPlayer"]

#: The page of the site that counts resources which only the server itself can count.
STATE = "/w/state"
#: Seconds without growth after which the server's memory counts as stable.
_MEMORY_QUIET = 0.2


class ScriptPlayer:
    """Plays cases on one instance of a server; safe to use from several threads at once."""

    def __init__(self, server: ServerFacts, *, capacity: int = 1, limits: Limits | None = None) -> None:
        """Play on a server.

        Args:
            server: a running, healthy server.
            capacity: number of connections that it can hold.
            limits: the time limits.
        """
        self.server, self.capacity, self.limits = server, capacity, limits or Limits()
        self._logged = server.log_size()
        self._others_lines = False  # the log has lines of a case whose log is not judged

    def play(self, case: ScriptCase) -> ScriptTranscript:
        """Play a case and always return a transcript."""
        server, session, ours = self.server, _Session(self, watched=case.own_server), case.own_server
        if ours and self._others_lines:
            self._logged, self._others_lines = settled_log_size(server, self.limits), False
        start = self._logged
        play, before, failure = session.play, session.count() if ours else Resources(), ""
        try:
            play.run(case.steps)
        except Exception as error:
            failure = f"{type(error).__name__}: {error}"
        finally:
            play.close()
        held = tuple(session.held(play)) if ours and not case.ends_server else ()
        serves = None if case.ends_server else (_serves if case.own_server else opens)(server, self.limits)
        if ours:
            self._logged = max(self._logged, settled_log_size(server, self.limits))
        self._others_lines |= not ours
        return ScriptTranscript(
            observations=tuple(play.observations),
            before=before,
            log=server.log_text(start) if ours else "",
            after=session.count() if ours else Resources(),
            held=held,
            alive=server.alive(),
            serves=serves,
            tls=server.url.startswith("wss:"),
            wire=tuple(session.wire),
            local_port=next(session.ports(play), None),
            seconds=play.clock(),
            failure=failure,
        )


class _Session:
    """One play on a server: its wire log, and the steps about the whole server.

    Args:
        player: the player.
        watched: crowds wait until the server has released their connections.
    """

    def __init__(self, player: ScriptPlayer, *, watched: bool) -> None:
        self._watched = watched
        self._server, self._limits, self._capacity = player.server, player.limits, player.capacity
        self.wire = WireLog()
        self._counted = Resources()
        self.play = StepRun(
            self._connect,
            {
                steps.Terminate: self._terminate,
                steps.ExpectExit: self._exit,
                steps.CountResources: self._count_before,
                steps.ExpectSameResources: self._same_resources,
                steps.ExpectMemory: self._memory,
                steps.Crowd: self._crowd,
            },
        )

    def _connect(self) -> TcpConnection:
        return TcpConnection(self._server, self._limits, self._record)

    def _record(self, by: Side, what: str, octets: bytes) -> None:
        self.wire.add(WireRecord(self.play.clock(), by, what, octets[:SHOWN], len(octets)))

    def ports(self, play: StepRun[TcpConnection]) -> Iterator[int]:
        """Our ports, in the order of the connections."""
        return (connection.port for connection in play.connections.values() if connection.port is not None)

    def held(self, play: StepRun[TcpConnection]) -> Iterator[int]:
        """Our ports of the connections that the server does not release in time."""
        deadline = time.monotonic() + self._limits.let_go * self._limits.scale
        for connection in play.connections.values():
            if connection.released(deadline) is False and connection.port is not None:
                yield connection.port

    def _terminate(self, _: steps.Terminate) -> None:
        self._server.terminate()

    def _exit(self, _: steps.ExpectExit) -> Event:
        began = time.monotonic()
        done = self._server.wait_ended(self._server.stop_within + self._limits.stop * self._limits.scale)
        return Exited(done, round(time.monotonic() - began, 3))

    # Resources

    def count(self) -> Resources:
        """Return the resources of the server, as measured from outside."""
        server = self._server
        return Resources(server.processes(), server.threads(), server.descriptors())

    def _count_all(self) -> Resources:
        seen, greenlets = self.count(), None
        if (response := get(self._server, STATE, self._limits)) is not None and response.status == 200:
            with suppress(ValueError, KeyError, TypeError, RecursionError):
                greenlets = json.loads(response.body)["greenlets"]
        return replace(seen, greenlets=greenlets)

    def _count_before(self, _: steps.CountResources) -> None:
        counted = self._count_all()
        self._server.forget_memory_peak()
        self._counted = replace(counted, memory=self._server.memory_peak())

    def _same_resources(self, step: steps.ExpectSameResources) -> Event:
        deadline = time.monotonic() + self._limits.resources * self._limits.scale
        while True:
            now = self._count_all()
            if max(now.growth(self._counted).values(), default=0) <= step.slack or time.monotonic() > deadline:
                return ResourcesCounted(now, self._counted)
            time.sleep(10 * POLL)

    def _memory(self, step: steps.ExpectMemory) -> Event:
        """Return the growth of the memory peak, once it is stable or too large."""
        scale, now = self._limits.scale, time.monotonic()
        deadline, quiet_since, growth = now + self._limits.resources * scale, now, self._growth()
        while growth is not None and growth <= step.most and now < min(deadline, quiet_since + _MEMORY_QUIET * scale):
            time.sleep(POLL)  # there is no notification of memory growth
            now, (before, growth) = time.monotonic(), (growth, self._growth())
            if growth != before:
                quiet_since = now
        return MemoryUsed(growth)

    def _growth(self) -> int | None:
        peak, before = self._server.memory_peak(), self._counted.memory
        return None if peak is None or before is None else peak - before

    # Crowds

    def _crowd(self, crowd: steps.Crowd) -> Event:
        deadline = time.monotonic() + crowd.within * self._limits.scale
        at_once = min(crowd.at_once, self._capacity)
        for first in range(0, crowd.count, at_once):
            ways = [crowd.ways[n % len(crowd.ways)] for n in range(first, min(first + at_once, crowd.count))]
            play = StepRun(lambda: TcpConnection(self._server, self._limits, lambda *_: None), {})
            try:
                wrong = _hold(play, ways, deadline)
            finally:
                play.close()
            held = sum(1 for _ in self.held(play)) if self._watched else 0
            if wrong is not None or held or time.monotonic() > deadline:
                return CrowdServed(first, wrong, held)
        return CrowdServed(crowd.count)


def _hold(play: StepRun[TcpConnection], ways: Sequence[Sequence[steps.Step]], deadline: float) -> Event | None:
    """Open all conversations, then take each to its end; return the first unexpected event.

    Stop when the time is up.
    """
    # Open them one by one, since accepting slowly is no fault; then all are open at once.
    opening = [(number, step) for number, way in enumerate(ways, 1) for step in way[:2]]
    going_on = [(number, step) for number, way in enumerate(ways, 1) for step in way[2:]]
    for number, step in takewhile(lambda _: time.monotonic() < deadline, (*opening, *going_on)):
        event = play.take(number, steps.placed(step)[1])
        if event is not None and not goes_on(step, event):
            return event
    return None


def _serves(server: ServerFacts, limits: Limits) -> bool:
    response = get(server, "/health", limits)
    return response is not None and response.status == 200
