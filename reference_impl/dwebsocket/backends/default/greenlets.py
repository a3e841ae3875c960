"""Transports for servers with a greenlet for each connection."""

from math import inf
from time import monotonic
from typing import Any

from .base import CHUNK, WOULD_BLOCK, SocketTransport

__all__ = ["EventletTransport", "GeventTransport"]


class _GreenTransport(SocketTransport):
    """A socket of gevent or eventlet. Other greenlets run only while it waits.

    The timeout is a property of the socket, not of the call. So a call that must not wait sets it to 0, and restores it
    before another greenlet can run.
    """

    shares_thread = True

    def __init__(self, sock: Any) -> None:
        super().__init__(sock)
        self._timeout: float | None = None

    def receive(self, timeout: float | None) -> bytes | None:
        """See `Transport.receive`."""
        before = self._timeout
        try:
            self._set_timeout(timeout)
            data: bytes = self._sock.recv(CHUNK)
            return data
        except WOULD_BLOCK:
            return None
        except (OSError, ValueError):
            return b""
        finally:
            if timeout == 0:
                self._set_timeout(before)

    def send(self, data: bytes | memoryview) -> int:
        """See `Transport.send`."""
        before = self._timeout
        self._set_timeout(0)
        try:
            return super().send(data)
        finally:
            self._set_timeout(before)

    def end(self, patience: float) -> None:
        """See `Transport.end`."""
        super().end(patience)
        self._timeout = None

    def _set_timeout(self, timeout: float | None) -> None:
        if timeout != self._timeout:
            self._sock.settimeout(timeout)
            self._timeout = timeout


class EventletTransport(_GreenTransport):
    """A socket of eventlet."""

    def _set_timeout(self, timeout: float | None) -> None:
        if self._is_tls and timeout != self._timeout:
            # With a timeout of 0, eventlet's TLS sockets switch to other greenlets and then raise TimeoutError.
            self._sock.setblocking(timeout != 0)
        super()._set_timeout(timeout)

    def wait_to_send(self, timeout: float) -> bool:
        """See `Transport.wait_to_send`."""
        from eventlet.hubs import IOClosed, trampoline  # type: ignore[import-untyped,import-not-found,unused-ignore]  # optional

        try:
            trampoline(self._sock, write=True, timeout=timeout, timeout_exc=TimeoutError)
        except TimeoutError:
            return False
        except IOClosed as closed:
            raise ConnectionResetError("another greenlet has closed the connection") from closed
        return True

    def pause(self) -> None:
        """See `Transport.pause`."""
        from eventlet import sleep  # type: ignore[import-untyped,import-not-found,unused-ignore]  # optional

        sleep(0)


class GeventTransport(_GreenTransport):
    """A socket of gevent, with one timer for many calls.

    gevent creates and removes a timer each time a socket with a timeout waits, which takes longer than everything else
    that is done for a short message. Here the timer of an earlier call keeps running, and is restarted if it expires
    too early. So a busy connection starts about one timer per timeout.
    """

    def __init__(self, sock: Any) -> None:
        super().__init__(sock)
        # Imported here because gevent is optional.
        from gevent import sleep
        from gevent.lock import BoundedSemaphore
        from greenlet import getcurrent

        self._sleep = sleep
        self._current = getcurrent
        self._lock_class = BoundedSemaphore
        self._hub = sock.hub
        self._loop = sock.hub.loop
        # Wait before the first attempt to receive: a peer that has just been answered has rarely sent its next message
        # yet, so the attempt would fail. Not with TLS, which may have buffered data that no event announces.
        self._readable = None if self._is_tls else self._loop.io(sock.fileno(), 1)
        self._timer: Any = None
        self._expires_at = inf
        self._deadline = inf
        self._waiter: Any = None

    def receive(self, timeout: float | None) -> bytes | None:
        """See `Transport.receive`."""
        if not timeout:
            return super().receive(timeout)
        self._deadline = monotonic() + timeout
        if self._deadline < self._expires_at:
            self._start_timer(timeout)
        self._waiter = self._current()
        try:
            self._set_timeout(None)
            if self._readable is not None:
                self._hub.wait(self._readable)
            data: bytes = self._sock.recv(CHUNK)
            return data
        except WOULD_BLOCK:
            return None
        except (OSError, ValueError):
            return b""
        finally:
            self._waiter = None

    def send(self, data: bytes | memoryview) -> int:
        """See `Transport.send`."""
        if self._is_tls:  # its `send` ignores the timeout argument
            return super().send(data)
        try:
            sent: int = self._sock.send(data, self._flags, 0.0)
            return sent
        except WOULD_BLOCK:
            return 0

    def wait_to_send(self, timeout: float) -> bool:
        """See `Transport.wait_to_send`."""
        from gevent.socket import wait_write

        try:
            wait_write(self._sock.fileno(), timeout, TimeoutError())
        except TimeoutError:
            return False
        return True

    def pause(self) -> None:
        """See `Transport.pause`. With sleep(0), gevent may resume this greenlet ten times before it checks sockets."""
        self._sleep(1e-6)

    def new_lock(self) -> Any:
        """See `Transport.new_lock`. This lock is faster than gevent's replacement for `threading.Lock`."""
        return self._lock_class(1)

    def current_task(self) -> object:
        """See `Transport.current_task`. Without monkey patching all greenlets have the same thread identifier."""
        return self._current()

    def end(self, patience: float) -> None:
        """See `Transport.end`."""
        self._stop_timer()
        super().end(patience)
        if self._readable is not None and self._waiter is None:
            self._readable.close()
            self._readable = None

    def _start_timer(self, seconds: float) -> None:
        self._stop_timer()
        self._expires_at = monotonic() + seconds
        self._timer = self._loop.timer(seconds)
        self._timer.start(self._on_timer)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer.close()
            self._timer = None
        self._expires_at = inf

    def _on_timer(self) -> None:
        """End the wait if its deadline has passed. The event loop calls this, so no greenlet runs meanwhile."""
        self._stop_timer()
        if self._waiter is None:
            return
        left = self._deadline - monotonic()
        if left > 0:
            self._start_timer(left)
        else:
            self._waiter.throw(TimeoutError())
