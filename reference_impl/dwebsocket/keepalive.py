"""When to send a Ping and when to give a silent peer up; refuses to know how either is done."""

from enum import Enum, auto
from time import monotonic

__all__ = ["Silence", "Step"]

# No wait is longer, so that a Close which another thread has sent and the peer does not answer is
# noticed even without Pings. Seconds.
_LONGEST_WAIT = 30.0

# A time-out of the operating system may come a little early; that must not cost another round. Seconds.
_EARLY = 0.05


class Step(Enum):
    """What to do after a wait in which nothing was heard."""

    WAIT = auto()
    PING = auto()
    GIVE_UP = auto()


class Silence:
    """The time since a peer was last heard.

    Args:
        ping_interval: seconds of silence before a Ping; None: no Pings.
        ping_timeout: seconds after a Ping in which the peer must be heard; None: for ever.
    """

    def __init__(self, ping_interval: float | None, ping_timeout: float | None) -> None:
        self._interval = ping_interval
        self._timeout = ping_timeout
        self._limit = ping_interval
        self._asked = False
        self._since = monotonic()

    def broken(self) -> None:
        """Take note that the peer was heard, whatever it sent."""
        self._since = monotonic()
        self._limit = self._interval
        self._asked = False

    def patience(self, deadline: float | None) -> float:
        """Return how many seconds to wait now.

        Without a deadline it is always the same, which is cheaper for the transport.
        """
        limit = self._limit
        if deadline is None:
            return _LONGEST_WAIT if limit is None else min(limit, _LONGEST_WAIT)
        now = monotonic()
        until_step = _LONGEST_WAIT if limit is None else self._since + limit - now
        return max(0.0, min(deadline - now, until_step, _LONGEST_WAIT))

    def next_step(self) -> Step:
        """Return what is due; a Ping is taken for sent."""
        if self._limit is None or monotonic() < self._since + self._limit - _EARLY:
            return Step.WAIT
        if self._asked:
            return Step.GIVE_UP
        self._since = monotonic()
        if self._timeout is not None:
            self._asked, self._limit = True, self._timeout
        return Step.PING
