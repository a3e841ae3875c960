"""Transports for servers with a thread for each connection."""

import select
import socket
import struct
import threading
from contextlib import suppress
from time import monotonic
from typing import Any

from .base import CHUNK, WOULD_BLOCK, SocketTransport

__all__ = ["KernelTimedTransport", "PolledTransport"]


class KernelTimedTransport(SocketTransport):
    """A blocking socket with a receive timeout in the kernel, so that each message costs only two system calls.

    With `settimeout`, Python would call `poll` before each call, and both directions would share the timeout.
    """

    def __init__(self, sock: Any) -> None:
        super().__init__(sock)
        self._flags |= socket.MSG_DONTWAIT
        self._timeout: float | None = None

    def receive(self, timeout: float | None) -> bytes | None:
        """See `Transport.receive`."""
        data: bytes
        try:
            if timeout == 0:
                data = self._sock.recv(CHUNK, socket.MSG_DONTWAIT)
                return data
            if timeout != self._timeout:
                self._set_timeout(timeout)
                self._timeout = timeout
            data = self._sock.recv(CHUNK)
            return data
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def wait_to_send(self, timeout: float) -> bool:
        """See `Transport.wait_to_send`."""
        return _poll(self._sock, select.POLLOUT, timeout)

    def end(self, patience: float) -> None:
        """See `Transport.end`. The timeout is removed from the server's socket."""
        super().end(patience)
        with suppress(OSError):
            self._set_timeout(None)

    def _set_timeout(self, seconds: float | None) -> None:
        # struct timeval. Zero means no limit, so a limit is at least one microsecond.
        micros = 0 if seconds is None else max(1, int(seconds * 1_000_000))
        timeval = struct.pack("ll", *divmod(micros, 1_000_000))
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeval)


class PolledTransport(SocketTransport):
    """A non-blocking socket with `poll`.

    Two threads must not use a TLS connection at the same time, so each call holds a lock and never waits.
    """

    def __init__(self, sock: Any) -> None:
        super().__init__(sock)
        sock.settimeout(0)
        self._lock = threading.Lock()

    def receive(self, timeout: float | None) -> bytes | None:
        """See `Transport.receive`."""
        deadline = None if timeout is None else monotonic() + timeout
        while (data := self._receive_now()) is None:
            left = None if deadline is None else max(deadline - monotonic(), 0)
            if not _poll(self._sock, select.POLLIN, left):
                break
        return data

    def _receive_now(self) -> bytes | None:
        try:
            with self._lock:
                data: bytes = self._sock.recv(CHUNK)
                return data
        except WOULD_BLOCK:
            return None
        except (OSError, ValueError):
            return b""

    def send(self, data: bytes | memoryview) -> int:
        """See `Transport.send`."""
        with self._lock:
            return super().send(data)

    def wait_to_send(self, timeout: float) -> bool:
        """See `Transport.wait_to_send`."""
        return _poll(self._sock, select.POLLOUT, timeout)

    def end_sending(self, *, peer_is_sending: bool = False) -> None:
        """See `Transport.end_sending`."""
        with self._lock:
            super().end_sending(peer_is_sending=peer_is_sending)


def _poll(sock: Any, event: int, timeout: float | None) -> bool:
    """Wait for an event; return False if the timeout has passed."""
    poll = select.poll()
    poll.register(sock, event)
    return bool(poll.poll(None if timeout is None else timeout * 1000))
