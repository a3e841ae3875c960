"""Transports over the sockets of WSGI servers.

Which class serves a socket depends on how the server switches between tasks:

=============================  =================================  ======================================
socket                         class                              how it waits
=============================  =================================  ======================================
plain, in threads, Linux       `KernelTimedTransport`             in one system call, timed by the kernel
TLS, or another system         `PolledTransport`                  `select`, then one call that cannot wait
gevent                         `GeventTransport`                  in gevent's event loop
eventlet                       `CooperativeTransport`             in eventlet's
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
    "CooperativeTransport",
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
    return GeventTransport if module.startswith("gevent.") else CooperativeTransport


class SocketTransport(Transport):
    """The common part: taking a socket over, and ending the connection.

    Attributes:
        linger: seconds of silence to wait for before the end, if the peer may still be sending. A proxy
            resets the connection when data arrives after the end, and the Close frame would be lost.
    """

    linger = 0.0

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        # uWSGI logs the signal. TLS sockets take no flags.
        self._flags = 0 if hasattr(sock, "pending") else _NO_SIGNAL
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

    def _drain(self, deadline: float, silence: float) -> None:
        """Receive and drop, until the peer ends its side or is silent."""
        while (left := deadline - monotonic()) > 0:
            self._sock.settimeout(min(left, silence))
            if not self._sock.recv(_CHUNK):
                return


class KernelTimedTransport(SocketTransport):
    """A blocking socket with timeouts of the kernel, so that each message costs two system calls.

    With `settimeout`, Python would call `poll` before every call, and both directions would share the timeout.
    """

    def __init__(self, sock: Any) -> None:
        super().__init__(sock)
        self._timeout: float | None = None

    def receive(self, timeout: float | None) -> bytes | None:
        """See `Transport.receive`."""
        data: bytes
        try:
            if timeout == 0:
                data = self._sock.recv(_CHUNK, socket.MSG_DONTWAIT)
                return data
            if timeout != self._timeout:
                self._set(socket.SO_RCVTIMEO, timeout)
                self._timeout = timeout
            data = self._sock.recv(_CHUNK)
            return data
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def send(self, data: bytes) -> None:
        """See `Transport.send`."""
        self._sock.sendall(data, self._flags)

    def limit_sending(self, seconds: float) -> None:
        """See `Transport.limit_sending`."""
        with suppress(OSError):
            self._set(socket.SO_SNDTIMEO, seconds)

    def end(self, patience: float) -> None:
        """See `Transport.end`; the timeouts are removed from the server's socket."""
        super().end(patience)
        with suppress(OSError):
            self._set(socket.SO_RCVTIMEO, None)
            self._set(socket.SO_SNDTIMEO, None)

    def _set(self, option: int, seconds: float | None) -> None:
        # struct timeval. All zero means no limit, so a limit is at least one microsecond.
        micros = 0 if seconds is None else max(1, int(seconds * 1_000_000))
        self._sock.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", *divmod(micros, 1_000_000)))


class CooperativeTransport(SocketTransport):
    """A socket of eventlet, or of anything like it: only waiting switches to other greenlets.

    The timeout belongs to the socket and not to the call, so each call that may wait sets its own.
    """

    def __init__(self, sock: Any) -> None:
        super().__init__(sock)
        self._timeout: float | None = None
        self._sending_limit: float | None = None

    def receive(self, timeout: float | None) -> bytes | None:
        """See `Transport.receive`."""
        before = self._timeout
        try:
            self._set(timeout)
            data: bytes = self._sock.recv(_CHUNK)
            return data
        except _WOULD_BLOCK:
            return None
        except (OSError, ValueError):
            return b""
        finally:
            if timeout == 0:  # it would interrupt another greenlet that is sending
                self._set(before)

    def send(self, data: bytes) -> None:
        """See `Transport.send`."""
        sent = 0
        if self._sending_limit is None:
            # Usually the buffer has room, and then it does not matter which timeout is set.
            try:
                sent = self._sock.send(data, self._flags)
            except _WOULD_BLOCK:
                sent = 0
        if sent < len(data):
            self._set(self._sending_limit)
            self._sock.sendall(memoryview(data)[sent:], self._flags)

    def limit_sending(self, seconds: float) -> None:
        """See `Transport.limit_sending`."""
        self._sending_limit = seconds

    def end(self, patience: float) -> None:
        """See `Transport.end`."""
        super().end(patience)
        self._timeout = None

    def _set(self, timeout: float | None) -> None:
        if timeout != self._timeout:
            self._sock.settimeout(timeout)
            self._timeout = timeout


class GeventTransport(CooperativeTransport):
    """A socket of gevent, with one timer for many calls.

    gevent makes and removes a timer each time that a socket with a timeout waits, which takes longer than
    everything else that is done for a short message. Here the timer of an earlier call keeps running; when it
    expires too early it is started anew. So a busy connection starts about one timer per timeout.
    """

    def __init__(self, sock: Any) -> None:
        super().__init__(sock)
        # Imported here because gevent is optional.
        from gevent.lock import BoundedSemaphore
        from greenlet import getcurrent

        self._current = getcurrent
        self._lock_class = BoundedSemaphore
        self._hub = sock.hub
        self._loop = sock.hub.loop
        # Waiting before the first try saves a call that fails, since a peer that has just been answered has
        # rarely sent the next message yet. TLS may have buffered octets that no event announces.
        self._readable = None if hasattr(sock, "pending") else self._loop.io(sock.fileno(), 1)
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
            self._set(None)
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
        self._sending_limit: float | None = None

    def receive(self, timeout: float | None) -> bytes | None:
        """See `Transport.receive`."""
        deadline = None if timeout is None else monotonic() + timeout
        while (data := self._receive_now()) is None and self._ready(select.POLLIN, deadline):
            pass
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

    def send(self, data: bytes) -> None:
        """See `Transport.send`."""
        limit = self._sending_limit
        deadline = None if limit is None else monotonic() + limit
        rest = memoryview(data)
        while rest := rest[self._send_now(rest) :]:
            if not self._ready(select.POLLOUT, deadline):
                raise TimeoutError("the peer does not receive")

    def _send_now(self, data: memoryview) -> int:
        try:
            with self._lock:
                sent: int = self._sock.send(data, self._flags)
                return sent
        except (BlockingIOError, ssl.SSLWantWriteError):
            return 0

    def limit_sending(self, seconds: float) -> None:
        """See `Transport.limit_sending`."""
        self._sending_limit = seconds

    def end_sending(self, *, peer_is_sending: bool = False) -> None:
        """See `Transport.end_sending`."""
        with self._lock:
            super().end_sending(peer_is_sending=peer_is_sending)

    def _ready(self, event: int, deadline: float | None) -> bool:
        poll = select.poll()
        poll.register(self._sock, event)
        left = None if deadline is None else max(deadline - monotonic(), 0) * 1000
        return bool(poll.poll(left))
