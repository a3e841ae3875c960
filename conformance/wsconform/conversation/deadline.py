"""The deadline of a case."""

from __future__ import annotations

__all__ = ["CaseDeadline"]

SOON = 0.0005  # seconds; a deadline nearer than this counts as passed


class CaseDeadline:
    """The deadline of a case. It counts from the last byte that we send, and comes early when nothing moves.

    Only our own bytes move it, since the peer could send without end.

    Args:
        within: seconds until the deadline.
        stall: seconds without progress after which the time is up: while we send, no byte of ours; then, none of the
            peer.

    Attributes:
        stalled: the time was up because of the stall.
    """

    def __init__(self, within: float, stall: float) -> None:
        self._within, self._stall = within, stall
        self._end = 0.0
        self._sent = self._received = -1
        self.stalled = False

    def waited(self, now: float) -> float:
        """Return the seconds since our last byte, or since the start if there was none."""
        return now - (self._end - self._within)

    def start(self, now: float) -> None:
        """Start, before the first check."""
        self._end = now + self._within

    def check(self, now: float, *, sent: int, received: int, sending: bool) -> float | None:
        """Check at the start, and then whenever the returned time has passed.

        Args:
            now: the time in seconds.
            sent: number of our bytes that have been handed to TCP.
            received: number of bytes from the peer.
            sending: some of our bytes have not been handed to TCP yet.

        Returns:
            seconds until the next check; None if the time is up.
        """
        stalled = sent == self._sent and (sending or received == self._received)
        self._sent, self._received = sent, received
        if sending and not stalled:
            self._end = now + self._within
        left = self._end - now
        self.stalled = stalled and left >= SOON
        return None if stalled or left < SOON else min(left, self._stall)
