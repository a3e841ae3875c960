"""A connection over plain TCP, for the steps of scripts that concern one connection."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from wsconform.model import Frame, Opcode, Side
from wsconform.script import steps
from wsconform.script.events import (
    CloseSeen,
    Declined,
    Dropped,
    EchoesSeen,
    EndSeen,
    Event,
    Garbled,
    Goodbye,
    Kept,
    NotConnected,
    Released,
    ResponseSeen,
    UpgradeSeen,
)
from wsconform.script.facts import ServerFacts
from wsconform.script.http import Http
from wsconform.script.limits import Limits
from wsconform.script.matching import difference
from wsconform.script.playing.channel import Channel
from wsconform.script.playing.run import POLL
from wsconform.script.playing.tcp import Line
from wsconform.wire.address import Address

__all__ = ["Record", "TcpConnection", "get", "opens"]

Record = Callable[[Side, str, bytes], None]

_NORMAL = 1000


class TcpConnection:
    """A connection that is opened by the first request."""

    def __init__(self, server: ServerFacts, limits: Limits, record: Record) -> None:
        """Prepare a connection.

        Args:
            server: the server to connect to.
            limits: the time limits.
            record: called for all data on the wire, with its sender, description and bytes.
        """
        self._server, self._limits, self._record = server, limits, record
        self._address = Address.parse(server.url)
        self._channel: Channel | None = None
        self._failure = NotConnected("no request was sent")

    @property
    def port(self) -> int | None:
        """Our port, if there is a connection."""
        return self._channel.line.port if self._channel is not None else None

    def close(self) -> None:
        """Close the connection."""
        if self._channel is not None:
            self._channel.close()

    # Actions

    def act(self, step: steps.Action) -> None:
        """Take an action; do nothing without a connection, which the next expectation reports."""
        if isinstance(step, steps.Request | steps.RawRequests) and self._channel is None:
            self._connect(getattr(step, "receive_buffer", 0))
        if self._channel is not None:
            self._ACTIONS[type(step)](self, self._channel, step)

    def _connect(self, receive_buffer: int) -> None:
        server, within = self._server, self._limits.connect * self._limits.scale
        try:
            trust = server.trust.context() if self._address.secure else None
            line = Line(server.host, server.port, trust, within=within, receive_buffer=receive_buffer)
        except OSError as error:
            self._failure = NotConnected(str(error))
        else:
            self._channel = Channel(line, Http(self._address, server.additions), self._record)

    def _disconnect(self, channel: Channel, step: steps.Disconnect) -> None:
        self._record(Side.US, step.how.value, b"")
        if step.unread:
            channel.line.peek(self._deadline(self._limits.answer))
        channel.stop_flood()
        if step.how is steps.End.RST:
            channel.line.reset()
        else:
            channel.line.finish()

    _ACTIONS: Mapping[type, Callable[[TcpConnection, Channel, Any], None]] = {
        steps.Request: lambda _, channel, step: channel.request(step),
        steps.RawRequests: lambda _, channel, step: channel.request_raw(step),
        steps.Send: lambda _, channel, step: channel.send(_frames(step)),
        steps.SendFragment: lambda _, channel, step: channel.send((_fragment(step),)),
        steps.SendRaw: lambda _, channel, step: channel.send(step.what),
        steps.Flood: lambda _, channel, step: channel.flood(step),
        steps.Ping: lambda _, channel, step: channel.send((Frame(Opcode.PING, step.payload),)),
        steps.Pong: lambda _, channel, step: channel.send((Frame(Opcode.PONG, step.payload),)),
        steps.Close: lambda _, channel, step: channel.send((_close(step.code, step.reason),)),
        steps.Disconnect: _disconnect,
    }

    # Expectations

    def observe(self, step: steps.Expectation) -> Event:
        """Return the next event; without a connection, the reason for that."""
        if self._channel is None:
            return self._failure
        return self._EXPECTATIONS.get(type(step), TcpConnection._next)(self, self._channel, step)

    def _next(self, channel: Channel, step: steps.Expectation) -> Event:
        event = channel.next(self._deadline(getattr(step, "within", None) or self._limits.answer))
        if isinstance(step, steps.ExpectUpgrade) and isinstance(event, UpgradeSeen) and _lacks(step, event):
            return Declined(step.extension)
        is_response = isinstance(step, steps.ExpectUpgrade | steps.ExpectResponse | steps.ExpectDecision)
        if is_response and channel.again and isinstance(event, EndSeen) and not event.stray:
            return Dropped(announced=False, end=event.how)
        return event

    def _silence(self, channel: Channel, step: steps.ExpectSilence) -> Event:
        return channel.next(time.monotonic() + step.seconds)

    def _echoes(self, channel: Channel, step: steps.ExpectEchoes) -> Event:
        count, slowest, last = 0, 0.0, time.monotonic() + step.lasting
        while count < step.count and time.monotonic() < last:
            time.sleep(step.apart if count else 0)
            began, message = time.monotonic(), f"echo {count}"
            channel.send(_frames(steps.Send(message)))
            event = channel.next(self._deadline(step.within))
            if difference(steps.ExpectMessage(message), event):
                return EchoesSeen(count, slowest, event)
            count, slowest = count + 1, max(slowest, round(time.monotonic() - began, 3))
        return EchoesSeen(count, slowest)

    def _persistence(self, channel: Channel, _: steps.ExpectPersistence) -> Event:
        if not channel.closes:
            return Kept()
        end = channel.rest(self._deadline(self._limits.answer))
        return end if end.stray else Dropped(announced=True, end=end.how)

    def _end(self, channel: Channel, step: steps.ExpectEnd) -> Event:
        return channel.rest(self._deadline(step.within))

    def _await_end(self, channel: Channel, step: steps.AwaitEnd) -> Event:
        deadline = self._deadline(step.within)
        event = channel.next(deadline)
        if isinstance(event, CloseSeen):
            channel.send((_close(event.code),))
        return event if isinstance(event, EndSeen) else channel.rest(deadline)

    def _goodbye(self, channel: Channel, _: steps.ExpectGoodbye) -> Event:
        """Return the end, with an earlier Close if there is one, and answer that Close."""
        deadline = time.monotonic() + self._server.stop_within + self._limits.stop * self._limits.scale
        event = channel.next(deadline)
        if isinstance(event, CloseSeen):
            channel.send((_close(_NORMAL),))
            return Goodbye(event, channel.rest(deadline), self._server.closes_gracefully)
        return Goodbye(None, event, self._server.closes_gracefully) if isinstance(event, EndSeen) else event

    def _release(self, _: Channel, step: steps.ExpectRelease) -> Event:
        return Released(self.released(self._deadline(step.within)))

    _EXPECTATIONS: Mapping[type, Callable[[TcpConnection, Channel, Any], Event]] = {
        steps.ExpectEchoes: _echoes,
        steps.ExpectSilence: _silence,
        steps.ExpectPersistence: _persistence,
        steps.ExpectEnd: _end,
        steps.AwaitEnd: _await_end,
        steps.ExpectGoodbye: _goodbye,
        steps.ExpectRelease: _release,
    }

    def released(self, deadline: float) -> bool | None:
        """Whether the server releases the connection before the deadline; None if that cannot be observed."""
        if self.port is None:
            return None
        while (holds := self._server.holds(self.port)) and time.monotonic() < deadline:
            time.sleep(POLL)
        return None if holds is None else not holds

    def _deadline(self, within: float) -> float:
        return time.monotonic() + within * self._limits.scale


def opens(server: ServerFacts, limits: Limits) -> bool:
    """Return whether an opening handshake for the URL of the server is answered, on a new connection.

    The answer must be a 101 unless the server has refused opening handshakes from the start.
    """
    connection = TcpConnection(server, limits, lambda *_: None)
    try:
        connection.act(steps.Request(""))
        event = connection.observe(steps.ExpectUpgrade())
        return isinstance(event, UpgradeSeen) or (server.refuses and isinstance(event, ResponseSeen | Garbled))
    finally:
        connection.close()


def get(server: ServerFacts, path: str, limits: Limits) -> ResponseSeen | None:
    """Return the response to a plain GET on a new connection; None if there is none."""
    connection = TcpConnection(server, limits, lambda *_: None)
    try:
        connection.act(steps.Request(path, websocket=False, headers=(("Connection", "close"),)))
        event = connection.observe(steps.ExpectResponse())
    finally:
        connection.close()
    return event if isinstance(event, ResponseSeen) else None


def _lacks(step: steps.ExpectUpgrade, event: UpgradeSeen) -> bool:
    """Whether the server has declined the extension that a step expects."""
    return bool(step.extension) and not event.extensions.startswith(step.extension)


def _frames(step: steps.Send) -> tuple[Frame, ...]:
    last = len(step.parts) - 1
    opcode = Opcode.TEXT if isinstance(step.message, str) else Opcode.BINARY
    return tuple(Frame(Opcode.CONTINUATION if n else opcode, part, fin=n == last) for n, part in enumerate(step.parts))


def _fragment(step: steps.SendFragment) -> Frame:
    opcode = Opcode.TEXT if isinstance(step.part, str) else Opcode.BINARY
    payload = step.part.encode() if isinstance(step.part, str) else step.part
    return Frame(opcode if step.first else Opcode.CONTINUATION, payload, fin=step.last)


def _close(code: int | None, reason: str = "") -> Frame:
    return Frame(Opcode.CLOSE, b"" if code is None else code.to_bytes(2, "big") + reason.encode())
