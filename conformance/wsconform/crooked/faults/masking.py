"""Faults with masks (RFC 6455 section 5.3)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from wsconform.crooked.connection import (
    BINARY,
    CLOSE,
    CONTINUATION,
    KNOWN,
    PING,
    PONG,
    Connection,
    ViolationError,
)
from wsconform.crooked.frames import FrameDecoder
from wsconform.crooked.model import Crooked, acts, must, of_topic
from wsconform.wire.frames import Received, masked

__all__ = ["SERVERS"]

MUST_BE_MASKED, UNMASK = "6455-5.1-3", "6455-5.3-5"


def _takes(name: str, summary: str, caught: str, *opcodes: int) -> Crooked:
    lenient = acts(Connection, is_bare=lambda _, frame: not frame.masked and frame.opcode not in opcodes)
    return must(name, summary, MUST_BE_MASKED, caught, lenient)


class _GoesOn(Connection):
    """Handles what follows a violation before it fails the connection."""

    def take(self, frames: list[Received]) -> None:
        late: ViolationError | None = None
        for frame in frames:
            try:
                self.handle(frame)
            except ViolationError as violation:
                late = late or violation
        if late is not None:
            raise late


class _Reader(FrameDecoder):
    """Reads frames with masks in its own way."""

    def __init__(self) -> None:
        super().__init__()
        self.first_key = b""

    def next(self) -> Received | None:
        frame = super().next()
        if frame is None or not frame.masked:
            return frame
        self.first_key = self.first_key or frame.header[-4:]
        return self.read(frame, frame.header[-4:])

    def read(self, frame: Received, key: bytes) -> Received:
        return frame


def _reads(**different: Any) -> type[Connection]:
    return acts(Connection, decoder=acts(_Reader, **different))


def _keeps_key(self: _Reader, frame: Received, key: bytes) -> Received:
    return replace(frame, payload=masked(masked(frame.payload, key), self.first_key))


def _words(_: _Reader, frame: Received, key: bytes) -> Received:
    whole = len(frame.payload) // 4 * 4
    return replace(frame, payload=frame.payload[:whole] + masked(frame.payload[whole:], key))


def _refuses(refused: bytes) -> type[Connection]:
    return _reads(read=lambda _, frame, key: replace(frame, masked=False) if key == refused else frame)


def _control_masked(_: _Reader, frame: Received, key: bytes) -> Received:
    return replace(frame, payload=masked(frame.payload, key)) if frame.opcode == PING else frame


def _reversed_key(_: _Reader, frame: Received, key: bytes) -> Received:
    return replace(frame, payload=masked(masked(frame.payload, key), key[::-1]))


def _restarts(_: _Reader, frame: Received, key: bytes) -> Received:
    """Start the key anew after 1,024 bytes plus one."""
    payload, cut = frame.payload, 1025
    raw = masked(payload, key)
    return replace(frame, payload=payload[:cut] + masked(raw[cut:], key))


SERVERS = of_topic(
    "masking",
    (
        _takes(
            "takes-unmasked",
            "accepts frames without a mask",
            "M.1.1,M.1.2,M.1.3,M.1.4,M.1.5,M.1.6,M.1.7,M.1.8,M.1.9,M.2.1,M.2.6,M.2.10,M.2.11,M.2.12",
            *KNOWN,
        ),
        _takes(
            "takes-unmasked-control",
            "accepts control frames without a mask",
            "M.1.2,M.1.4,M.1.6,M.2.2,M.2.4,M.2.9",
            CLOSE,
            PING,
            PONG,
        ),
        _takes("takes-unmasked-binary", "accepts binary frames without a mask", "M.1.3,M.1.8,M.1.9,M.2.3", BINARY),
        _takes("takes-unmasked-continuation", "accepts continuations without a mask", "M.2.7,M.2.8", CONTINUATION),
        must(
            "checks-first-mask",
            "requires a mask only of the first frame",
            MUST_BE_MASKED,
            "M.2.1,M.2.2,M.2.3,M.2.4,M.2.6,M.2.7,M.2.8,M.2.9,M.2.12",
            acts(Connection, is_bare=lambda self, frame: not frame.masked and not self.seen),
        ),
        must("answers-unmasked", "handles what follows a violation", "6455-7.1.7-4", "M.2.11", _GoesOn),
        must(
            "refuses-key-zero",
            "takes the masking key zero for a missing mask",
            UNMASK,
            "M.3.1,M.3.7,M.3.12",
            _refuses(bytes(4)),
        ),
        must(
            "refuses-key-of-ones",
            "takes a masking key of ones for a missing mask",
            UNMASK,
            "M.3.2,M.3.12",
            _refuses(b"\xff" * 4),
        ),
        must("keeps-key", "unmasks all frames with the first masking key", UNMASK, "M.3.12", _reads(read=_keeps_key)),
        must(
            "unmasks-words",
            "leaves bytes masked that do not fill four",
            UNMASK,
            "M.3.2,M.3.3,M.3.5,M.3.6,M.3.9,M.3.10,M.3.11,M.3.12",
            _reads(read=_words),
        ),
        must("masked-pings", "does not unmask pings", UNMASK, "2.2,2.3", _reads(read=_control_masked)),
        must(
            "reversed-key", "unmasks with the masking key in reverse order", UNMASK, "1.1.2", _reads(read=_reversed_key)
        ),
        must(
            "restarts-key",
            "loses its place in the masking key after 1,025 bytes",
            UNMASK,
            "1.1.6,1.1.7",
            _reads(read=_restarts),
        ),
    ),
)
