"""Waiting under uWSGI's ``--async`` with ``--ugreen``; refuses to know WebSocket.

There all requests of a process are coroutines in one thread, and whoever waits in the operating system
stops them all. uWSGI's functions for Python say what to wait for, but the one that suspends the coroutine
keeps the interpreter's lock, and the next request waits for that. A function in C inside uWSGI suspends
it as well, and `ctypes` lets go of the lock around it. uWSGI counts in whole seconds, so a time-out may
last up to a second longer; one of less than a second is kept by a thread. Threads that the application has
started are no coroutines: they wait in the operating system.
"""

import ctypes
import importlib.util
import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from errno import EAGAIN
from math import ceil
from time import monotonic
from typing import Any

from dwebsocket.backends.default.websocket import SocketTransport
from dwebsocket.exceptions import ServerNotSupported

from .cpython310 import call_suspended, is_as_described

__all__ = ["Bell", "CoroutineLock", "Engine", "UgreenTransport", "engine"]

_CHUNK = 64 * 1024

# Waits until something can be read from a descriptor, and reads it.
_SUSPENDING = "uwsgi_read_true_nb"

_INSTEAD = "Use --gevent 100 instead of --async and --ugreen."


class Bell:
    """Something to wait for that is no connection, and that does not come unless it is rung."""

    def __init__(self) -> None:
        self._ear, self._clapper = socket.socketpair()
        self._ear.setblocking(False)
        self._clapper.setblocking(False)

    def fileno(self) -> int:
        """Return the descriptor from which a ring is read."""
        return self._ear.fileno()

    def ring(self) -> None:
        """Wake who waits, or who will."""
        with suppress(OSError):
            self._clapper.send(b"!")

    def close(self) -> None:
        """Take it down."""
        self._ear.close()
        self._clapper.close()


class Engine:
    """Suspends the running coroutine.

    Args:
        uwsgi: the module of that name.
        suspend: the function of uWSGI that is described above.

    Attributes:
        current: the coroutine that is running, if it is a WebSocket's.
    """

    def __init__(self, uwsgi: Any, suspend: Callable[..., int]) -> None:
        self.current: object = None
        self._register = {select.POLLIN: uwsgi.wait_fd_read, select.POLLOUT: uwsgi.wait_fd_write}
        self._suspend = suspend
        self._thread = threading.get_ident()
        self._rings = ctypes.create_string_buffer(64)

    def here(self) -> bool:
        """Tell whether the caller is a coroutine of uWSGI, and not a thread beside them."""
        return threading.get_ident() == self._thread

    def wait(self, bell: Bell, timeout: float | None, sock: Any = None, event: int = select.POLLIN) -> None:
        """Wait until the bell rings, or the socket is ready, or the time is up, or perhaps for nothing.

        Args:
            bell: for which nobody else waits.
            timeout: seconds; None: for ever.
            sock: no other coroutine may be waiting for the same descriptor.
            event: what the socket is to be ready for.

        Raises:
            OSError: it cannot be waited for.
        """
        if not self.here():
            _poll(bell, timeout, sock, event)
            return
        seconds = 0 if timeout is None else max(ceil(timeout), 1)
        if sock is not None:
            self._register[event](sock.fileno(), seconds)
            seconds = 0  # set already, and for both
        current, self.current = self.current, None
        with _rung_after(bell, timeout):
            result = call_suspended(self._suspend, bell.fileno(), self._rings, len(self._rings), seconds)
        self.current = current
        if result < 0 and (number := ctypes.get_errno()) not in (0, EAGAIN):
            raise OSError(number, "uWSGI cannot wait for this")


@contextmanager
def _rung_after(bell: Bell, timeout: float | None) -> Iterator[None]:
    """Ring when a time of less than a second is up. Where uWSGI runs no threads, nobody does."""
    if timeout is None or timeout >= 1:
        yield
        return
    timer = threading.Timer(timeout, bell.ring)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _poll(bell: Bell, timeout: float | None, sock: Any, event: int) -> None:
    poll = select.poll()
    poll.register(bell, select.POLLIN)
    if sock is not None:
        poll.register(sock, event)
    poll.poll(None if timeout is None else timeout * 1000)


