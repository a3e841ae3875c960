"""Keep the messages of one connection until the application takes them, and count the memory that they take."""

from collections import deque
from sys import getsizeof
from typing import Any

from .memory import FREE, Holding

__all__ = ["Inbox"]

# Bytes of memory. A view that never reads must still notice a Close, so unread messages are kept, up to this limit.
# Beyond it the peer's TCP window fills, and its end is noticed by a send that fails.
_MAX_BACKLOG = 8 * 1024 * 1024

# Bytes that a message takes in the queue beside the object itself.
_PLACE_IN_QUEUE = 16

# Characters or octets of a message that is counted while the view may keep it.
_LARGE = 256 * 1024


class Inbox:
    """The messages that have arrived and are not read.

    Args:
        lock: held for changes of the counters.
        holding: what this connection holds, as the other connections of the process see it.

    Attributes:
        messages: the queue.
    """

    def __init__(self, lock: Any, holding: Holding) -> None:
        self.messages: deque[str | bytes] = deque()
        self._lock = lock
        self._holding = holding
        # Bytes of memory: of a message that is incomplete, of those unread, of the last one that was read.
        self._incomplete = 0
        self._backlog = 0
        self._delivered = 0

    @property
    def is_full(self) -> bool:
        """Whether the unread messages take as much memory as they may."""
        return self._backlog >= _MAX_BACKLOG

    def take(self) -> str | bytes:
        """Take the first message; raises IndexError if there is none."""
        message = self.messages.popleft()
        if self._backlog:
            with self._lock:
                self._backlog = max(self._backlog - _size(message), 0) if self.messages else 0
        if self._delivered or len(message) > _LARGE:
            # The view keeps it until it gets the next one, or longer.
            self._delivered = getsizeof(message)
            self.report()
        return message

    def count(self, message: str | bytes) -> bool:
        """Count a message that stays in the queue; see `report` for the result."""
        with self._lock:
            self._backlog += _size(message)
        return self._backlog <= FREE or self.report()

    def count_incomplete(self, octets: int) -> bool:
        """Count the memory of a message that is incomplete; see `report` for the result."""
        self._incomplete = octets
        return self.report()

    def completed(self) -> None:
        """Take note that the incomplete message has become one of those in the queue, or was dropped."""
        self._incomplete = 0

    def report(self) -> bool:
        """Report what is held; return False if that is too much, and this connection must be closed."""
        return self._holding.set(self._incomplete + self._backlog + self._delivered)

    def close(self) -> None:
        """Drop all messages, and count nothing any more."""
        self.messages.clear()
        self._incomplete = self._backlog = self._delivered = 0
        self._holding.release()


def _size(message: str | bytes) -> int:
    """Return how many bytes of memory a message takes in the queue."""
    return getsizeof(message) + _PLACE_IN_QUEUE
