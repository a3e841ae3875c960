"""Transcripts: the record of one connection."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from wsconform.conversation.model import Event
from wsconform.model import Excerpt, Fault, Message, Pong, Side
from wsconform.wire.head import Asked
from wsconform.wire.log import WireRecord
from wsconform.wire.negotiation import Agreement

__all__ = [
    "Ending",
    "Limit",
    "Seen",
    "TcpEnd",
    "Transcript",
    "excerpt",
]

EXCERPT = 64  # bytes of a payload
_NOTHING_ASKED = Asked()


class TcpEnd(Enum):
    """How the TCP connection ended."""

    FIN = "FIN"
    RST = "RST"
    OURS = "dropped by us"
    NEVER = "never opened"


class Limit(Enum):
    """Which of our time limits expired first."""

    NONE = ""
    OPENING = "the opening handshake was not answered in time"
    CASE = "the case did not finish in time"
    CEILING = "the case was stopped at its hard time limit"
    CLOSE = "our Close was not answered in time"
    TCP = "the server did not close TCP in time"


@dataclass(frozen=True, slots=True)
class Seen:
    """An event and when it was seen, in seconds since the connection opened."""

    at: float
    event: Event


@dataclass(frozen=True, slots=True)
class Ending:
    """How the connection ended.

    Attributes:
        started_by: the side that sent the first Close frame; None if neither did.
        sent: we sent a Close frame.
        received: the peer sent a Close frame.
        code: the code in the peer's Close; None if there was none.
        limit: the first of our time limits that expired.
        overdue: the connection was still open at the deadline of the case.
        waited: seconds from our last byte to that deadline.
        stalled: the deadline came early, since no byte had moved for some time.
        stray: the first bytes after the peer's Close frame.
        stray_size: the number of bytes after it.
    """

    started_by: Side | None = None
    sent: bool = False
    received: bool = False
    code: int | None = None
    reason: bytes = b""
    tcp: TcpEnd = TcpEnd.NEVER
    limit: Limit = Limit.NONE
    overdue: bool = False
    waited: float = 0.0
    stalled: bool = False
    stray: bytes = b""
    stray_size: int = 0


@dataclass(frozen=True, slots=True)
class Transcript:
    """The record of one connection.

    Attributes:
        opened: the opening handshake succeeded.
        refusal: why the opening handshake failed; empty if it succeeded.
        status: the status code of the answer to the opening handshake; None if there was none.
        answers: the Sec-WebSocket-Extensions fields of that answer.
        head: the head of that answer as received.
        asked: what the opening handshake asked for.
        agreement: the negotiated compression.
        more_events: number of further events that were not kept.
        faults: the violations of the peer that need no case to be seen, in order.
        opened_after: seconds until the opening handshake succeeded.
        seconds: from then to the end of TCP; if the handshake failed, from its start.
    """

    opened: bool
    refusal: str = ""
    status: int | None = None
    answers: tuple[str, ...] = ()
    head: bytes = b""
    asked: Asked = _NOTHING_ASKED
    agreement: Agreement | None = None
    events: tuple[Seen, ...] = ()
    more_events: int = 0
    faults: tuple[Fault, ...] = ()
    ending: Ending = Ending()
    wire: tuple[WireRecord, ...] = ()
    local_port: int | None = None
    opened_after: float = 0.0
    seconds: float = 0.0

    @property
    def lost(self) -> bool:
        """Whether the peer ended TCP without a Close frame, or without an answer to the opening handshake."""
        ended = self.ending.tcp in (TcpEnd.FIN, TcpEnd.RST)
        return ended and (not self.ending.received if self.opened else self.status is None)

    def excerpt(self) -> Transcript:
        """Return the transcript with only the start of each payload, for use after judging."""
        return replace(self, events=tuple(Seen(seen.at, excerpt(seen.event)) for seen in self.events))


def excerpt(event: Event) -> Event:
    """Return an event with only the start of its payload."""
    if isinstance(event, Message | Pong) and isinstance(event.payload, bytes) and len(event.payload) > EXCERPT:
        return replace(event, payload=Excerpt(event.payload[:EXCERPT], len(event.payload)))
    return event