class CoroutineLock:
    """A lock for coroutines and threads: who waits for it lets the other coroutines run."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._bells: list[Bell] = []

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Do as `threading.Lock.acquire`."""
        if self._lock.acquire(blocking=False):
            return True
        return blocking and self._wait(None if timeout < 0 else monotonic() + timeout)

    def _wait(self, deadline: float | None) -> bool:
        bell = Bell()
        self._bells.append(bell)
        try:
            while not self._lock.acquire(blocking=False):
                left = None if deadline is None else deadline - monotonic()
                if left is not None and left <= 0:
                    return False
                self._engine.wait(bell, left)
            return True
        finally:
            self._bells.remove(bell)
            bell.close()

    def release(self) -> None:
        """Do as `threading.Lock.release`."""
        self._lock.release()
        for bell in tuple(self._bells):
            bell.ring()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class UgreenTransport(SocketTransport):
    """A socket that never blocks, with the waiting done by uWSGI."""

    owned = True

    def __init__(self, sock: Any, engine: Engine) -> None:
        super().__init__(sock)
        sock.settimeout(0)
        self._engine = engine
        self._sending_limit: float | None = None
        self._readable = Bell()
        # uWSGI knows who waits by the number of the descriptor, and one coroutine may send while another
        # receives. Hardly ever must anybody wait to send.
        self._sender: tuple[Any, Bell] | None = None
        engine.current = self

    def current_task(self) -> object:
        """See `Transport.current_task`; all coroutines have one thread's number."""
        return self._engine.current if self._engine.here() else super().current_task()

    def new_lock(self) -> Any:
        """See `Transport.new_lock`."""
        return CoroutineLock(self._engine)

    def receive(self, timeout: float | None) -> bytes | None:
        """See `Transport.receive`."""
        deadline = None if timeout is None else monotonic() + timeout
        try:
            while (data := self._receive_now()) is None:
                left = None if deadline is None else deadline - monotonic()
                if left is not None and left <= 0:
                    return None
                self._engine.wait(self._readable, left, self._sock)
        except (OSError, ValueError):
            return b""
        return data

    def _receive_now(self) -> bytes | None:
        try:
            return self._sock.recv(_CHUNK)  # type: ignore[no-any-return]
        except BlockingIOError:
            return None

    def send(self, data: bytes) -> None:
        """See `Transport.send`."""
        rest = memoryview(data)
        deadline = None if self._sending_limit is None else monotonic() + self._sending_limit
        while rest := rest[self._send_now(rest) :]:
            left = None if deadline is None else deadline - monotonic()
            if left is not None and left <= 0:
                raise TimeoutError("the peer takes nothing")
            if self._sender is None:
                self._sender = self._sock.dup(), Bell()
            sock, bell = self._sender
            self._engine.wait(bell, left, sock, select.POLLOUT)

    def _send_now(self, data: memoryview) -> int:
        try:
            return self._sock.send(data, self._flags)  # type: ignore[no-any-return]
        except BlockingIOError:
            return 0

    def limit_sending(self, seconds: float) -> None:
        """See `Transport.limit_sending`."""
        self._sending_limit = seconds

    def close(self) -> None:
        """See `Transport.close`."""
        self._engine.current = None
        super().close()
        for thing in (self._readable, *(self._sender or ())):
            thing.close()

    def _drain(self, deadline: float, silence: float) -> None:
        while (left := deadline - monotonic()) > 0:
            if not self.receive(min(left, silence)):
                return


_engine: Engine | None = None


def engine(uwsgi: Any) -> Engine:
    """Return this process's engine.

    Args:
        uwsgi: the module of that name.

    Raises:
        ServerNotSupported: this uWSGI does not lend its function, or this Python is made in another way.
    """
    global _engine
    if _engine is None:
        if not is_as_described():
            raise ServerNotSupported("uWSGI", f"--ugreen is not possible with this Python. {_INSTEAD}")
        _engine = Engine(uwsgi, _suspending(uwsgi))
    return _engine


def _suspending(uwsgi: Any) -> Callable[..., int]:
    # Without threads the interpreter's lock is never let go of, and must not be here.
    loader = ctypes.CDLL if uwsgi.has_threads else ctypes.PyDLL
    for path in _places():
        function = getattr(loader(path, use_errno=True), _SUSPENDING, None)
        if function is not None:
            function.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
            function.restype = ctypes.c_ssize_t
            return function  # type: ignore[no-any-return]
    raise ServerNotSupported("uWSGI", f"this build lacks {_SUSPENDING}(). {_INSTEAD}")


def _places() -> list[str | None]:
    """Return where uWSGI may be: the program itself, or the module of the package pyuwsgi."""
    spec = importlib.util.find_spec("pyuwsgi")
    return [None, spec.origin] if spec else [None]
