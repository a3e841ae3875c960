"""Turns the frames of a server into events, and finds the rules of framing that they break."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from wsconform.model import Fault, Message, Opcode, Pong
from wsconform.wire.frames import Received
from wsconform.wire.head import quoted
from wsconform.wire.inflater import Inflater

__all__ = ["CloseSeen", "FrameReader", "PingSeen", "starts_wrong"]

CONTROL = Opcode.CLOSE, Opcode.PING, Opcode.PONG
DATA = Opcode.TEXT, Opcode.BINARY
RSV1 = 4
#: The start of an HTTP response, which looks like a control frame with RSV1.
HTTP = b"HTTP/1."
#: The lowest code that is two printable characters.
LOWEST_LETTERS = 0x2020
TOO_LARGE = "6455-10.4-2"

#: Codes with their own sentence in RFC 6455 section 7.4.1; the others are covered by ranges.
RESERVED_CODES = {1004: "6455-7.4.1-5", 1005: "6455-7.4.1-2", 1006: "6455-7.4.1-3", 1015: "6455-7.4.1-4"}
CODE_RANGES = (range(1000), "6455-7.4.2-1"), (range(1000, 3000), "6455-7.4.2-2"), (range(5000, 65536), "6455-7.4.2-4")


@dataclass(frozen=True, slots=True)
class PingSeen:
    """The peer sent a Ping frame."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class CloseSeen:
    """The peer sent a Close frame; ``code`` is None when its body was empty."""

    code: int | None
    reason: bytes = b""


ReadResult = Message | Pong | PingSeen | CloseSeen | Fault


class FrameReader:
    """Assembles messages and checks each frame of a server (RFC 6455 sections 5.1 to 5.5).

    Args:
        largest: octets of a message, before inflating; a larger one is a fault. None: no limit.

    Attributes:
        inflater: inflates compressed messages, if permessage-deflate was agreed.
    """

    def __init__(self, largest: int | None = None) -> None:
        self.inflater: Inflater | None = None
        self._largest = sys.maxsize if largest is None else largest
        self._opcode: int | None = None  # of the message that is being assembled
        self._compressed = False
        self._assembled = bytearray()

    def read(self, frame: Received) -> ReadResult | None:
        """Return the event or the fault of a frame; None for a fragment that completes no message."""
        if fault := _framing_fault(frame, compressing=self.inflater is not None):
            return fault
        match frame.opcode:
            case Opcode.PING:
                return PingSeen(frame.payload)
            case Opcode.PONG:
                return Pong(frame.payload)
            case Opcode.CLOSE:
                return _close(frame.payload)
        return self._data(frame)

    def _data(self, frame: Received) -> ReadResult | None:
        if frame.opcode == Opcode.CONTINUATION:
            if self._opcode is None:
                return Fault(1002, "a continuation frame with no message to continue", "6455-5.4-1")
        elif self._opcode is not None:
            return Fault(1002, "a new message inside a fragmented one", "6455-5.4-6")
        elif frame.fin:
            return self._message(frame.opcode, frame.payload, compressed=frame.rsv != 0)
        else:
            self._opcode, self._compressed = frame.opcode, frame.rsv != 0
        self._assembled += frame.payload
        if len(self._assembled) > self._largest:
            self._assembled.clear()
            return Fault(1009, f"a fragmented message of more than {self._largest} bytes", TOO_LARGE)
        if not frame.fin:
            return None
        opcode, payload = self._opcode, bytes(self._assembled)
        self._opcode, self._assembled = None, bytearray()
        assert opcode is not None  # otherwise a fault was returned above
        return self._message(opcode, payload, compressed=self._compressed)

    def _message(self, opcode: int, payload: bytes, *, compressed: bool) -> Message | Fault:
        if not compressed:
            return _message(opcode, payload)
        assert self.inflater is not None  # otherwise the bit is a fault
        inflated = self.inflater.inflate(payload)
        return inflated if isinstance(inflated, Fault) else _message(opcode, inflated, compressed=True)


