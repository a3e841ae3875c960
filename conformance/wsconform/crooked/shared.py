"""What the connections of a crooked server have in common: faults that one client causes and others notice."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from wsconform.crooked.rules import Framing

__all__ = ["PATIENCE", "Shared"]

#: Seconds after which a server goes on whatever the client does.
PATIENCE = 30.0


class Shared:
    """The state of a server that all connections share.

    Attributes:
        parts: the fragments of the message that is being assembled, of whichever connection.
    """

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self._turn = threading.Lock()
        self._open: list[socket.socket] = []
        self._is_closed = False

    def join(self, sock: socket.socket) -> None:
        """Note a connection."""
        self._open.append(sock)

    def welcomes(self) -> bool:
        """Whether a new client is served."""
        return not self._is_closed

    @contextmanager
    def turn(self, faults: Framing, *, unfinished: bool) -> Iterator[None]:
        """Wait for a client; with the fault `one_at_a_time`, others wait too while its frame is unfinished."""
        if not faults.one_at_a_time:
            yield
            return
        if not self._turn.acquire(timeout=PATIENCE):
            raise TimeoutError
        if not unfinished:
            self._turn.release()
        try:
            yield
        finally:
            if unfinished:
                self._turn.release()

    def violated(self, faults: Framing, by: socket.socket) -> None:
        """Let a violation on a connection have its effect on others, before that connection ends."""
        self._is_closed = self._is_closed or faults.closes_shop
        if faults.ends_others:
            for sock in self._open:
                if sock is by:
                    continue
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
