"""Plays one raw case on a server, in the calling thread, every wait bounded. Knows no verdict.

A play ends with the first step that saw something of another kind than it awaits; what is to be looked at
after every play is looked at all the same.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import takewhile

from wsconform.script import steps
from wsconform.script.events import Counted, Crowded, Gone, Observation, Resources, ScriptEvent, ScriptTranscript
from wsconform.script.facts import ServerFacts
from wsconform.script.limits import Limits
from wsconform.script.model import ScriptCase
from wsconform.script.playing.connections import KINDS, POLL, Conversation, ask_plainly

__all__ = ["STATE", "ScriptPlayer"]

#: The page of the site that counts what only the server itself can count.
STATE = "/w/state"

_KINDS: Mapping[type, type] = {
    **KINDS,
    steps.ExpectSameResources: Counted,
    steps.ExpectExit: Gone,
    steps.Crowd: Crowded,
}


class ScriptPlayer:
    """Plays cases on one instance of a server; safe to use from several threads at once."""

    def __init__(self, server: ServerFacts, *, capacity: int = 1, limits: Limits | None = None) -> None:
        """Play on a server.

        Args:
            server: it runs and is healthy.
            capacity: connections that it holds at once.
            limits: how long is waited.
        """
        self.server, self.capacity, self.limits = server, capacity, limits or Limits()
        self._logged = server.log_size()

    def play(self, case: ScriptCase) -> ScriptTranscript:
        """Play a case; whatever happens comes back as a transcript."""
        start, play, server = self._logged, _Play(self), self.server
        before, failure = play.count(), ""
        try:
            play.run(case.steps)
        except Exception as error:
            failure = f"{type(error).__name__}: {error}"
        finally:
            play.talks.close()
        held = () if case.ends_server else play.talks.held()
        serves = None if case.ends_server else _serves(server, self.limits)
        return ScriptTranscript(
            observations=tuple(play.observations),
            before=before,
            log=self._log_since(start),
            after=play.count(),
            held=held,
            alive=server.alive(),
            serves=serves,
            goodbye=server.goodbye,
            tls=server.authority is not None,
            wire=tuple(play.talks.wire),
            local_port=next(iter(play.talks.ports), None),
            seconds=play.talks.clock(),
            failure=failure,
        )

    def _log_since(self, start: int) -> str:
        """What the server has printed since, once it has said nothing for a moment."""
        now = time.monotonic()
        deadline, quiet_since, size = now + 20 * self.limits.quiet, now, self.server.log_size()
        while now < deadline and now - quiet_since < self.limits.quiet:
            time.sleep(POLL)
            now, (before, size) = time.monotonic(), (size, self.server.log_size())
            if size != before:
                quiet_since = now
        self._logged = max(self._logged, size)
        return self.server.log_text(start)


class _Play:
    """One play: what was seen, and the steps that concern the server as a whole."""

    def __init__(self, player: ScriptPlayer) -> None:
        self._server, self._limits, self._capacity = player.server, player.limits, player.capacity
        self.talks = Conversation(self._server, self._limits)
        self.observations: list[Observation] = []
        self._counted = Resources()
        self._actions: Mapping[type, Callable[[steps.Step], ScriptEvent | None]] = {
            steps.Terminate: self._terminate,
            steps.ExpectExit: self._server_ended,
            steps.CountResources: self._count_before,
            steps.ExpectSameResources: self._same_as_before,
            steps.Crowd: self._crowd,
        }

    def run(self, steps: Sequence[steps.Step]) -> None:
        """Take the steps until one of them sees something of another kind than it awaits."""
        for n, step in enumerate(steps):
            if (event := self._do(step)) is None:
                continue
            self.observations.append(Observation(n, self.talks.clock(), event))
            if not _is_awaited(step, event):
                return

    def _do(self, step: steps.Step) -> ScriptEvent | None:
        if action := self._actions.get(type(step)):
            return action(step)
        return self.talks.do(step.connection, step.step) if isinstance(step, steps.On) else self.talks.do(1, step)

    def _terminate(self, _: steps.Step) -> None:
        self._server.terminate()

    def _server_ended(self, _: steps.Step) -> ScriptEvent:
        began = time.monotonic()
        done = self._server.wait_ended(self._server.stop_within + self._limits.stop * self._limits.scale)
        return Gone(done, round(time.monotonic() - began, 3))

    # Resources

    def count(self) -> Resources:
        """What the server has in use, as seen from outside."""
        server = self._server
        return Resources(server.processes(), server.threads(), server.descriptors())

    def _count_all(self) -> Resources:
        seen, greenlets = self.count(), None
        if (answer := ask_plainly(self._server, STATE, self._limits)) is not None and answer.status == 200:
            with suppress(ValueError):
                greenlets = json.loads(answer.body)["greenlets"]
        return Resources(seen.processes, seen.threads, seen.descriptors, greenlets)

    def _count_before(self, _: steps.Step) -> None:
        self._counted = self._count_all()

    def _same_as_before(self, step: steps.Step) -> ScriptEvent:
        assert isinstance(step, steps.ExpectSameResources)
        deadline = time.monotonic() + self._limits.resources * self._limits.scale
        while True:
            now = self._count_all()
            if max(now.growth(self._counted).values(), default=0) <= step.slack or time.monotonic() > deadline:
                return Counted(now, self._counted)
            time.sleep(10 * POLL)

    # Crowds

    def _crowd(self, crowd: steps.Step) -> ScriptEvent:
        assert isinstance(crowd, steps.Crowd)
        deadline = time.monotonic() + crowd.within * self._limits.scale
        at_once = min(crowd.at_once, self._capacity)
        for first in range(0, crowd.count, at_once):
            ways = [crowd.ways[n % len(crowd.ways)] for n in range(first, min(first + at_once, crowd.count))]
            talks = Conversation(self._server, self._limits)
            try:
                wrong = _hold(talks, ways, deadline)
            finally:
                talks.close()
            held = len(talks.held())
            if wrong is not None or held or time.monotonic() > deadline:
                return Crowded(first, wrong, held)
        return Crowded(crowd.count)


def _hold(talks: Conversation, ways: Sequence[Sequence[steps.Step]], deadline: float) -> ScriptEvent | None:
    """Open as many connections, then go each way to its end; the first event that was of no awaited kind.

    When time is up it ends, wherever it is.
    """
    # One after the other, since a server that accepts slowly has not done wrong; then all are open at once.
    opening = [(number, step) for number, way in enumerate(ways, 1) for step in way[:2]]
    going_on = [(number, step) for number, way in enumerate(ways, 1) for step in way[2:]]
    for number, step in takewhile(lambda _: time.monotonic() < deadline, (*opening, *going_on)):
        event = talks.do(number, step)
        if event is not None and not _is_awaited(step, event):
            return event
    return None


def _is_awaited(step: steps.Step, event: ScriptEvent) -> bool:
    kind = _KINDS.get(type(step.step if isinstance(step, steps.On) else step))
    return kind is not None and isinstance(event, kind)


def _serves(server: ServerFacts, limits: Limits) -> bool:
    answer = ask_plainly(server, "/health", limits)
    return answer is not None and answer.status == 200
