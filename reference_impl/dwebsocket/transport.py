"""The interface to a connection that was taken over from a server: a byte stream that can end."""

import threading
from abc import ABC, abstractmethod
from typing import Any

__all__ = ["Transport"]


class Transport(ABC):
    """One TCP connection that was taken over from a WSGI server.

    Only one thread at a time calls `receive`, and only one calls `send`; both may run simultaneously.

    Attributes:
        owned: whether we must `close` the socket; otherwise the server closes it.
        shares_thread: whether other tasks run in the same thread, so that they run only while this one waits or calls
            `pause`.
        pauses_when_polled: whether methods that never wait call `pause` now and then. A view that polls has no other
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
            timeout: seconds to wait for the first byte; 0: do not wait; None: no limit.

        Returns:
            The data; None if nothing arrived in time; ``b""`` if the connection has ended, for any reason.
        """

    @abstractmethod
    def send(self, data: bytes | memoryview) -> int:
        """Send as much as the operating system accepts without waiting; return how many bytes that was.

        If not everything was accepted, the next call must continue with the next byte.

        Raises:
            OSError: the connection is broken.
        """

    @abstractmethod
    def wait_to_send(self, timeout: float) -> bool:
        """Wait until `send` can accept data; return whether it can.

        Args:
            timeout: seconds.

        Raises:
            OSError: waiting for this connection is not possible.
        """

    def send_all(self, data: bytes, patience: float) -> None:
        """Send all of the data.

        Args:
            data: the bytes to send.
            patience: seconds for which the peer may accept no data.

        Raises:
            OSError: the connection is broken, or the peer does not read.
        """
        rest = memoryview(data)
        while rest := rest[self.send(rest) :]:
            if not self.wait_to_send(patience):
                raise TimeoutError("the peer does not read")

    def pause(self) -> None:  # noqa: B027  # threads need no help
        """Let the other tasks of this thread run, if `shares_thread`."""

    @abstractmethod
    def end_sending(self, *, peer_is_sending: bool = False) -> None:
        """Close the sending side (FIN). May be called more than once, also after `end`.

        Args:
            peer_is_sending: the peer has not closed its side, so more data may be on its way.
        """

    @abstractmethod
    def end(self, patience: float) -> None:
        """End the connection so that the peer can still read what was sent (RFC 6455 section 7.1.1).

        Threads that are waiting in `receive` or `wait_to_send` are woken. The socket stays open.

        Args:
            patience: seconds for which to read and drop what the peer still sends, until it closes its side.
        """

    def close(self) -> None:  # noqa: B027  # most sockets are the server's
        """Close the socket if it is `owned`. `end` has been called, and no other call is running."""
