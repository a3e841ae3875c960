"""Servers whose fault shows in almost every conversation."""

from __future__ import annotations

from wsconform.crooked.connection import CLOSE, TEXT, Connection, OverError, ViolationError
from wsconform.crooked.model import acts, helper, must, of_topic, should
from wsconform.wire.frames import Received, encode_header

__all__ = ["SERVERS"]


def _nothing(*_: object, **__: object) -> None:
    """Do nothing."""


def _dropped(self: Connection, early: bytes) -> None:
    if not early:
        self.sock.recv(1)


class _Racy(Connection):
    share = 1 / 3

    def serve(self, early: bytes) -> None:
        if self.shared.random.random() < self.share and (early or self.sock.recv(1)):
            self.reset()
        else:
            super().serve(early)


class _Dies(Connection):
    def data(self, frame: Received) -> None:
        if not frame.fin:
            self.shared.die()
        super().data(frame)


def _corrupted(payload: bytes) -> bytes:
    """Return the payload with its last byte changed."""
    return payload[:-1] + (b"?" if payload[-1:] == b"!" else b"!") if payload else payload


def _corrupts(self: Connection, opcode: int, payload: bytes) -> None:
    Connection.echo(self, opcode, _corrupted(payload))


def _corrupts_once(self: Connection, opcode: int, payload: bytes) -> None:
    is_new = payload not in self.shared.echoed
    self.shared.echoed.add(payload)
    Connection.echo(self, opcode, _corrupted(payload) if is_new else payload)


class _Stray(Connection):
    def end(self) -> None:
        try:
            self.write(b"HTTP/1.1 200 OK\r\n\r\n")
        except OSError:
            return
        super().end()


class _AnswersTheClosed(Connection):
    """Answers any Close with 1000."""

    detects = False

    def answer_close(self, body: bytes) -> None:
        self.send_close((1000).to_bytes(2, "big"))


def _masked_header(_: Connection, opcode: int, size: int, *, fin: bool, rsv: int) -> bytes:
    return encode_header(opcode, size, bytes(4), fin=fin, rsv=rsv)


def _ends(self: Connection, *_: object) -> None:
    raise OverError


SERVERS = of_topic(
    "basic",
    (
        helper("honest", "breaks no rule"),
        must(
            "drops-at-once",
            "drops TCP at the first byte after the opening handshake",
            "6455-6.1-2",
            "1.1.1,1.1.2,7.1.1",
            acts(Connection, serve=_dropped),
        ),
        must(
            "mute",
            "reads and never answers",
            "6455-5.5.1-7",
            "1.1.1,2.1,7.1.1",
            acts(Connection, detects=False, ping=_nothing, close=_nothing, message=_nothing),
        ),
        must(
            "close-only",
            "answers a Close and ignores everything else",
            "6455-5.5.2-2",
            "1.1.1,2.1,3.1",
            acts(_AnswersTheClosed, ping=_nothing, message=_nothing),
        ),
        must("lenient", "echoes everything and detects nothing", "6455-7.1.7-1", "3.1,4.1.1,5.1", _AnswersTheClosed),
        should(
            "drops-on-error",
            "detects every violation and drops TCP without a Close",
            "6455-7.1.7-2",
            "3.1,4.1.1,5.1",
            acts(Connection, fail=_nothing),
        ),
        should(
            "always-1011",
            "detects every violation and always closes with 1011",
            "6455-7.1.7-2",
            "3.1,4.1.1,5.1",
            acts(Connection, fail=lambda self, _: self.send_close((1011).to_bytes(2, "big"))),
        ),
        must(
            "never-ends-tcp",
            "sends the right frames and never closes TCP",
            "6455-5.5.1-11",
            "1.1.1,2.1,7.1.1",
            acts(Connection, end=Connection.drain),
        ),
        must("masks", "masks its frames", "6455-5.1-5", "1.1.1,2.2,7.1.1", acts(Connection, header=_masked_header)),
        must(
            "wrong-octets",
            "echoes messages with the right length but a wrong byte",
            "6455-6.1-2",
            "1.1.2,1.2.5,5.3,6.2.2,7.1.1",
            acts(Connection, echo=_corrupts),
        ),
        must(
            "wrong-once",
            "echoes each message with a wrong byte the first time",
            "6455-6.1-2",
            "1.1.2,1.2.5",
            acts(Connection, echo=_corrupts_once),
        ),
        must("stray-http", "writes an HTTP response after the Close frame", "6455-5.5.1-6", "1.1.1,7.1.1", _Stray),
        should(
            "resets",
            "resets TCP after the closing handshake",
            "6455-7.1.1-1",
            "",
            acts(Connection, end=Connection.reset),
        ),
        helper(
            "greets",
            "sends a message before it gets one",
            acts(Connection, begin=lambda self: self.send(TEXT, b"Welcome!")),
        ),
        must("racy", "resets TCP on one of three connections, at random", "6455-6.1-6", "", _Racy),
        must("dies", "exits at the first fragment", "robust-others", "5.3", _Dies),
        must(
            "vanishes",
            "ends TCP at a Close without answering it",
            "6455-5.5.1-7",
            "7.1.1,7.3.1,1.1.1",
            acts(Connection, close=_ends),
        ),
        must(
            "echoes-close-as-ping",
            "answers a Close with a Ping",
            "6455-5.5.1-7",
            "7.1.1,1.1.1",
            acts(Connection, send_close=lambda self, body: self.send(9, body)),
        ),
        should(
            "resets-on-error",
            "resets TCP at every violation",
            "6455-7.1.7-2",
            "3.1,4.1.1,5.1",
            acts(Connection, fail=lambda self, _: self.reset()),
        ),
        must(
            "ignores-violations",
            "drops illegal frames and goes on",
            "6455-7.1.7-1",
            "3.1,4.1.1,5.1",
            type("_Ignores", (Connection,), {"handle": lambda self, frame: _ignoring(self, frame)}),
        ),
        must(
            "stalls",
            "stops answering at a violation and keeps the connection open",
            "6455-7.1.7-1",
            "3.1,4.1.1,5.1",
            acts(Connection, fail=lambda self, _: self.drain()),
        ),
        should(
            "fails-without-code",
            "fails the connection with a Close that has no code",
            "6455-7.1.7-2",
            "3.1,4.1.1,5.1",
            acts(Connection, fail=lambda self, _: self.send_close(b"")),
        ),
        must(
            "fails-with-1006",
            "closes with 1006 at every violation",
            "6455-7.4.1-3",
            "3.1,4.1.1,5.1",
            acts(Connection, fail=lambda self, _: self.send_close((1006).to_bytes(2, "big"))),
        ),
        should(
            "fails-twice",
            "sends two Close frames at every violation",
            "6455-5.5.1-6",
            "3.1,4.1.1,5.1",
            acts(Connection, fail=lambda self, code: [self.send(CLOSE, code.to_bytes(2, "big")) for _ in range(2)]),
        ),
    ),
)


def _ignoring(self: Connection, frame: Received) -> None:
    try:
        Connection.handle(self, frame)
    except ViolationError:
        return
