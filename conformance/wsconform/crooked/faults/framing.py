"""Faults with the bits and opcodes of frames, and with fragments (RFC 6455 sections 5.2 and 5.4)."""

from __future__ import annotations

from wsconform.crooked.connection import (
    BINARY,
    CONTINUATION,
    CONTROL,
    PING,
    PONG,
    TEXT,
    Connection,
    ViolationError,
)
from wsconform.crooked.model import acts, must, of_topic
from wsconform.wire.frames import Received

__all__ = ["SERVERS"]

RESERVED_BITS, RESERVED_OPCODES, ORDER, FRAGMENTS = "6455-5.2-1", "6455-5.2-4", "6455-5.4-6", "6455-5.4-2"


def _marks(opcodes: tuple[int, ...], rsv: int) -> type[Connection]:
    """Return a connection that sets reserved bits on frames with these opcodes."""

    def send(self: Connection, opcode: int, payload: bytes, *, fin: bool = True, rsv: int = 0) -> None:
        Connection.send(self, opcode, payload, fin=fin, rsv=rsv | (bits if opcode in opcodes else 0))

    bits = rsv
    return acts(Connection, send=send)


def _renames(opcodes: dict[int, int]) -> type[Connection]:
    """Return a connection that sends frames with other opcodes."""

    def send(self: Connection, opcode: int, payload: bytes, *, fin: bool = True, rsv: int = 0) -> None:
        Connection.send(self, opcodes.get(opcode, opcode), payload, fin=fin, rsv=rsv)

    return acts(Connection, send=send)


class _TakesInterleaved(Connection):
    """Begins a new message within another one, and forgets the first."""

    def is_out_of_order(self, frame: Received) -> bool:
        return frame.opcode == CONTINUATION and self.opcode is None

    def start(self, frame: Received) -> None:
        super().start(frame)
        self.parts, self.utf8 = [], self.new_utf8()


class _IgnoresLone(Connection):
    """Ignores a continuation without a message."""

    def data(self, frame: Received) -> None:
        if frame.opcode != CONTINUATION or self.opcode is not None:
            super().data(frame)

    def is_out_of_order(self, frame: Received) -> bool:
        return frame.opcode != CONTINUATION and self.opcode is not None


class _EchoesFragments(Connection):
    """Echoes each fragment as a message of its own."""

    def data(self, frame: Received) -> None:
        if frame.opcode != CONTINUATION:
            self.start(frame)
        assert self.opcode is not None, "the frame was checked"
        kind = self.opcode
        self.opcode = None if frame.fin else kind
        self.message(kind, frame.payload)


class _NeverFinal(Connection):
    """Echoes a fragmented message without FIN."""

    pieces = 0

    def data(self, frame: Received) -> None:
        self.pieces += 1
        super().data(frame)
        self.pieces = 0 if frame.fin else self.pieces

    def echo(self, opcode: int, payload: bytes) -> None:
        self.send(opcode, payload, fin=self.pieces < 2)


class _LateForms(Connection):
    """Forgets something about fragments that are not the first."""

    def finish(self) -> None:
        self.parts = self.reduced(self.parts)
        super().finish()

    def reduced(self, parts: list[bytes]) -> list[bytes]:
        return parts


class _FewFragments(Connection):
    """Fails the connection at a message of too many fragments."""

    most = 1000

    def data(self, frame: Received) -> None:
        if len(self.parts) >= self.most:
            raise ViolationError(1009)
        super().data(frame)


class _OneFragmented(Connection):
    """Fails the connection at the second fragmented message."""

    fragmented = 0

    def data(self, frame: Received) -> None:
        self.fragmented += not frame.fin and frame.opcode != CONTINUATION
        if self.fragmented > 1:
            raise ViolationError(1009)
        super().data(frame)


class _ForgetsAtControl(Connection):
    """A control frame between fragments ends the message."""

    def handle(self, frame: Received) -> None:
        if frame.opcode in CONTROL:
            self.opcode, self.parts = None, []
        super().handle(frame)


class _LateContinuationType(Connection):
    """Takes the type of a message from its last fragment, where a continuation counts as binary."""

    def echo(self, opcode: int, payload: bytes) -> None:
        super().echo(BINARY if self.note.pop("continued", False) else opcode, payload)

    def handle(self, frame: Received) -> None:
        if frame.opcode == CONTINUATION and frame.fin:
            self.note["continued"] = True
        super().handle(frame)


