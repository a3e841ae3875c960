"""Decide when to send a Ping to a silent peer, and when to consider it dead."""

from enum import Enum, auto
from time import monotonic

__all__ = ["Keepalive", "Step"]

# Seconds. No wait is longer, so that even without Pings a waiting thread notices when another thread has sent a Close
# that the peer does not answer.
_LONGEST_WAIT = 30.0

# Seconds. Timeouts of the operating system may expire slightly early, which must not cost another wait.
_TOLERANCE = 0.05


class Step(Enum):
    """What to do after a wait in which nothing arrived."""

    WAIT = auto()
    PING = auto()
    GIVE_UP = auto()


class Keepalive:
    """Measure how long a peer has been silent.

    Args:
        ping_interval: seconds of silence before a Ping; None: no Pings.
        ping_timeout: seconds after a Ping within which something must arrive from the peer; None: no limit.
    """

    def __init__(self, ping_interval: float | None, ping_timeout: float | None) -> None:
        self._interval = ping_interval
        self._timeout = ping_timeout
        self._limit = ping_interval  # seconds of silence until the next step
        self._awaiting_answer = False
        self._since = monotonic()

    def data_received(self) -> None:
        """Restart the measurement, because the peer has sent something."""
        self._since = monotonic()
        self._limit = self._interval
        self._awaiting_answer = False

    def time_to_wait(self, deadline: float | None) -> float:
        """Return how many seconds to wait for data now.

        Args:
            deadline: a time of `time.monotonic`; None: no deadline. Then the result is the same each time, which
                costs transports less.
        """
        limit = self._limit
        if deadline is None:
            return _LONGEST_WAIT if limit is None else min(limit, _LONGEST_WAIT)
        now = monotonic()
        until_step = _LONGEST_WAIT if limit is None else self._since + limit - now
        return max(0.0, min(deadline - now, until_step, _LONGEST_WAIT))

    def next_step(self) -> Step:
        """Return what is due now. The caller must send a Ping if the result is `PING`."""
        if self._limit is None or monotonic() < self._since + self._limit - _TOLERANCE:
            return Step.WAIT
        if self._awaiting_answer:
            return Step.GIVE_UP
        self._since = monotonic()
        if self._timeout is not None:
            self._awaiting_answer, self._limit = True, self._timeout
        return Step.PING
