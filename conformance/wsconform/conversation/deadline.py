"""Decides when the time of a case is up."""

from __future__ import annotations

__all__ = ["CaseDeadline"]

SOON = 0.0005  # seconds; a deadline nearer than this is not waited for


class CaseDeadline:
    """The deadline of a case. It counts from the last octet that we send, and comes early when nothing moves.

    Only octets of ours move it: what the peer sends is the peer's choice.

    Args:
        within: seconds until the deadline.
        stall: seconds after which the time is up if nothing has moved: while we send, no octet of ours; then, none of
            the peer.
    """

    def __init__(self, within: float, stall: float) -> None:
        self._within, self._stall = within, stall
        self._end = 0.0
        self._sent = self._received = -1

    def start(self, now: float) -> None:
        """Start, before the first check."""
        self._end = now + self._within

    def check(self, now: float, *, sent: int, received: int, sending: bool) -> float | None:
        """Check at the start, and then whenever the returned time has passed.

        Args:
            now: the time in seconds.
            sent: how many octets of ours have been handed to TCP.
            received: how many octets of the peer have come.
            sending: not all that we send has been handed to TCP.

        Returns:
            seconds until the next check; None if the time is up.
        """
        stalled = sent == self._sent and (sending or received == self._received)
        self._sent, self._received = sent, received
        if sending and not stalled:
            self._end = now + self._within
        left = self._end - now
        return None if stalled or left < SOON else min(left, self._stall)