SERVERS = of_topic(
    "framing",
    (
        must(
            "sets-rsv1",
            "sets RSV1 on messages without an extension",
            RESERVED_BITS,
            "1.1.1,1.2.2",
            _marks((TEXT, BINARY), 4),
        ),
        must("sets-rsv2", "sets RSV2 on binary messages", RESERVED_BITS, "1.2.1,1.2.2", _marks((BINARY,), 2)),
        must("sets-rsv3-on-pongs", "sets RSV3 on pongs", RESERVED_BITS, "2.1,2.2", _marks((PONG,), 1)),
        must("pong-as-11", "answers pings with opcode 11", RESERVED_OPCODES, "2.1,2.2", _renames({PONG: 11})),
        must(
            "binary-as-3", "sends binary messages with opcode 3", RESERVED_OPCODES, "1.2.1,1.2.2", _renames({BINARY: 3})
        ),
        must("text-as-binary", "echoes text as binary", "6455-6.1-3", "1.1.1,1.1.2", _renames({TEXT: BINARY})),
        must("binary-as-text", "echoes binary messages as text", "6455-6.1-3", "1.2.1,1.2.2", _renames({BINARY: TEXT})),
        must(
            "takes-reserved-bits",
            "accepts reserved bits without an extension",
            "6455-5.2-2",
            "3.1,3.2,3.3,3.4,3.5,3.6",
            acts(Connection, legal_bits=lambda *_: 7),
        ),
        must(
            "takes-rsv3",
            "accepts RSV3",
            "6455-5.2-2",
            "3.1",
            acts(Connection, legal_bits=lambda self, frame: Connection.legal_bits(self, frame) | 1),
        ),
        must(
            "takes-bits-on-control",
            "accepts reserved bits on control frames",
            "6455-5.2-2",
            "P.2.1,P.2.2",
            acts(
                Connection,
                legal_bits=lambda self, frame: 7 if frame.opcode in CONTROL else Connection.legal_bits(self, frame),
            ),
        ),
        must(
            "ignores-reserved-opcodes",
            "ignores frames with reserved opcodes",
            RESERVED_OPCODES,
            "4.1.1,4.1.2,4.2.1,4.2.2",
            acts(
                Connection,
                is_known=lambda *_: True,
                data=lambda self, frame: Connection.data(self, frame) if frame.opcode < 3 else None,
            ),
        ),
        must(
            "ignores-reserved-control",
            "ignores control frames with reserved opcodes",
            RESERVED_OPCODES,
            "4.2.1,4.2.2",
            acts(Connection, is_known=lambda _, opcode: opcode < 3 or opcode > 7),
        ),
        must(
            "takes-lone-continuation",
            "takes a continuation without a message for text",
            ORDER,
            "5.9,5.10",
            acts(
                Connection, is_out_of_order=lambda self, frame: frame.opcode != CONTINUATION and self.opcode is not None
            ),
        ),
        must(
            "ignores-lone-continuation",
            "ignores a continuation without a message",
            FRAGMENTS,
            "5.9,5.10,5.12",
            _IgnoresLone,
        ),
        must("takes-interleaved", "forgets a message when another one begins", ORDER, "5.18", _TakesInterleaved),
        must(
            "joins-interleaved",
            "adds a message that begins within another one to it",
            ORDER,
            "5.18",
            acts(
                _IgnoresLone,
                is_out_of_order=lambda self, frame: frame.opcode == CONTINUATION and self.opcode is None,
                start=lambda self, frame: Connection.start(self, frame) if self.opcode is None else None,
            ),
        ),
        must(
            "takes-fragmented-pings",
            "answers pings with FIN 0",
            "6455-5.5-2",
            "5.1",
            acts(
                Connection,
                is_bad_control=lambda self, frame: (
                    len(frame.payload) > 125 if frame.opcode == PING else Connection.is_bad_control(self, frame)
                ),
            ),
        ),
        must(
            "takes-fragmented-pongs",
            "ignores pongs with FIN 0",
            "6455-5.5-2",
            "R.8.22",
            acts(
                Connection,
                is_bad_control=lambda self, frame: (
                    len(frame.payload) > 125 if frame.opcode == PONG else Connection.is_bad_control(self, frame)
                ),
            ),
        ),
        must(
            "echoes-fragments",
            "echoes each fragment as a message",
            FRAGMENTS,
            "5.3,5.4,5.5",
            acts(_EchoesFragments, check_text=lambda *_, **__: None),
        ),
        must("never-final", "echoes fragmented messages with FIN 0", "6455-6.1-4", "5.3,5.4,5.5", _NeverFinal),
        must(
            "first-two-fragments",
            "loses all fragments but two",
            "6455-5.4-5",
            "5.19,5.20",
            acts(_LateForms, reduced=lambda _, parts: parts[:2]),
        ),
        must(
            "reversed-fragments",
            "assembles fragments in reverse order",
            "6455-5.4-5",
            "5.3,5.4",
            acts(_LateForms, reduced=lambda _, parts: parts[::-1]),
        ),
        must(
            "loses-small-fragments",
            "loses fragments of a single byte",
            "6455-5.4-8",
            "6.2.3",
            acts(_LateForms, reduced=lambda _, parts: [part for part in parts if len(part) != 1 or len(parts) == 1]),
        ),
        must(
            "continued-as-binary",
            "echoes fragmented text as binary",
            "6455-5.4-13",
            "5.3,5.4,5.5",
            _LateContinuationType,
        ),
        must("few-fragments", "refuses messages of more than 1,000 fragments", "6455-5.4-9", "R.8.4", _FewFragments),
        must("one-fragmented", "refuses a second fragmented message", "6455-5.4-9", "R.8.11,R.8.17", _OneFragmented),
        must(
            "forgets-at-control",
            "forgets a message when a control frame comes",
            "6455-5.4-7",
            "R.8.10,R.8.11,R.8.12,R.8.13",
            _ForgetsAtControl,
        ),
    ),
)
