"""Faults with pings and pongs (RFC 6455 sections 5.5.2 and 5.5.3)."""

from __future__ import annotations

from collections.abc import Callable

from wsconform.crooked.connection import CLOSE, PING, PONG, TEXT, Connection, ViolationError
from wsconform.crooked.model import acts, must, of_topic, should
from wsconform.wire.frames import Received

__all__ = ["SERVERS"]

ANSWER, SAME, UNSOLICITED = "6455-5.5.2-2", "6455-5.5.3-1", "6455-5.5.3-3"


def _answers(with_payload: Callable[[bytes], bytes]) -> type[Connection]:
    """Return a connection whose pongs have another payload."""
    return acts(Connection, ping=lambda self, frame: self.send(PONG, with_payload(frame.payload)))


def _stale(self: Connection, frame: Received) -> None:
    self.send(PONG, self.note.get("last", frame.payload))
    self.note["last"] = frame.payload


def _oldest(self: Connection, frame: Received) -> None:
    pings = [one for one in self.batch if one.opcode == PING]
    if frame is pings[0]:
        self.send(PONG, frame.payload)


def _few(most: int) -> Callable[[Connection, Received], None]:
    def ping(self: Connection, frame: Received) -> None:
        self.note["pings"] = self.note.get("pings", 0) + 1
        if self.note["pings"] <= most:
            self.send(PONG, frame.payload)

    return ping


class _AfterMessage(Connection):
    """Answers pings within a message when the message ends."""

    def ping(self, frame: Received) -> None:
        if self.opcode is None:
            super().ping(frame)
        else:
            self.note.setdefault("waiting", []).append(frame)

    def message(self, opcode: int, payload: bytes) -> None:
        super().message(opcode, payload)
        for frame in self.note.pop("waiting", []):
            super().ping(frame)


class _MuteAfterControl(Connection):
    """Echoes nothing if a control frame came first."""

    def handle(self, frame: Received) -> None:
        self.note.setdefault("first", frame.opcode)
        super().handle(frame)

    def message(self, opcode: int, payload: bytes) -> None:
        if self.note["first"] < CLOSE:
            super().message(opcode, payload)


class _WaitsForMessage(Connection):
    """Answers a ping only when a message comes."""

    def ping(self, frame: Received) -> None:
        self.note["ping"] = frame

    def message(self, opcode: int, payload: bytes) -> None:
        super().message(opcode, payload)
        if frame := self.note.pop("ping", None):
            super().ping(frame)


def _violation(self: Connection, frame: Received) -> None:
    raise ViolationError(1002)


def _as_text(payload: bytes) -> bytes:
    return payload.decode(errors="replace").encode()[:125]


SERVERS = of_topic(
    "control",
    (
        must("no-pongs", "does not answer pings", ANSWER, "2.1,2.2,2.10", acts(Connection, ping=lambda *_: None)),
        must("empty-pongs", "sends pongs without a payload", SAME, "2.2,2.3,2.4", _answers(lambda _: b"")),
        must("pongs-as-text", "reads the payload of pings as text", SAME, "2.3", _answers(_as_text)),
        must(
            "pongs-until-nul",
            "cuts the payload of pongs at a byte 0",
            SAME,
            "2.3",
            _answers(lambda payload: payload.split(b"\0")[0]),
        ),
        must(
            "longer-pongs",
            "adds a byte to the payload of pongs",
            SAME,
            "2.1,2.2,2.10",
            _answers(lambda payload: payload[:124] + b"!"),
        ),
        must(
            "stale-pongs",
            "answers each ping with the payload of the one before",
            SAME,
            "2.10",
            acts(Connection, ping=_stale),
        ),
        must("oldest-pong", "answers only the oldest of several pings", ANSWER, "2.10", acts(Connection, ping=_oldest)),
        must("few-pongs", "answers nine pings of a connection", ANSWER, "2.10", acts(Connection, ping=_few(9))),
        must(
            "first-pong",
            "answers the first ping of a connection only",
            ANSWER,
            "2.10,2.11",
            acts(Connection, ping=_few(1)),
        ),
        must(
            "no-long-pongs",
            "does not answer pings of 125 bytes",
            ANSWER,
            "2.4",
            acts(
                Connection, ping=lambda self, frame: None if len(frame.payload) == 125 else Connection.ping(self, frame)
            ),
        ),
        must(
            "no-empty-pongs",
            "does not answer pings without a payload",
            ANSWER,
            "2.1",
            acts(Connection, ping=lambda self, frame: Connection.ping(self, frame) if frame.payload else None),
        ),
        must(
            "echoes-pings",
            "answers a ping with a ping",
            ANSWER,
            "2.1,2.2",
            acts(Connection, ping=lambda self, frame: self.send(PING, frame.payload)),
        ),
        must(
            "refuses-pongs",
            "fails the connection at an unsolicited pong",
            UNSOLICITED,
            "2.9",
            acts(Connection, pong=_violation),
        ),
        must(
            "messages-from-pings",
            "echoes pings as text messages",
            ANSWER,
            "2.1,2.2",
            acts(Connection, ping=lambda self, frame: self.send(TEXT, b"")),
        ),
        should(
            "pongs-after-message",
            "answers pings within a message when it ends",
            "6455-5.5.2-3",
            "5.6,5.7",
            _AfterMessage,
        ),
        must("pongs-with-message", "answers a ping when the next message comes", ANSWER, "2.1,2.2", _WaitsForMessage),
        must(
            "mute-after-control",
            "echoes nothing if a control frame came first",
            "6455-5.5.3-3",
            "R.8.5,R.8.6,R.8.7,R.8.8",
            _MuteAfterControl,
        ),
    ),
)
