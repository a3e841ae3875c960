"""Servers that are wrong with messages only now and then: late, after something else, or with certain content."""

from __future__ import annotations

from collections.abc import Callable

from wsconform.crooked.connection import TEXT, Connection, OverError
from wsconform.crooked.model import acts, must, of_topic
from wsconform.wire.frames import Received

__all__ = ["SERVERS", "corrupted", "wrong_when"]

CONTENT, ALL, NEXT = "6455-6.1-2", "6455-6.1-6", "6455-6.2-4"


def corrupted(payload: bytes) -> bytes:
    """Return the payload with its last byte changed."""
    return payload[:-1] + (b"?" if payload[-1:] == b"!" else b"!") if payload else payload


def wrong_when(is_due: Callable[[Connection], bool]) -> type[Connection]:
    """Return a connection that echoes a wrong byte when it is due; it is asked before each message counts."""

    class Wrong(Connection):
        """Looks before it counts."""

        def message(self, opcode: int, payload: bytes) -> None:
            super().message(opcode, corrupted(payload) if is_due(self) else payload)

    return Wrong


def _twice(self: Connection, opcode: int, payload: bytes) -> None:
    Connection.echo(self, opcode, payload)
    Connection.echo(self, opcode, payload)


def _not_empty(self: Connection, opcode: int, payload: bytes) -> None:
    if payload:
        Connection.echo(self, opcode, payload)


def _previous(self: Connection, opcode: int, payload: bytes) -> None:
    Connection.echo(self, *self.note.get("last", (opcode, payload)))
    self.note["last"] = opcode, payload


class _Reverses(Connection):
    """Sends the echoes of messages that came together in reverse order."""

    def take(self, frames: list[Received]) -> None:
        self.note["held"] = []
        try:
            super().take(frames)
        finally:
            for opcode, payload in reversed(self.note.pop("held")):
                super().echo(opcode, payload)

    def echo(self, opcode: int, payload: bytes) -> None:
        self.note["held"].append((opcode, payload))


class _ForgetsMessage(Connection):
    """Loses a message that comes in one segment with another one."""

    def message(self, opcode: int, payload: bytes) -> None:
        if self.note.get("batch") is not self.batch:
            super().message(opcode, payload)
        self.note["batch"] = self.batch


def _mute_from(number: int) -> type[Connection]:
    return acts(
        Connection,
        echo=lambda self, opcode, payload: Connection.echo(self, opcode, payload) if self.messages < number else None,
    )


def _drops_from(number: int) -> type[Connection]:
    def echo(self: Connection, opcode: int, payload: bytes) -> None:
        if self.messages >= number:
            raise OverError
        Connection.echo(self, opcode, payload)

    return acts(Connection, echo=echo)


class _WrongAfterPing(Connection):
    """Echoes a wrong byte in the message after a ping."""

    def ping(self, frame: Received) -> None:
        self.note["pinged"] = True
        super().ping(frame)

    def echo(self, opcode: int, payload: bytes) -> None:
        super().echo(opcode, corrupted(payload) if self.note.pop("pinged", False) else payload)


class _KeepsType(Connection):
    """Sends every message with the type of the first."""

    def echo(self, opcode: int, payload: bytes) -> None:
        super().echo(self.note.setdefault("type", opcode), payload)


def _wrong_byte_at(place: int) -> type[Connection]:
    def echo(self: Connection, opcode: int, payload: bytes) -> None:
        if len(payload) > place:
            payload = payload[:place] + b"#" + payload[place + 1 :]
        Connection.echo(self, opcode, payload)

    return acts(Connection, echo=echo)


class _CountsConnections(Connection):
    """Echoes a wrong byte on some connections, by their number from 1."""

    def begin(self) -> None:
        number = self.shared.kept.get("connections", 0)
        assert isinstance(number, int)
        self.shared.kept["connections"] = self.note["number"] = number + 1

    def echo(self, opcode: int, payload: bytes) -> None:
        super().echo(opcode, corrupted(payload) if self.is_due(self.note["number"]) else payload)

    def is_due(self, number: int) -> bool:
        """Whether the connection with this number is a wrong one."""
        return False


