"""The wire log of a connection: its first and last frames, in words and in octets."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from wsconform.model import Frame, Opcode, Side

__all__ = ["SHOWN", "WireLog", "WireRecord", "describe_frame", "describe_sent"]

SHOWN = 64  # octets of a frame that are kept in the log


class WireRecord(NamedTuple):
    """A line of the wire log; a tuple, because there is one for each frame of a thousand round trips.

    Attributes:
        at: seconds since the connection opened.
        what: the frame in words.
        octets: its first octets.
        size: how many octets there were.
    """

    at: float
    by: Side
    what: str
    octets: bytes
    size: int


class WireLog:
    """The first and the last records of a connection; those between are only counted."""

    def __init__(self, first: int = 120, last: int = 40) -> None:
        self._first: list[WireRecord] = []
        self._room = first
        self._last: deque[WireRecord] = deque(maxlen=last)
        self._skipped = 0

    def add(self, record: WireRecord) -> None:
        """Append a record; if there are many, one in the middle is left out."""
        if self._room:
            self._room -= 1
            self._first.append(record)
            return
        self._skipped += len(self._last) == self._last.maxlen
        self._last.append(record)

    def __iter__(self) -> Iterator[WireRecord]:
        yield from self._first
        if self._skipped:
            yield WireRecord(self._last[0].at, Side.US, f"({self._skipped} records left out)", b"", 0)
        yield from self._last


@lru_cache(4096)  # the peer chooses the sizes
def describe_frame(opcode: int, size: int, *, fin: bool, rsv: int) -> str:
    """Describe a frame in a few words, such as ``TEXT 5, FIN 0``."""
    name = Opcode(opcode).name if opcode in Opcode._value2member_map_ else f"OPCODE-{opcode}"
    return f"{name} {size}" + ("" if fin else ", FIN 0") + (f", RSV {rsv:03b}" if rsv else "")


def describe_sent(frame: Frame) -> str:
    """Describe a frame of ours, such as ``TEXT 5, not masked``."""
    words = describe_frame(frame.opcode, len(frame.payload), fin=frame.fin, rsv=frame.rsv)
    if frame.key is not None:
        words += f", masking key {frame.key.hex()}" if frame.key else ", not masked"
    return words + (f", length in {frame.bits} bits" if frame.bits else "")
