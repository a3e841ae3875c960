"""The interface of a connection that was taken over from a server: an octet stream that can end."""

import threading
from abc import ABC, abstractmethod
from typing import Any

__all__ = ["Transport"]


class Transport(ABC):
    """One TCP connection that was taken over from a WSGI server.

    `receive` is called by one thread at a time, and so is `send`; both may run at the same moment.

    Attributes:
        owned: the socket is ours to `close`; otherwise the server closes it.
        shares_thread: other tasks run in the same thread, and only while this one waits or calls `pause`.
        pauses_when_polled: methods that never wait call `pause` now and then, since a view that polls has no other
            way to let the tasks of its thread run: `time.sleep` stops them all.
    """

    owned = False
    shares_thread = False
    pauses_when_polled = False

    def current_task(self) -> object:
        """Return a value that identifies the running thread or greenlet."""
        return threading.get_ident()

    def new_lock(self) -> Any:
        """Return a lock with the methods of `threading.Lock`; waiting for it lets other tasks run."""
        return threading.Lock()

    @abstractmethod
    def receive(self, timeout: float | None) -> bytes | None:
        """Return the data that has arrived.

        Args:
            timeout: seconds to wait for the first octet; 0: do not wait; None: no limit.

        Returns:
            Octets; None if nothing came in time; ``b""`` if the connection has ended, for any reason.
        """

    @abstractmethod
    def send(self, data: bytes | memoryview) -> int:
        """Send as much as the operating system takes at once, and return how many octets that was; never wait.

        After a result that is too small, the next call must begin with the octet behind it.

        Raises:
            OSError: the connection has broken.
        """

    @abstractmethod
    def wait_to_send(self, timeout: float) -> bool:
        """Wait until `send` may take something, and return whether it may.

        Args:
            timeout: seconds.

        Raises:
            OSError: it is not possible to wait for this connection.
        """

    def send_all(self, data: bytes, patience: float) -> None:
        """Send all of the data.

        Args:
            data: the octets.
            patience: seconds for which the peer may take nothing.

        Raises:
            OSError: the connection has broken, or the patience is at its end.
        """
        rest = memoryview(data)
        while rest := rest[self.send(rest) :]:
            if not self.wait_to_send(patience):
                raise TimeoutError("the peer does not receive")

    def pause(self) -> None:  # noqa: B027  # threads need no help
        """Let the other tasks of this thread run, if `shares_thread`."""

    @abstractmethod
    def end_sending(self, *, peer_is_sending: bool = False) -> None:
        """Tell the peer that nothing follows (FIN). May be called again, and after the end.

        Args:
            peer_is_sending: the peer has not closed its side, so more data may be on its way.
        """

    @abstractmethod
    def end(self, patience: float) -> None:
        """End the connection so that the peer can still read what was sent (RFC 6455 section 7.1.1).

        Threads that wait in `receive` or `send` are woken. The socket stays open.

        Args:
            patience: seconds for which to read and drop what the peer still sends, until it ends its side.
        """

    def close(self) -> None:  # noqa: B027  # most sockets are the server's
        """Close the socket if it is ours. `end` has been called, and no other call is running."""
