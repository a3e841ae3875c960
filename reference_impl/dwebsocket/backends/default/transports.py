"""Octet streams over the sockets of WSGI servers; refuses to know WebSocket.

Which of the classes below serves a socket depends on who switches between tasks:

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

# Enough for many small messages or a good part of a large one in one call.
_CHUNK = 64 * 1024

# A peer that has stopped sending for so long has read what it will ever read. Seconds.
_SILENCE = 1.0

# That a peer has left is an error here, and not also a signal.
_NO_SIGNAL = getattr(socket, "MSG_NOSIGNAL", 0)

_NOTHING_YET = (BlockingIOError, TimeoutError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


def transport_for(sock: Any, *, owned: bool = False) -> "SocketTransport":
    """Return the transport for a socket.

    Args:
        sock: of any of the kinds above.
        owned: it is ours to close, and not the server's.
    """
    transport = _kind_for(sock)(sock)
    transport.owned = owned
    return transport


def _kind_for(sock: Any) -> "type[SocketTransport]":
    home = type(sock).__module__
    if home == "socket" and sys.platform == "linux":
        return KernelTimedTransport
    if home in ("socket", "ssl"):
        return PolledTransport
    return GeventTransport if home.startswith("gevent.") else CooperativeTransport


class SocketTransport(Transport):
    """What they have in common: taking a socket over, and ending it.

    Attributes:
        linger: seconds of silence to wait for before the end when the peer may still be sending: a proxy
            that drops what is then on its way would reset the connection, and take the Close frame away.
    """

    linger = 0.0

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        # uWSGI reports the signal in its log. TLS takes no flags.
        self._flags = 0 if hasattr(sock, "pending") else _NO_SIGNAL
        sock.settimeout(None)
        # A frame must not wait for the acknowledgement of the last one. A socket that is not TCP has no
        # such option.
        with suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def end_sending(self, *, peer_is_sending: bool = False) -> None:
        """See `Transport.end_sending`; TLS is told first, or the peer takes the end for an attack."""
        if peer_is_sending and self.linger:
            timeout = self._sock.gettimeout()
            with suppress(OSError, ValueError):
                self._drain(monotonic() + _SILENCE, self.linger)
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

        The server will write an HTTP response to this socket and close it. The first must fail, so the
        sending side is shut; unread octets would turn the second into a reset, which takes the Close
        frame away from a peer that has not read it yet, so they are read. Then the receiving side is
        shut as well: runserver waits there for another request otherwise. The time-out goes because
        some servers log one that they find.
        """
        self.end_sending()
        with suppress(OSError, ValueError):
            self._drain(monotonic() + patience, _SILENCE)
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            self._sock.settimeout(None)

    def close(self) -> None:
        """See `Transport.close`."""
        if self.owned:
            self._sock.close()

    def _drain(self, deadline: float, silence: float) -> None:
        """Drop what comes, until the peer ends its side or is silent."""
        while (left := deadline - monotonic()) > 0:
            self._sock.settimeout(min(left, silence))
            if not self._sock.recv(_CHUNK):
                return


class KernelTimedTransport(SocketTransport):
    """A blocking socket whose time limits the kernel keeps, so that each message costs two system calls.

    With `settimeout` Python asks `poll` before every call, and the limit is one for both directions.
    """

    def __init__(self, sock: Any) -> None:
        super().__init__(sock)
        self._timeout: float | None = None

    def receive(self, timeout: float | None) -> bytes | None:
        """See `Transport.receive`."""
        try:
            if timeout == 0:
                return self._sock.recv(_CHUNK, socket.MSG_DONTWAIT)  # type: ignore[no-any-return]
            if timeout != self._timeout:
                self._set(socket.SO_RCVTIMEO, timeout)
                self._timeout = timeout
            return self._sock.recv(_CHUNK)  # type: ignore[no-any-return]
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
        """See `Transport.end`; the server gets its socket back without limits."""
        super().end(patience)
        with suppress(OSError):
            self._set(socket.SO_RCVTIMEO, None)
            self._set(socket.SO_SNDTIMEO, None)

    def _set(self, option: int, seconds: float | None) -> None:
        # struct timeval; all zero means no limit, so a limit is at least a microsecond.
        micros = 0 if seconds is None else max(1, int(seconds * 1_000_000))
        self._sock.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", *divmod(micros, 1_000_000)))


