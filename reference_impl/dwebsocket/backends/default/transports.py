"""Transports over the sockets of WSGI servers.

Which class serves a socket depends on how the server switches between tasks:

=============================  =================================  ======================================
socket                         class                              how it waits
=============================  =================================  ======================================
plain, in threads, Linux       `KernelTimedTransport`             in one system call, timed by the kernel
TLS, or another system         `PolledTransport`                  `select`, then one call that cannot wait
gevent                         `GeventTransport`                  in gevent's event loop
eventlet                       `EventletTransport`                in eventlet's
=============================  =================================  ======================================
"""

import select
import socket
import ssl
import struct
import sys
import threading
from contextlib import suppress
from math import inf
from time import monotonic
from typing import Any

from dwebsocket.transport import Transport

__all__ = [
    "EventletTransport",
    "GeventTransport",
    "KernelTimedTransport",
    "PolledTransport",
    "SocketTransport",
    "transport_for",
]

# Bytes to receive in one call: many small messages, or a good part of a large one.
_CHUNK = 64 * 1024

# Seconds. A peer that has sent nothing for that time at the end has read what it will ever read.
_DRAIN_TIMEOUT = 1.0

# Sending to a peer that has left raises an error and no signal.
_NO_SIGNAL = getattr(socket, "MSG_NOSIGNAL", 0)

# Octets; the most that one record of TLS holds (RFC 8446 section 5.1).
_RECORD = 16384

_WOULD_BLOCK = (BlockingIOError, TimeoutError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


def transport_for(sock: Any, *, owned: bool = False) -> "SocketTransport":
    """Return the transport for a socket.

    Args:
        sock: of any of the kinds above.
        owned: it is ours to close; otherwise the server closes it.
    """
    transport = _class_for(sock)(sock)
    transport.owned = owned
    return transport


def _class_for(sock: Any) -> "type[SocketTransport]":
    module = type(sock).__module__
    if module == "socket" and sys.platform == "linux":
        return KernelTimedTransport
    if module in ("socket", "ssl"):
        return PolledTransport
    return GeventTransport if module.startswith("gevent.") else EventletTransport


class SocketTransport(Transport):
    """The common part: taking a socket over, and ending the connection.

    Attributes:
        linger: seconds of silence to wait for before the end, if the peer may still be sending. A proxy
            resets the connection when data arrives after the end, and the Close frame would be lost.
    """

    linger = 0.0

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self._is_tls = hasattr(sock, "pending")
        # uWSGI logs the signal. TLS sockets take no flags.
        self._flags = 0 if self._is_tls else _NO_SIGNAL
        sock.settimeout(None)
        # A frame must not wait for the acknowledgement of the previous one. Only TCP has this option.
        with suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def end_sending(self, *, peer_is_sending: bool = False) -> None:
        """See `Transport.end_sending`. TLS is closed first, or the peer takes the end for a truncation attack."""
        if peer_is_sending and self.linger:
            timeout = self._sock.gettimeout()
            with suppress(OSError, ValueError):
                self._drain(monotonic() + _DRAIN_TIMEOUT, self.linger)
            with suppress(OSError):
                self._sock.settimeout(timeout)
        if hasattr(self._sock, "unwrap"):
            with suppress(OSError, ValueError):
                self._sock.settimeout(0)
                self._sock.unwrap()
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)

    def end(self, patience: float) -> None:
        """See `Transport.end`.

        The server will write an HTTP response to this socket and close it. Writing must fail, so the sending
        side is shut down. Closing would reset the connection if there were unread octets, and a peer that has
        not read the Close frame yet would lose it, so they are read. Then the receiving side is shut down as
        well: runserver would wait there for another request. The timeout is removed, since some servers log an
        error if it expires.
        """
        self.end_sending()
        with suppress(OSError, ValueError):
            self._drain(monotonic() + patience, _DRAIN_TIMEOUT)
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            self._sock.settimeout(None)

    def close(self) -> None:
        """See `Transport.close`."""
        if self.owned:
            self._sock.close()

    def _send_now(self, data: bytes | memoryview) -> int:
        """Send as much as possible to a socket that does not wait; return the number of octets."""
        try:
            if self._is_tls:
                return self._send_records(memoryview(data))
            sent: int = self._sock.send(data, self._flags)
            return sent
        except _WOULD_BLOCK:
            return 0

    def _send_records(self, data: memoryview) -> int:
        """Send record by record, since OpenSSL does not tell how much of a longer call it has sent."""
        sent = 0
        with suppress(*_WOULD_BLOCK):
            while taken := self._sock.send(data[sent : sent + _RECORD]):
                sent += taken
        return sent

    def _drain(self, deadline: float, silence: float) -> None:
        """Receive and drop, until the peer ends its side or is silent."""
        while (left := deadline - monotonic()) > 0:
            self._sock.settimeout(min(left, silence))
            if not self._sock.recv(_CHUNK):
                return


