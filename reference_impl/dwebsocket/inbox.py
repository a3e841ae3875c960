"""Keep the messages of one connection until the application reads them, and count the memory that they take."""

from collections import deque
from sys import getsizeof
from typing import Any

from .memory import FREE, Holding

__all__ = ["Inbox"]

# Bytes of memory. Unread messages are received and kept up to this limit, so that even a view that never reads notices
# a Close. Beyond the limit the peer's TCP window fills, and its end is only noticed when sending fails.
_MAX_BACKLOG = 8 * 1024 * 1024

# Bytes that the queue takes for a message, in addition to the message itself.
_PLACE_IN_QUEUE = 16

# Characters or octets. A longer message is still counted after it was read, since the view probably keeps it.
_LARGE = 256 * 1024


class Inbox:
    """The messages that have arrived but have not been read.

    Args:
        lock: held for changes of the counters.
        holding: this connection's entry in the count for the whole process.

    Attributes:
        messages: the queue.
    """

    def __init__(self, lock: Any, holding: Holding) -> None:
        self.messages: deque[str | bytes] = deque()
        self._lock = lock
        self._holding = holding
        # Bytes of memory: of an incomplete message, of the unread messages, of the last message that was read.
        self._incomplete = 0
        self._backlog = 0
        self._delivered = 0

    @property
    def is_full(self) -> bool:
        """Whether the unread messages have reached the memory limit."""
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
        """Count no incomplete message any more: it is in the queue now, or was dropped."""
        self._incomplete = 0

    def report(self) -> bool:
        """Report the memory in use; return False if it is too much and this connection must be closed."""
        return self._holding.set(self._incomplete + self._backlog + self._delivered)

    def close(self) -> None:
        """Drop all messages and stop counting."""
        self.messages.clear()
        self._incomplete = self._backlog = self._delivered = 0
        self._holding.release()


def _size(message: str | bytes) -> int:
    """Return how many bytes of memory a message takes in the queue."""
    return getsizeof(message) + _PLACE_IN_QUEUE
