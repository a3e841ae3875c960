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
        give_up: closes this connection, and is called by the threads of others; False: it cannot be done now.
            It must not wait.
    """

    def __init__(self, ledger: Ledger, limit: int | None, give_up: Callable[[], bool]) -> None:
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

    def release(self) -> None:
        """Hold nothing, and count nothing any more: the connection has ended."""
        if self._limit is not None:
            self._ledger.set(self, 0, self._limit)
        self._limit = None
        self.give_up = _nothing_to_give_up  # the other one refers to the connection, which is not needed any more


def _nothing_to_give_up() -> bool:
    return False


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
            self._forget(holding)
            if octets > FREE:
                self._held[holding] = octets
                self._total += octets
        return self._total <= limit or self._make_room(holding, limit)

    def _make_room(self, asking: Holding, limit: int) -> bool:
        """Close the largest until the others are within the limit; of equal ones, the oldest first.

        Returns:
            False if the one that is asking must be closed.
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
"""The one of this process."""