def _appends(self: Connection, opcode: int, payload: bytes) -> None:
    Connection.echo(self, opcode, payload + b"\n" if opcode == TEXT else payload)


SERVERS = of_topic(
    "state",
    (
        must(
            "wrong-from-message-257",
            "echoes wrong bytes from the 257th message on",
            CONTENT,
            "R.8.1,R.8.2",
            wrong_when(lambda self: self.messages >= 256),
        ),
        must(
            "wrong-behind-64k",
            "echoes wrong bytes after 65,535 bytes",
            CONTENT,
            "R.8.3,R.8.18",
            wrong_when(lambda self: self.octets > 65_535),
        ),
        must(
            "wrong-second",
            "echoes a wrong byte in the second message of a connection",
            CONTENT,
            "R.8.1,12.1.1",
            wrong_when(lambda self: self.messages == 1),
        ),
        must(
            "wrong-third",
            "echoes a wrong byte in the third message of a connection",
            CONTENT,
            "R.8.1,12.1.1",
            wrong_when(lambda self: self.messages == 2),
        ),
        must(
            "wrong-100th",
            "echoes a wrong byte in the 100th message of a connection",
            CONTENT,
            "R.8.1,12.1.1",
            wrong_when(lambda self: self.messages == 99),
        ),
        must(
            "wrong-after-ping",
            "echoes a wrong byte in the message after a ping",
            CONTENT,
            "5.6,5.7,5.8,5.19,5.20",
            _WrongAfterPing,
        ),
        must("mute-from-10", "echoes nine messages of a connection", ALL, "9.7.1,R.8.1", _mute_from(10)),
        must("drops-from-200", "drops TCP at the 200th message of a connection", ALL, "9.7.1,R.8.1", _drops_from(200)),
        must("echoes-twice", "echoes each message twice", CONTENT, "1.1.1,1.2.2", acts(Connection, echo=_twice)),
        must("no-empty-echo", "does not echo empty messages", ALL, "1.1.1,1.2.1", acts(Connection, echo=_not_empty)),
        must(
            "previous-echo",
            "answers each message with the one before",
            CONTENT,
            "12.1.1",
            acts(Connection, echo=_previous),
        ),
        must("reverses-order", "echoes messages that came together in reverse order", CONTENT, "C.5.7", _Reverses),
        must("keeps-type", "sends every message with the type of the first", "6455-6.1-3", "L.6.6", _KeepsType),
        must("wrong-byte-4096", "echoes a wrong byte behind 4,096 bytes", CONTENT, "1.1.7,1.2.7", _wrong_byte_at(4096)),
        must("wrong-byte-100", "echoes a wrong byte behind 100 bytes", CONTENT, "1.1.2,1.2.2", _wrong_byte_at(100)),
        must(
            "wrong-every-50th",
            "echoes wrong bytes on every 50th connection",
            CONTENT,
            "",
            acts(_CountsConnections, is_due=lambda _, number: number % 50 == 0),
        ),
        must(
            "wrong-from-connection-200",
            "echoes wrong bytes from the 200th connection on",
            CONTENT,
            "",
            acts(_CountsConnections, is_due=lambda _, number: number >= 200),
        ),
        must(
            "reverses-bytes",
            "reverses the bytes of binary messages",
            CONTENT,
            "R.8.3",
            acts(
                Connection,
                echo=lambda self, opcode, payload: Connection.echo(
                    self, opcode, payload if opcode == TEXT else payload[::-1]
                ),
            ),
        ),
        must("appends-newline", "adds LF to text", CONTENT, "1.1.1,1.1.2", acts(Connection, echo=_appends)),
        must(
            "forgets-message",
            "loses a message that comes in one segment with another one",
            NEXT,
            "M.3.1",
            _ForgetsMessage,
        ),
    ),
)
