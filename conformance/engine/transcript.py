"""The transcript: everything that one connection left behind. A value; it holds no verdict."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import NamedTuple

from conformance.engine.faults import Fault
from conformance.engine.negotiation import Agreement
from conformance.model import Event, Opcode, Side

__all__ = ["Ending", "Limit", "Seen", "TcpEnd", "Transcript", "WireLog", "WireRecord"]

SHOWN = 64  # octets of a frame that are kept in the log


class TcpEnd(Enum):
    """How the TCP connection ended."""

    FIN = "FIN"
    RST = "RST"
    OURS = "dropped by us"
    NEVER = "never opened"


class Limit(Enum):
    """The time limit of ours that expired first."""

    NONE = ""
    OPENING = "the opening handshake was not answered in time"
    CASE = "the case was not over in time"
    CLOSE = "our Close was not answered in time"
    TCP = "TCP was not closed in time"


@dataclass(frozen=True, slots=True)
class Seen:
    """An event and when it was seen, in seconds since the connection opened."""

    at: float
    event: Event


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
    """The first and the last records of a connection; what lies between is counted."""

    def __init__(self, first: int = 120, last: int = 40) -> None:
        self._first: list[WireRecord] = []
        self._room = first
        self._last: deque[WireRecord] = deque(maxlen=last)
        self._skipped = 0

    def add(self, record: WireRecord) -> None:
        """Append a record, at the cost of one in the middle if there are many."""
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


@cache
def describe_frame(opcode: int, size: int, *, fin: bool, rsv: int) -> str:
    """A frame in a few words, such as ``TEXT 5, FIN 0``."""
    name = Opcode(opcode).name if opcode in Opcode._value2member_map_ else f"opcode {opcode}"
    return f"{name} {size}" + ("" if fin else ", FIN 0") + (f", RSV {rsv:03b}" if rsv else "")


@dataclass(frozen=True, slots=True)
class Ending:
    """How the connection ended.

    Attributes:
        started_by: who sent the first Close frame; None if nobody did.
        sent: a Close frame of ours went out.
        received: a Close frame came.
        code: the code in the peer's Close, None if there was none.
        limit: the limit of ours that expired.
        overdue: the time of the case was over while the connection was open.
        stray: octets that came after the peer's Close frame.
    """

    started_by: Side | None = None
    sent: bool = False
    received: bool = False
    code: int | None = None
    reason: bytes = b""
    tcp: TcpEnd = TcpEnd.NEVER
    limit: Limit = Limit.NONE
    overdue: bool = False
    stray: bytes = b""


@dataclass(frozen=True, slots=True)
class Transcript:
    """All that one connection left behind.

    Attributes:
        opened: the opening handshake succeeded.
        refusal: why it did not.
        status: of the answer to it, None if there was none.
        answers: the Sec-WebSocket-Extensions fields of the answer.
        agreement: what compression was agreed.
        faults: the rules that the peer itself broke, in order.
        opened_after: seconds until the opening handshake was answered.
        seconds: from the start of the conversation to the end of TCP.
    """

    opened: bool
    refusal: str = ""
    status: int | None = None
    answers: tuple[str, ...] = ()
    agreement: Agreement | None = None
    events: tuple[Seen, ...] = ()
    faults: tuple[Fault, ...] = ()
    ending: Ending = Ending()
    wire: tuple[WireRecord, ...] = ()
    local_port: int | None = None
    opened_after: float = 0.0
    seconds: float = 0.0
