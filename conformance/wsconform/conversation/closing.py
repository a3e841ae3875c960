"""The progress of closing a connection (RFC 6455 section 7)."""

from __future__ import annotations

from dataclasses import dataclass

from wsconform.conversation.transcript import Ending, Limit, TcpEnd
from wsconform.model import Opcode, Side
from wsconform.wire.frames import Received
from wsconform.wire.reader import CloseSeen

__all__ = ["ClosingState"]


@dataclass(slots=True)
class ClosingState:
    """The Close frames that were exchanged, and the time limit that expired, if any.

    Attributes:
        started_by: the side that sent the first Close frame.
        sent: a Close frame of ours went out.
        received: a Close frame came.
        code: the code in the peer's Close.
        limit: the first of our time limits that expired.
        overdue: the deadline of the case passed while the connection was open.
        waited: seconds from our last byte to that deadline.
        stalled: the deadline came early, since no byte had moved for some time.
        dropped: we have dropped TCP.
    """

    started_by: Side | None = None
    sent: bool = False
    received: bool = False
    code: int | None = None
    reason: bytes = b""
    limit: Limit = Limit.NONE
    overdue: bool = False
    waited: float = 0.0
    stalled: bool = False
    dropped: bool = False

    def close_sent(self) -> None:
        """Note a Close frame of ours."""
        self.started_by = self.started_by or Side.US
        self.sent = True

    def close_received(self, close: CloseSeen) -> None:
        """Note the peer's Close frame."""
        self.started_by = self.started_by or Side.PEER
        self.received, self.code, self.reason = True, close.code, close.reason

    def illegal_frame(self, frame: Received) -> None:
        """Note the code of an illegal Close frame, which does not count as received."""
        if frame.opcode == Opcode.CLOSE and 1 < len(frame.payload) < 126:
            self.code = int.from_bytes(frame.payload[:2], "big")

    def drop(self, limit: Limit) -> None:
        """Note that we drop TCP, because of a time limit or, with `Limit.NONE`, of a violation."""
        self.dropped = True
        if self.limit is Limit.NONE:
            self.limit = limit

    def ending(self, tcp: TcpEnd, stray: bytes, stray_size: int) -> Ending:
        """Return how the connection ended.

        Args:
            tcp: how TCP ended, unless we dropped it.
            stray: the first bytes after the peer's Close frame.
            stray_size: the number of bytes after it.
        """
        return Ending(
            started_by=self.started_by,
            sent=self.sent,
            received=self.received,
            code=self.code,
            reason=self.reason,
            tcp=TcpEnd.OURS if self.dropped and tcp is not TcpEnd.NEVER else tcp,
            limit=self.limit,
            overdue=self.overdue,
            waited=self.waited,
            stalled=self.stalled,
            stray=stray,
            stray_size=stray_size,
        )
