"""The connections of one raw play and the steps that are taken on them. Knows no case and no verdict."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

from wsconform.model import Frame, Message, Opcode, Side
from wsconform.script import steps
from wsconform.script.events import (
    Answered,
    Dropped,
    EndSeen,
    Kept,
    Left,
    Released,
    ScriptEvent,
    Silence,
    Switched,
    Unreachable,
)
from wsconform.script.facts import ServerFacts
from wsconform.script.limits import Limits
from wsconform.script.playing.connection import Talk
from wsconform.script.playing.tcp import Line
from wsconform.wire.log import SHOWN, WireLog, WireRecord
from wsconform.wire.reader import CloseSeen

__all__ = ["KINDS", "POLL", "Conversation", "ask_plainly"]

#: The kind of event that each step wants to see. Whatever else is seen, the conversation cannot go on.
KINDS: Mapping[type, type] = MappingProxyType(
    {
        steps.ExpectUpgrade: Switched,
        steps.ExpectResponse: Answered,
        steps.ExpectPersistence: Kept,
        steps.ExpectMessage: Message,
        steps.ExpectClose: CloseSeen,
        steps.ExpectSilence: Silence,
        steps.ExpectEnd: EndSeen,
        steps.ExpectGoodbye: Left,
        steps.ExpectRelease: Released,
    }
)
#: Seconds; what the kernel's tables and a log file have to tell, they tell only to those who ask.
POLL = 0.01

_CLOSE = Frame(Opcode.CLOSE, (1000).to_bytes(2, "big"))


class Conversation:
    """Connections by number."""

    def __init__(self, server: ServerFacts, limits: Limits) -> None:
        self._server, self._limits = server, limits
        self._began = time.monotonic()
        self._talks: dict[int, Talk] = {}
        self.wire = WireLog()
        self._actions: Mapping[type, Callable[[int, steps.Step], ScriptEvent | None]] = {
            steps.Request: self._ask,
            steps.SendRaw: self._say,
            steps.Disconnect: self._hang_up,
            steps.ExpectSilence: self._quiet,
            steps.ExpectPersistence: self._if_kept,
            steps.ExpectEnd: self._ended,
            steps.ExpectGoodbye: self._left,
            steps.ExpectRelease: self._let_go,
        }

    def clock(self) -> float:
        """Seconds since the conversation began."""
        return time.monotonic() - self._began

    @property
    def ports(self) -> list[int]:
        """Our ports, in the order in which the connections were made."""
        return [talk.line.port for talk in self._talks.values()]

    def do(self, number: int, step: steps.Step) -> ScriptEvent | None:
        """Take a step on the connection of that number; what was seen, if the step awaits something."""
        return self._actions.get(type(step), self._next)(number, step)

    def close(self) -> None:
        """Let go of all connections."""
        for talk in self._talks.values():
            talk.line.close()

    def held(self) -> tuple[int, ...]:
        """Our ports of the connections that the server does not let go in time."""
        deadline = time.monotonic() + self._limits.let_go * self._limits.scale
        return tuple(port for port in self.ports if self._released(port, deadline) is False)

    # Actions

    def _ask(self, number: int, step: steps.Step) -> ScriptEvent | None:
        assert isinstance(step, steps.Request)
        if number not in self._talks:
            try:
                self._talks[number] = _connect(self._server, self._limits, self._record)
            except OSError as error:
                return Unreachable(str(error))
        self._talks[number].ask(step)
        return None

    def _record(self, by: Side, what: str, octets: bytes) -> None:
        self.wire.add(WireRecord(self.clock(), by, what, octets[:SHOWN], len(octets)))

    def _say(self, number: int, step: steps.Step) -> None:
        assert isinstance(step, steps.SendRaw)
        self._talks[number].say(step.what)

    def _hang_up(self, number: int, step: steps.Step) -> None:
        assert isinstance(step, steps.Disconnect)
        self._record(Side.US, step.how.value, b"")
        line = self._talks[number].line
        if step.unread:
            line.peek(self._deadline(self._limits.answer))
        if step.how is steps.End.RST:
            line.reset()
        else:
            line.finish()

    # Awaited

    def _next(self, number: int, step: steps.Step) -> ScriptEvent:
        talk = self._talks[number]
        event = talk.next(self._deadline(self._limits.answer))
        if (
            isinstance(step, steps.ExpectUpgrade | steps.ExpectResponse)
            and talk.again
            and isinstance(event, EndSeen)
            and not event.stray
        ):
            return Dropped(said=False, end=event.how)
        return event

    def _quiet(self, number: int, step: steps.Step) -> ScriptEvent:
        assert isinstance(step, steps.ExpectSilence)
        return self._talks[number].next(time.monotonic() + step.seconds)

    def _if_kept(self, number: int, _: steps.Step) -> ScriptEvent:
        talk = self._talks[number]
        if not talk.closes:
            return Kept()
        end = talk.rest(self._deadline(self._limits.answer))
        return end if end.stray else Dropped(said=True, end=end.how)

    def _ended(self, number: int, step: steps.Step) -> ScriptEvent:
        assert isinstance(step, steps.ExpectEnd)
        return self._talks[number].rest(self._deadline(step.within))

    def _left(self, number: int, _: steps.Step) -> ScriptEvent:
        """The end, and the Close before it if there is one, which is answered."""
        talk = self._talks[number]
        deadline = time.monotonic() + self._server.stop_within + self._limits.stop * self._limits.scale
        event = talk.next(deadline)
        if isinstance(event, CloseSeen):
            talk.say((_CLOSE,))
            return Left(event, talk.rest(deadline))
        return Left(None, event) if isinstance(event, EndSeen) else event

    def _let_go(self, number: int, step: steps.Step) -> ScriptEvent:
        assert isinstance(step, steps.ExpectRelease)
        return Released(self._released(self._talks[number].line.port, self._deadline(step.within)))

    def _released(self, port: int, deadline: float) -> bool | None:
        while (holds := self._server.holds(port)) and time.monotonic() < deadline:
            time.sleep(POLL)
        return None if holds is None else not holds

    def _deadline(self, within: float) -> float:
        return time.monotonic() + within * self._limits.scale


def ask_plainly(server: ServerFacts, path: str, limits: Limits) -> Answered | None:
    """The answer to a plain request on a connection of its own; None if there is none."""
    try:
        talk = _connect(server, limits, lambda *_: None)
    except OSError:
        return None
    try:
        talk.ask(steps.Request(path, websocket=False, headers=(("Connection", "close"),)))
        event = talk.next(time.monotonic() + limits.answer * limits.scale)
    finally:
        talk.line.close()
    return event if isinstance(event, Answered) else None


def _connect(server: ServerFacts, limits: Limits, record: Callable[[Side, str, bytes], None]) -> Talk:
    line = Line(server.host, server.port, server.authority, within=limits.connect * limits.scale)
    return Talk(line, f"{server.host}:{server.port}", record)
