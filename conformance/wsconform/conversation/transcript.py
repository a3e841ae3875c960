"""The transcript: everything that one connection left behind. A value; it holds no verdict."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from wsconform.conversation.model import Event
from wsconform.model import Fault, Side
from wsconform.wire.log import WireRecord
from wsconform.wire.negotiation import Agreement

__all__ = [
    "Ending",
    "Limit",
    "Seen",
    "TcpEnd",
    "Transcript",
]


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
