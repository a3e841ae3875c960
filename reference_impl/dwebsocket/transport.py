"""What a WebSocket asks of the octet stream below it; refuses to know what kind of socket that is."""

import threading
from abc import ABC, abstractmethod
from typing import Any

__all__ = ["Transport"]


class Transport(ABC):
    """One TCP connection that was taken over from a WSGI server.

    `receive` is called by one thread at a time, and so is `send`; both may run at the same moment.

    Attributes:
        owned: the socket is ours to `close`, and not the server's.
    """

    owned = False

    def current_task(self) -> object:
        """Return what tells the running thread, or greenlet, from all others of its kind."""
        return threading.get_ident()

    def new_lock(self) -> Any:
        """Return a lock with the methods of `threading.Lock`; who waits for it lets other tasks run."""
        return threading.Lock()

    @abstractmethod
    def receive(self, timeout: float | None) -> bytes | None:
        """Return what has arrived.

        Args:
            timeout: seconds to wait for the first octet; 0: do not wait; None: for ever.

        Returns:
            Octets; None if nothing came in time; ``b""`` if nothing will ever come again, for
            whatever reason.
        """

    @abstractmethod
    def send(self, data: bytes) -> None:
        """Hand all octets over.

        Raises:
            OSError: the connection has broken.
        """

    @abstractmethod
    def limit_sending(self, seconds: float) -> None:
        """Let `send` give up with an OSError when the peer takes nothing for so long."""

    @abstractmethod
    def end_sending(self, *, peer_is_sending: bool = False) -> None:
        """Tell the peer that nothing follows (FIN). Harmless when repeated or too late.

        Args:
            peer_is_sending: the peer has not said that it is done, so more may be on its way.
        """

    @abstractmethod
    def end(self, patience: float) -> None:
        """End the connection so that the peer can still read what was sent (RFC 6455 section 7.1.1).

        What the peer still sends is read and dropped until it ends its side, for `patience` seconds at
        most. Whoever is waiting in `receive` or `send` is woken. The socket stays open.
        """

    def close(self) -> None:  # noqa: B027  # most sockets are the server's
        """Close the socket if it is ours; `end` has been called, and nobody is inside any more."""
