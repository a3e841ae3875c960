"""Limit the memory for the messages of all connections of a process (``WEBSOCKET_MAX_MEMORY``).

A few bytes of compressed text can expand to a message of the maximum size, which as a str may take four times as much
memory, and a limit for one message does not help against a thousand connections. So each connection reports what it
holds once that is more than `FREE`. When the total exceeds the limit, the connection that holds most is closed.
"""

from __future__ import annotations

from _thread import RLock  # which gevent does not replace
from collections.abc import Callable

__all__ = ["FREE", "Holding", "Ledger", "ledger"]

FREE = 1 << 20
"""Bytes. A connection that holds no more than this is neither counted nor closed."""


class Holding:
    """The memory that one connection holds.

    Args:
        ledger: the count for the process.
        limit: bytes for all connections together; None: no limit.
        give_up: closes this connection; returns False if that is not possible now. Called by threads of other
            connections; must not wait.
    """

    def __init__(self, ledger: Ledger, limit: int | None, give_up: Callable[[], bool]) -> None:
        self.give_up = give_up
        self._ledger = ledger
        self._limit = limit

    def set(self, octets: int) -> bool:
        """Report the memory that the connection holds or is about to hold.

        Args:
            octets: bytes.

        Returns:
            False if the limit is exceeded and this is the connection to close. Other connections are closed by their
            `give_up`.
        """
        return self._limit is None or self._ledger.set(self, octets, self._limit)

    def release(self) -> None:
        """Stop counting: the connection has ended."""
        if self._limit is not None:
            self._ledger.set(self, 0, self._limit)
        self._limit = None
        self.give_up = _nothing_to_give_up  # drops the reference to the connection, which is no longer needed


def _nothing_to_give_up() -> bool:
    return False


class Ledger:
    """The memory that all connections of a process hold."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._held: dict[Holding, int] = {}
        self._total = 0

    @property
    def total(self) -> int:
        """Bytes held by all counted connections."""
        return self._total

    def set(self, holding: Holding, octets: int, limit: int) -> bool:
        """See `Holding.set`."""
        if octets <= FREE and holding not in self._held:
            return True
        with self._lock:
            self._forget(holding)
            if octets > FREE:
                self._held[holding] = octets
                self._total += octets
        return self._total <= limit or self._make_room(holding, limit)

    def _make_room(self, asking: Holding, limit: int) -> bool:
        """Close the connections that hold most until the total is within the limit; if equal, the oldest first.

        Returns:
            False if the connection that is asking must be closed.
        """
        busy = set()
        while True:
            with self._lock:
                if self._total <= limit or asking not in self._held:
                    return True
                largest = max((held for held in self._held if held not in busy), key=self._held.__getitem__)
                if largest is asking:
                    self._forget(asking)
                    return False
            if largest.give_up():
                with self._lock:
                    self._forget(largest)
            else:
                busy.add(largest)

    def _forget(self, holding: Holding) -> None:
        self._total -= self._held.pop(holding, 0)


ledger = Ledger()
"""The count of this process."""
