"""Limit what the messages of all connections of a process take together.

A few bytes of compressed text can stand for a message of the largest size, and as a str it may take four times as
much. A limit for one message is no limit for a thousand connections. So each connection reports what it holds once
that is more than `FREE`. When all of them together hold more than allowed, the one that holds most is closed.
"""

from __future__ import annotations

from _thread import RLock  # which gevent does not replace
from collections.abc import Callable

__all__ = ["FREE", "Holding", "Ledger", "ledger"]

FREE = 1 << 20
"""Bytes. A connection that holds no more is neither counted nor closed."""


class Holding:
    """What one connection holds.

    Args:
        ledger: counts it.
        limit: bytes for all connections together; None: no limit.
        give_up: called when this connection must be closed, perhaps by the thread of another one. It must not
            wait.
    """

    def __init__(self, ledger: Ledger, limit: int | None, give_up: Callable[[], None]) -> None:
        self.give_up = give_up
        self._ledger = ledger
        self._limit = limit

    def set(self, octets: int) -> bool:
        """Report what the connection holds now, or is about to hold.

        Args:
            octets: bytes.

        Returns:
            False if that is too much, and this is the connection to close. The others are closed by their
            `give_up`.
        """
        return self._limit is None or self._ledger.set(self, octets, self._limit)


class Ledger:
    """What all connections of a process hold."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._held: dict[Holding, int] = {}
        self._total = 0

    @property
    def total(self) -> int:
        """Bytes that all counted connections hold."""
        return self._total

    def set(self, holding: Holding, octets: int, limit: int) -> bool:
        """See `Holding.set`."""
        if octets <= FREE and holding not in self._held:
            return True
        with self._lock:
            self._total += octets - self._held.pop(holding, 0)
            if octets > FREE:
                self._held[holding] = octets
            else:
                self._total -= octets
            largest = self._take_largest(limit)
        for other in largest:
            if other is not holding:
                other.give_up()
        return holding not in largest

    def _take_largest(self, limit: int) -> list[Holding]:
        """Remove the largest holdings until the others are within the limit; of equal ones, the oldest first."""
        taken = []
        while self._total > limit and self._held:
            largest = max(self._held, key=self._held.__getitem__)
            self._total -= self._held.pop(largest)
            taken.append(largest)
        return taken


ledger = Ledger()
"""The one of this process."""