class KernelTimedTransport(SocketTransport):
    """A blocking socket with a timeout of the kernel for receiving, so that each message costs two system calls.

    With `settimeout`, Python would call `poll` before every call, and both directions would share the timeout.
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
                data = self._sock.recv(_CHUNK, socket.MSG_DONTWAIT)
                return data
            if timeout != self._timeout:
                self._set_timeout(timeout)
                self._timeout = timeout
            data = self._sock.recv(_CHUNK)
            return data
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def send(self, data: bytes | memoryview) -> int:
        """See `Transport.send`."""
        try:
            sent: int = self._sock.send(data, self._flags)
            return sent
        except BlockingIOError:
            return 0

    def wait_to_send(self, timeout: float) -> bool:
        """See `Transport.wait_to_send`."""
        return _poll(self._sock, select.POLLOUT, timeout)

    def end(self, patience: float) -> None:
        """See `Transport.end`; the timeout is removed from the server's socket."""
        super().end(patience)
        with suppress(OSError):
            self._set_timeout(None)

    def _set_timeout(self, seconds: float | None) -> None:
        # struct timeval. All zero means no limit, so a limit is at least one microsecond.
        micros = 0 if seconds is None else max(1, int(seconds * 1_000_000))
        timeval = struct.pack("ll", *divmod(micros, 1_000_000))
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeval)


class _GreenTransport(SocketTransport):
    """A socket of gevent or eventlet: only waiting switches to other greenlets.

    The timeout belongs to the socket and not to the call. A call that must not wait sets it to 0 and restores it
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
            data: bytes = self._sock.recv(_CHUNK)
            return data
        except _WOULD_BLOCK:
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
            return self._send_now(data)
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

    def wait_to_send(self, timeout: float) -> bool:
        """See `Transport.wait_to_send`."""
        from eventlet.hubs import IOClosed, trampoline  # type: ignore[import-untyped,import-not-found,unused-ignore]  # optional

        try:
            trampoline(self._sock, write=True, timeout=timeout, timeout_exc=TimeoutError)
        except TimeoutError:
            return False
        except IOClosed as closed:
            raise ConnectionResetError("closed by another greenlet") from closed
        return True

    def pause(self) -> None:
        """See `Transport.pause`."""
        from eventlet import sleep  # type: ignore[import-untyped,import-not-found,unused-ignore]  # optional

        sleep(0)


class GeventTransport(_GreenTransport):
    """A socket of gevent, with one timer for many calls.

    gevent makes and removes a timer each time that a socket with a timeout waits, which takes longer than
    everything else that is done for a short message. Here the timer of an earlier call keeps running; when it
    expires too early it is started anew. So a busy connection starts about one timer per timeout.
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
        # Waiting before the first try saves a call that fails, since a peer that has just been answered has
        # rarely sent the next message yet. TLS may have buffered octets that no event announces.
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
            data: bytes = self._sock.recv(_CHUNK)
            return data
        except _WOULD_BLOCK:
            return None
        except (OSError, ValueError):
            return b""
        finally:
            self._waiter = None

    def send(self, data: bytes | memoryview) -> int:
        """See `Transport.send`."""
        if self._is_tls:  # its `send` looks at the timeout of the socket only
            return super().send(data)
        try:
            sent: int = self._sock.send(data, self._flags, 0.0)
            return sent
        except _WOULD_BLOCK:
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
        """See `Transport.pause`; with 0 seconds gevent may call this greenlet ten times before it looks at sockets."""
        self._sleep(1e-6)

    def new_lock(self) -> Any:
        """See `Transport.new_lock`; this is faster than gevent's replacement of `threading.Lock`."""
        return self._lock_class(1)

    def current_task(self) -> object:
        """See `Transport.current_task`; without monkey patching all greenlets have the same thread identifier."""
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
        """End the wait if its deadline has passed. Called by the event loop, so no greenlet runs meanwhile."""
        self._stop_timer()
        if self._waiter is None:
            return
        left = self._deadline - monotonic()
        if left > 0:
            self._start_timer(left)
        else:
            self._waiter.throw(TimeoutError())


class PolledTransport(SocketTransport):
    """A non-blocking socket with `poll`.

    Two threads must not use one TLS connection at the same time, so each call is short and locked.
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
                data: bytes = self._sock.recv(_CHUNK)
                return data
        except _WOULD_BLOCK:
            return None
        except (OSError, ValueError):
            return b""

    def send(self, data: bytes | memoryview) -> int:
        """See `Transport.send`."""
        with self._lock:
            return self._send_now(data)

    def wait_to_send(self, timeout: float) -> bool:
        """See `Transport.wait_to_send`."""
        return _poll(self._sock, select.POLLOUT, timeout)

    def end_sending(self, *, peer_is_sending: bool = False) -> None:
        """See `Transport.end_sending`."""
        with self._lock:
            super().end_sending(peer_is_sending=peer_is_sending)


def _poll(sock: Any, event: int, timeout: float | None) -> bool:
    """Wait for an event; return whether it came within so many seconds."""
    poll = select.poll()
    poll.register(sock, event)
    return bool(poll.poll(None if timeout is None else timeout * 1000))
