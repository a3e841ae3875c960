"""When to send a Ping to a silent peer, and when to give it up."""

from enum import Enum, auto
from time import monotonic

__all__ = ["Keepalive", "Step"]

# Seconds. No wait is longer, so that a Close which another thread has sent and the peer does not answer is
# noticed even without Pings.
_LONGEST_WAIT = 30.0

# Seconds. A timeout of the operating system may come slightly early; that must not cost another round.
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
        ping_timeout: seconds after a Ping in which the peer must send something; None: no limit.
    """

    def __init__(self, ping_interval: float | None, ping_timeout: float | None) -> None:
        self._interval = ping_interval
        self._timeout = ping_timeout
        self._limit = ping_interval  # seconds of silence until the next step
        self._awaiting_answer = False
        self._since = monotonic()

    def data_received(self) -> None:
        """Start measuring anew: the peer has sent something."""
        self._since = monotonic()
        self._limit = self._interval
        self._awaiting_answer = False

    def time_to_wait(self, deadline: float | None) -> float:
        """Return how many seconds to wait for data now.

        Args:
            deadline: a time of `time.monotonic`; None: no deadline. The result is then always the same,
                which is cheaper for the transport.
        """
        limit = self._limit
        if deadline is None:
            return _LONGEST_WAIT if limit is None else min(limit, _LONGEST_WAIT)
        now = monotonic()
        until_step = _LONGEST_WAIT if limit is None else self._since + limit - now
        return max(0.0, min(deadline - now, until_step, _LONGEST_WAIT))

    def next_step(self) -> Step:
        """Return what is due now; the caller sends the Ping that this asks for."""
        if self._limit is None or monotonic() < self._since + self._limit - _TOLERANCE:
            return Step.WAIT
        if self._awaiting_answer:
            return Step.GIVE_UP
        self._since = monotonic()
        if self._timeout is not None:
            self._awaiting_answer, self._limit = True, self._timeout
        return Step.PING
