"""Encodes and decodes frames, legal or not (RFC 6455 section 5.2).

The suite has its own codec, because it must send and recognise illegal frames, and because it must share nothing with
the implementations that it judges.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from wsconform.model import Fill, Frame, Opcode, OpenFrame, Payload, Split

__all__ = [
    "Decoder",
    "Keys",
    "Received",
    "encode_frame",
    "encode_header",
    "encode_open_frame",
    "encode_split",
    "fragments",
    "masked",
]

Keys = Callable[[int], bytes]  # returns n fresh 4-octet masking keys, concatenated

_unpack16 = struct.Struct("!H").unpack_from
_unpack64 = struct.Struct("!Q").unpack_from


def encode_header(
    opcode: int, size: int, key: bytes, *, fin: bool = True, rsv: int = 0, mask: bool = True, bits: int | None = None
) -> bytes:
    """Encode the header of a frame: two to ten octets, then the masking key.

    Args:
        opcode: the opcode.
        size: octets of the payload.
        key: the masking key, which may be added later.
        fin: the FIN bit.
        rsv: the reserved bits as a number.
        mask: the mask bit.
        bits: of the payload length: 7, 16 or 64; None: as few as possible.
    """
    first, masked_bit = fin << 7 | rsv << 4 | opcode, mask << 7
    if size < 126 and bits in (None, 7):
        return bytes((first, masked_bit | size)) + key
    if size < 1 << 16 and bits in (None, 16):
        return struct.pack("!BBH", first, masked_bit | 126, size) + key
    return struct.pack("!BBQ", first, masked_bit | 127, size) + key


def masked(payload: Payload, key: bytes, offset: int = 0) -> bytes:
    """Mask or unmask a payload; ``offset`` is where in its frame it starts."""
    start = offset % 4
    key = key[start:] + key[:start]
    if isinstance(payload, Fill):
        return payload.masked(key)
    size = len(payload)
    stream = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(stream, "big")).to_bytes(size, "big")


def encode_frame(frame: Frame, key: bytes) -> bytes:
    """Encode a frame; ``key`` is the masking key if the frame has none of its own."""
    key = key if frame.key is None else frame.key
    header = encode_header(
        frame.opcode, len(frame.payload), key, fin=frame.fin, rsv=frame.rsv, mask=bool(key), bits=frame.bits
    )
    return header + (masked(frame.payload, key) if key else bytes(frame.payload))


def fragments(split: Split) -> Iterator[tuple[int, int, bool, bytes]]:
    """Yield opcode, size, FIN and payload of each fragment of a message, in order."""
    payload, size = bytes(split.payload), split.size
    if len(payload) <= size:
        yield split.opcode, len(payload), True, payload
        return
    opcode = split.opcode
    for start in range(0, len(payload) + 1, size):
        piece = payload[start : start + size]
        yield opcode, len(piece), len(piece) < size, piece
        opcode = Opcode.CONTINUATION


def encode_split(split: Split, keys: Keys) -> bytes:
    """Encode a message in fragments, each with its own masking key."""
    payload, size = split.payload, split.size
    if isinstance(payload, Fill) and len(payload.pattern) == 1 and size % 4 == 0 and len(payload) > size:
        return _encode_uniform(split, payload.pattern, keys)
    return b"".join(
        encode_header(opcode, size, key, fin=fin) + masked(piece, key)
        for opcode, size, fin, piece in fragments(split)
        for key in (keys(1),)
    )


def _encode_uniform(split: Split, octet: bytes, keys: Keys) -> bytes:
    """Encode fragments that differ only in their keys, ten times as fast as one by one.

    Case 9.3.1 has 65,537 of them; if we were slower than the peer, we would measure ourselves.
    """
    size, (whole, rest) = split.size, divmod(len(split.payload), split.size)
    first = encode_frame(Frame(split.opcode, Fill(octet, size), fin=False), keys(1))
    stream = keys(whole - 1)
    words = (int.from_bytes(stream, "big") ^ int.from_bytes(octet * len(stream), "big")).to_bytes(len(stream), "big")
    header = encode_header(Opcode.CONTINUATION, size, b"", fin=False)
    middle = [header + stream[i : i + 4] + words[i : i + 4] * (size // 4) for i in range(0, len(stream), 4)]
    last = encode_frame(Frame(Opcode.CONTINUATION, Fill(octet, rest)), keys(1))
    return b"".join((first, *middle, last))


def encode_open_frame(step: OpenFrame, key: bytes) -> bytes:
    """Encode the header of a frame whose payload follows in pieces."""
    return encode_header(step.opcode, step.size, key, fin=step.fin)


@dataclass(slots=True)
class Received:
    """A frame that was received.

    Attributes:
        payload: the unmasked payload.
        header: the octets before the payload.
        minimal: the length was encoded in as few octets as possible (section 5.2).
        too_long: the top bit of a 64-bit length is set.
        refused: the announced size of a frame that was refused at its header because it is too large; 0 otherwise.
    """

    opcode: int
    fin: bool
    rsv: int
    payload: bytes
    header: bytes
    masked: bool = False
    minimal: bool = True
    too_long: bool = False
    refused: int = 0


KEPT = 64


class Decoder:
    """Turns octets into frames, without judging them.

    No frame can follow a Close frame (section 5.5.1): what comes after it is ``stray``. No frame is found after an
    impossible length, since the start of the next frame is unknown, nor after a frame that is refused for its size,
    since its payload is not kept.

    Args:
        largest: octets of a payload; a larger frame is refused at its header. None: no limit.
        kept: octets behind the last frame that are kept; the rest is only counted.
        largest_control: octets of the payload of a control frame. None: no limit.
    """

    def __init__(self, largest: int | None = None, kept: int = KEPT, *, largest_control: int | None = None) -> None:
        self._kept = kept
        self._buffer = bytearray()
        self._start = 0  # where in the buffer the next frame begins
        self._largest = sys.maxsize if largest is None else largest
        self._largest_control = self._largest if largest_control is None else largest_control
        self._closed = self._lost = False
        self._behind = 0  # octets behind the last frame

    @property
    def stray(self) -> bytes:
        """The first octets that came after the Close frame."""
        return bytes(self._buffer) if self._closed else b""

    @property
    def stray_size(self) -> int:
        """How many octets came after the Close frame."""
        return self._behind if self._closed else 0

    @property
    def unfinished(self) -> bytes:
        """The first octets of a frame that is not complete."""
        return b"" if self._closed else bytes(self._buffer[self._start : self._start + KEPT])

    def feed(self, data: bytes) -> list[Received]:
        """Take octets in; return the frames that they complete."""
        self.push(data)
        frames = []
        while (frame := self.next()) is not None:
            frames.append(frame)
        return frames

    def push(self, data: bytes) -> None:
        """Take octets in; `next` returns the frames that they complete."""
        if self._closed or self._lost:
            self._behind += len(data)
            self._buffer += data[: self._kept - len(self._buffer)]
        else:
            self._buffer += data

    def next(self) -> Received | None:
        """Return the next frame; None until more octets come."""
        if self._start < len(self._buffer) and not (self._closed or self._lost):
            found = self._parse(self._start)
            if found is not None:
                frame, self._start = found
                if frame.opcode == Opcode.CLOSE or frame.too_long or frame.refused:
                    self._end(frame)
                return frame
        if self._start:
            del self._buffer[: self._start]
            self._start = 0
        return None

    def _end(self, frame: Received) -> None:
        """Find no more frames; keep little of what follows."""
        self._lost = frame.too_long or frame.refused > 0
        self._closed = not self._lost
        del self._buffer[: self._start]
        self._start, self._behind = 0, len(self._buffer)
        del self._buffer[self._kept :]

    def _size(self, announced: int) -> int:
        """Return the payload length that a header of 16 or 64 bits announces."""
        return announced

    def _parse(self, start: int) -> tuple[Received, int] | None:
        buffer = self._buffer
        available = len(buffer) - start
        if available < 2:
            return None
        first, second = buffer[start], buffer[start + 1]
        size, head, smallest, is_masked = second & 0x7F, 2, 0, second >> 7
        if size >= 126:
            head, smallest, unpack = (4, 126, _unpack16) if size == 126 else (10, 1 << 16, _unpack64)
            if available < head:
                return None
            size = self._size(unpack(buffer, start + 2)[0])
        head += 4 * is_masked
        refused = size > (self._largest_control if first & 0x08 else self._largest)
        if available < (head if refused else head + size):
            return None
        body = start + head
        end = body if refused else body + size
        payload = bytes(memoryview(buffer)[body:end])
        header = bytes(buffer[start:body])
        if is_masked:
            payload = masked(payload, header[-4:])
        frame = Received(
            first & 0x0F,
            first > 0x7F,
            first >> 4 & 7,
            payload,
            header,
            bool(is_masked),
            size >= smallest,
        )
        if refused:
            frame.too_long = bool(size >> 63)
            frame.refused = 0 if frame.too_long else size
        return frame, end
