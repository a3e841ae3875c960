"""The transport for uWSGI's ``--async`` with ``--ugreen``.

All requests of a process are coroutines in one thread, so a request that waits in the operating system blocks all
others. uWSGI has Python functions to register what to wait for. But its Python function that suspends the coroutine
keeps the GIL, for which the next request then waits. Therefore we suspend by calling a C function inside uWSGI with
`ctypes`, which releases the GIL. uWSGI counts in whole seconds, so a timeout may take up to a second longer; for
timeouts below a second a thread is used. Threads that the application has started are not coroutines: they wait in the
operating system.
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

from dwebsocket.backends.default.base import SocketTransport
from dwebsocket.exceptions import ServerNotSupported

from .cpython310 import call_suspending, has_known_layout

__all__ = ["CoroutineLock", "Engine", "UgreenTransport", "WakeUp", "engine"]

_CHUNK = 64 * 1024

# It suspends the coroutine until data can be read from a descriptor, and reads it.
_SUSPEND_FUNCTION = "uwsgi_read_true_nb"

_ADVICE = "Use --gevent 100 instead of --async and --ugreen."


class WakeUp:
    """A pair of sockets by which one thread or coroutine wakes another.

    Attributes:
        writer: the end that `wake` writes to; it can be written to until `wake` is called.
    """

    def __init__(self) -> None:
        self._reader, self.writer = socket.socketpair()
        self._reader.setblocking(False)
        self.writer.setblocking(False)

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        return self._reader.fileno()

    def wake(self) -> None:
        """Wake the task that is waiting, or else the next one that waits."""
        with suppress(OSError):
            self.writer.send(b"!")

    def close(self) -> None:
        """Close both sockets."""
        self._reader.close()
        self.writer.close()


class Engine:
    """Suspend the running coroutine.

    Args:
        uwsgi: the module ``uwsgi``.
        suspend: the C function, see the module.

    Attributes:
        current: the transport of the running coroutine, if it serves a WebSocket.
    """

    def __init__(self, uwsgi: Any, suspend: Callable[..., int]) -> None:
        self.current: object = None
        self._register = {select.POLLIN: uwsgi.wait_fd_read, select.POLLOUT: uwsgi.wait_fd_write}
        self._suspend = suspend
        self._thread = threading.get_ident()
        self._buffer = ctypes.create_string_buffer(64)

    def is_coroutine(self) -> bool:
        """Tell whether the caller is a coroutine of uWSGI; otherwise it is a thread of the application."""
        return threading.get_ident() == self._thread

    def wait(self, wake_up: WakeUp, timeout: float | None, sock: Any = None, event: int = select.POLLIN) -> None:
        """Wait until woken, until the socket is ready, or until the timeout has passed. May return early.

        Args:
            wake_up: no other coroutine may be waiting for it.
            timeout: seconds; None: no limit.
            sock: no other coroutine may be waiting for the same descriptor.
            event: what to wait for: ``select.POLLIN`` or ``POLLOUT``.

        Raises:
            OSError: uWSGI cannot wait for this.
        """
        if not self.is_coroutine():
            _poll(wake_up, timeout, sock, event)
            return
        seconds = 0 if timeout is None else max(ceil(timeout), 1)
        if sock is not None:
            self._register[event](sock.fileno(), seconds)
            seconds = 0  # the timeout is already registered, for both
        current, self.current = self.current, None
        with _woken_after(wake_up, timeout):
            result = call_suspending(self._suspend, wake_up.fileno(), self._buffer, len(self._buffer), seconds)
        self.current = current
        if result < 0 and (number := ctypes.get_errno()) not in (0, EAGAIN):
            raise OSError(number, "uWSGI cannot wait for this descriptor")


@contextmanager
def _woken_after(wake_up: WakeUp, timeout: float | None) -> Iterator[None]:
    """Wake the caller after a timeout below one second. No effect if uWSGI was started without threads."""
    if timeout is None or timeout >= 1:
        yield
        return
    timer = threading.Timer(timeout, wake_up.wake)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _poll(wake_up: WakeUp, timeout: float | None, sock: Any, event: int) -> None:
    poll = select.poll()
    poll.register(wake_up, select.POLLIN)
    if sock is not None:
        poll.register(sock, event)
    poll.poll(None if timeout is None else timeout * 1000)


def _can_send(sock: Any) -> bool:
    poll = select.poll()
    poll.register(sock, select.POLLOUT)
    return bool(poll.poll(0))


class CoroutineLock:
    """A lock for coroutines and threads; waiting for it lets the other coroutines run."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._waiting: list[WakeUp] = []

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """See `threading.Lock.acquire`."""
        if self._lock.acquire(blocking=False):
            return True
        return blocking and self._wait(None if timeout < 0 else monotonic() + timeout)

    def _wait(self, deadline: float | None) -> bool:
        wake_up = WakeUp()
        self._waiting.append(wake_up)
        try:
            while not self._lock.acquire(blocking=False):
                left = None if deadline is None else deadline - monotonic()
                if left is not None and left <= 0:
                    return False
                self._engine.wait(wake_up, left)
            return True
        finally:
            self._waiting.remove(wake_up)
            wake_up.close()

    def release(self) -> None:
        """See `threading.Lock.release`."""
        self._lock.release()
        for wake_up in tuple(self._waiting):
            wake_up.wake()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class UgreenTransport(SocketTransport):
    """A non-blocking socket; uWSGI waits for it."""

    owned = True
    shares_thread = True
    pauses_when_polled = True

    def __init__(self, sock: Any, engine: Engine) -> None:
        super().__init__(sock)
        sock.settimeout(0)
        self._engine = engine
        self._readable = WakeUp()
        # uWSGI identifies a waiting coroutine by its descriptor, but one coroutine may send while another receives. So
        # waiting to send, which is rare, uses a duplicate.
        self._sender: tuple[Any, WakeUp] | None = None
        engine.current = self

    def current_task(self) -> object:
        """See `Transport.current_task`; all coroutines have the same thread identifier."""
        return self._engine.current if self._engine.is_coroutine() else super().current_task()

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
            data: bytes = self._sock.recv(_CHUNK)
            return data
        except BlockingIOError:
            return None

    def wait_to_send(self, timeout: float) -> bool:
        """See `Transport.wait_to_send`."""
        if self._sender is None:
            self._sender = self._sock.dup(), WakeUp()
        sock, wake_up = self._sender
        self._engine.wait(wake_up, timeout, sock, select.POLLOUT)
        return _can_send(sock)

    def pause(self) -> None:
        """See `Transport.pause`. uWSGI resumes this coroutine after the others have run."""
        if self._engine.is_coroutine():
            wake_up = WakeUp()
            # uWSGI suspends a coroutine only if there is nothing to read yet.
            self._engine.wait(wake_up, None, wake_up.writer, select.POLLOUT)
            wake_up.close()

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
    """Return the engine of this process.

    Args:
        uwsgi: the module ``uwsgi``.

    Raises:
        ServerNotSupported: this uWSGI lacks the C function, or this Python has an unknown memory layout.
    """
    global _engine
    if _engine is None:
        if not has_known_layout():
            raise ServerNotSupported("uWSGI", f"--ugreen does not work with this version of Python. {_ADVICE}")
        _engine = Engine(uwsgi, _suspend_function(uwsgi))
    return _engine


def _suspend_function(uwsgi: Any) -> Callable[..., int]:
    # Without threads uWSGI never releases the GIL, so it must not be released here either.
    loader = ctypes.CDLL if uwsgi.has_threads else ctypes.PyDLL
    for path in _libraries():
        function = getattr(loader(path, use_errno=True), _SUSPEND_FUNCTION, None)
        if function is not None:
            function.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
            function.restype = ctypes.c_ssize_t
            return function  # type: ignore[no-any-return]  # of ctypes, which cannot know its type
    raise ServerNotSupported("uWSGI", f"this build lacks {_SUSPEND_FUNCTION}(). {_ADVICE}")


def _libraries() -> list[str | None]:
    """Return where uWSGI's code may be: in the program itself (None), or in the module of pyuwsgi."""
    spec = importlib.util.find_spec("pyuwsgi")
    return [None, spec.origin] if spec else [None]
