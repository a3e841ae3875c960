"""What the connections of a crooked server have in common: faults that one client causes and others notice."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["PATIENCE", "Shared"]

#: Seconds after which a server goes on whatever the client does.
PATIENCE = 30.0


class Shared:
    """The state of a server that all connections share.

    Args:
        die: ends the server.
        pause: waits for this number of seconds.

    Attributes:
        parts: the fragments of the message that is being assembled, of any connection.
        echoed: the messages that were echoed on any connection.
        opened: the sockets of all connections, in the order in which they were opened.
        is_closed: no new client is served.
        over: set when the server ends.
        kept: other state, by name.
        random: the same numbers in every run; which connection gets which one depends.
    """

    def __init__(self, die: Callable[[], None] = lambda: None, pause: Callable[[float], None] = time.sleep) -> None:
        self.die, self.pause = die, pause
        self.parts: list[bytes] = []
        self.echoed: set[bytes] = set()
        self.opened: list[socket.socket] = []
        self.is_closed = False
        self.over = threading.Event()
        self.kept: dict[str, object] = {}
        self.random = random.Random(0)
        self._turn = threading.Lock()

    @contextmanager
    def turn(self, *, unfinished: bool) -> Iterator[None]:
        """Wait for a client; others wait too while its frame is unfinished."""
        if not self._turn.acquire(timeout=PATIENCE):
            raise TimeoutError
        if not unfinished:
            self._turn.release()
        try:
            yield
        finally:
            if unfinished:
                self._turn.release()