def _message(opcode: int, payload: bytes, *, compressed: bool | None = None) -> Message | Fault:
    if opcode == Opcode.BINARY:
        return Message(payload, binary=True, compressed=compressed)
    try:
        payload.decode()
    except UnicodeDecodeError as error:
        return Fault(1007, f"a text message that is not UTF-8 at byte {error.start}", "6455-8.1-1")
    return Message(payload, compressed=compressed)


def _framing_fault(frame: Received, *, compressing: bool) -> Fault | None:
    opcode = frame.opcode
    if (frame.header + frame.payload[: len(HTTP)]).startswith(HTTP):
        line = (frame.header + frame.payload).partition(b"\r\n")[0]
        return Fault(1002, f"an HTTP response within the connection, {quoted(line)}", "6455-5.2-1")
    if frame.masked:
        return Fault(1002, "a masked frame", "6455-5.1-5")
    if frame.rsv and (fault := _reserved_fault(frame, compressing=compressing)):
        return fault
    if opcode not in CONTROL and opcode not in DATA and opcode != Opcode.CONTINUATION:
        return Fault(1002, f"reserved opcode {opcode}", "6455-5.2-4")
    if frame.too_long:
        return Fault(1002, "a 64-bit payload length with its top bit set", "6455-5.2-5")
    if not frame.minimal:
        return Fault(1002, f"a payload length of {len(frame.payload)} in more bytes than needed", "6455-5.2-6")
    if opcode in CONTROL:
        if not frame.fin:
            return Fault(1002, "a fragmented control frame", "6455-5.4-4")
        if (size := frame.refused or len(frame.payload)) > 125:
            return Fault(1002, f"a control frame of {size} bytes", "6455-5.5-1")
    if frame.refused:
        return Fault(1009, f"a frame of {frame.refused} bytes, far more than any right answer", TOO_LARGE)
    return None


def _reserved_fault(frame: Received, *, compressing: bool) -> Fault | None:
    """Check reserved bits: permessage-deflate uses RSV1 on the first frame of a data message (RFC 7692 section 6)."""
    if not compressing:
        return Fault(1002, f"reserved bits {frame.rsv:03b} without an extension", "6455-5.2-2")
    if frame.rsv != RSV1:
        return Fault(
            1002, f"reserved bits {frame.rsv:03b}, of which the extension defines only the first", "6455-5.2-3"
        )
    if frame.opcode not in DATA:
        kind = "continuation" if frame.opcode == Opcode.CONTINUATION else "control"
        return Fault(1002, f"RSV1 on a {kind} frame", "7692-6-2")
    return None


def starts_wrong(octets: bytes) -> bool:
    """Whether the first two octets cannot be the start of a frame of a server."""
    if len(octets) < 2:
        return False
    first, second = octets[:2]
    payload = bytes(min(second & 0x7F, 126))  # long enough to be too long for a control frame
    frame = Received(first & 0x0F, first > 0x7F, first >> 4 & 7, payload, octets[:2], masked=second > 0x7F)
    return _framing_fault(frame, compressing=False) is not None


def _close(payload: bytes) -> CloseSeen | Fault:
    if not payload:
        return CloseSeen(None)
    if len(payload) == 1:
        return Fault(1002, "a Close frame with a body of one byte", "6455-5.5.1-2")
    code, reason = int.from_bytes(payload[:2], "big"), payload[2:]
    if code >= LOWEST_LETTERS and len(payload) > 2 and payload.isascii() and payload.decode().isprintable():
        return Fault(1002, f"a Close frame with a text where its code should be, {quoted(payload)}", "6455-5.5.1-2")
    if not may_be_sent(code):
        return Fault(1002, f"close code {code}, which must not be sent", _clause_against(code), code)
    try:
        reason.decode()
    except UnicodeDecodeError:
        return Fault(1007, "a close reason that is not UTF-8", "6455-5.5.1-3")
    return CloseSeen(code, reason)


def _clause_against(code: int) -> str:
    in_range = (clause for codes, clause in CODE_RANGES if code in codes)
    return RESERVED_CODES.get(code) or next(in_range)


def may_be_sent(code: int) -> bool:
    """Whether a Close frame may carry the code (RFC 6455 section 7.4 and the IANA registry)."""
    return 1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999