class CooperativeTransport(SocketTransport):
    """A socket of eventlet, or of anything like it: only waiting lets other greenlets run.

    The time-out belongs to the socket and not to the call, so each call that may wait sets its own.
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
            return self._sock.recv(_CHUNK)  # type: ignore[no-any-return]
        except _NOTHING_YET:
            return None
        except (OSError, ValueError):
            return b""
        finally:
            if timeout == 0:  # it would end what another greenlet is sending
                self._set(before)

    def send(self, data: bytes) -> None:
        """See `Transport.send`."""
        sent = 0
        if self._sending_limit is None:
            # Nearly always there is room, and then it does not matter which time-out is set.
            try:
                sent = self._sock.send(data, self._flags)
            except _NOTHING_YET:
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

    gevent makes and removes a timer each time that a socket with a time-out waits, which takes longer
    than all else that is done for a short message. Here the timer of an earlier call is left alone; when
    it rings too early it is set anew. So a busy connection sets one about as often as its time-out.
    """

    def __init__(self, sock: Any) -> None:
        super().__init__(sock)
        # They come with gevent, which not everybody has.
        from gevent.lock import BoundedSemaphore
        from greenlet import getcurrent

        self._current = getcurrent
        self._lock_class = BoundedSemaphore
        self._hub = sock.hub
        self._loop = sock.hub.loop
        # To wait before the first try instead of after it saves a call that fails, since a peer that has
        # just been answered has hardly sent the next message. TLS may hold octets that no event announces.
        self._readable = None if hasattr(sock, "pending") else self._loop.io(sock.fileno(), 1)
        self._timer: Any = None
        self._rings_at = inf
        self._deadline = inf
        self._waiter: Any = None

    def receive(self, timeout: float | None) -> bytes | None:
        """See `Transport.receive`."""
        if not timeout:
            return super().receive(timeout)
        self._deadline = monotonic() + timeout
        if self._deadline < self._rings_at:
            self._ring_in(timeout)
        self._waiter = self._current()
        try:
            self._set(None)
            if self._readable is not None:
                self._hub.wait(self._readable)
            return self._sock.recv(_CHUNK)  # type: ignore[no-any-return]
        except _NOTHING_YET:
            return None
        except (OSError, ValueError):
            return b""
        finally:
            self._waiter = None

    def new_lock(self) -> Any:
        """See `Transport.new_lock`; what gevent puts in the place of `threading.Lock` is wrapped in Python."""
        return self._lock_class(1)

    def current_task(self) -> object:
        """See `Transport.current_task`; without monkey patching all greenlets have one thread's number."""
        return self._current()

    def end(self, patience: float) -> None:
        """See `Transport.end`."""
        self._stop_timer()
        super().end(patience)
        if self._readable is not None and self._waiter is None:
            self._readable.close()
            self._readable = None

    def _ring_in(self, seconds: float) -> None:
        self._stop_timer()
        self._rings_at = monotonic() + seconds
        self._timer = self._loop.timer(seconds)
        self._timer.start(self._ring)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer.close()
            self._timer = None
        self._rings_at = inf

    def _ring(self) -> None:
        """Wake whoever has waited long enough; runs in the event loop, where nobody else runs."""
        self._stop_timer()
        if self._waiter is None:
            return
        left = self._deadline - monotonic()
        if left > 0:
            self._ring_in(left)
        else:
            self._waiter.throw(TimeoutError())


class PolledTransport(SocketTransport):
    """A socket that never blocks, with the waiting done beside it.

    Two threads must not be inside one TLS connection, so each call into it is short and locked.
    """

    def __init__(self, sock: Any) -> None:
        super().__init__(sock)
        sock.settimeout(0)
        self._inside = threading.Lock()
        self._sending_limit: float | None = None

    def receive(self, timeout: float | None) -> bytes | None:
        """See `Transport.receive`."""
        deadline = None if timeout is None else monotonic() + timeout
        while (data := self._receive_now()) is None and self._ready(select.POLLIN, deadline):
            pass
        return data

    def _receive_now(self) -> bytes | None:
        try:
            with self._inside:
                return self._sock.recv(_CHUNK)  # type: ignore[no-any-return]
        except _NOTHING_YET:
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
                raise TimeoutError("the peer takes nothing")

    def _send_now(self, data: memoryview) -> int:
        try:
            with self._inside:
                return self._sock.send(data, self._flags)  # type: ignore[no-any-return]
        except (BlockingIOError, ssl.SSLWantWriteError):
            return 0

    def limit_sending(self, seconds: float) -> None:
        """See `Transport.limit_sending`."""
        self._sending_limit = seconds

    def end_sending(self, *, peer_is_sending: bool = False) -> None:
        """See `Transport.end_sending`."""
        with self._inside:
            super().end_sending(peer_is_sending=peer_is_sending)

    def _ready(self, event: int, deadline: float | None) -> bool:
        poll = select.poll()
        poll.register(self._sock, event)
        left = None if deadline is None else max(deadline - monotonic(), 0) * 1000
        return bool(poll.poll(left))
