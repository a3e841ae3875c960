"""Coroutines of uWSGI: they wait in uWSGI, threads beside them wait in the operating system."""

import contextvars
import ctypes
import errno
import os
import select
import socket
import sys
import threading
from contextlib import suppress
from types import SimpleNamespace

import pytest

from dwebsocket import ServerNotSupported
from dwebsocket.backends.uwsgi import cpython310, ugreen
from dwebsocket.backends.uwsgi.ugreen import CoroutineLock, Engine, UgreenTransport
from tests.support.helpers import LIMIT


class Scheduler:
    """uWSGI's part, with one coroutine: who is suspended waits for what was registered and for the wake-up."""

    def __init__(self):
        self.registered = []
        self.timeouts = []
        self.while_suspended = lambda: None

    def wait_fd_read(self, descriptor, timeout):
        self.registered.append((descriptor, select.POLLIN))
        self.timeouts.append(timeout)

    def wait_fd_write(self, descriptor, timeout):
        self.registered.append((descriptor, select.POLLOUT))
        self.timeouts.append(timeout)

    def suspend(self, wake_up, buffer, size, timeout):
        with suppress(BlockingIOError):
            return len(os.read(wake_up, size))  # without suspending anything
        self.timeouts.append(timeout)
        poll = select.poll()
        for descriptor, event in [(wake_up, select.POLLIN), *self.registered]:
            poll.register(descriptor, event)
        self.registered = []
        self.while_suspended()
        seconds = max(self.timeouts)
        ctypes.set_errno(errno.EAGAIN)  # nothing is read but the wake-up
        return -1 if poll.poll(seconds * 1000 if seconds else None) else 0


@pytest.fixture
def scheduler(monkeypatch):
    monkeypatch.setattr(ugreen, "call_suspending", lambda function, *args: function(*args))
    return Scheduler()


@pytest.fixture
def engine(scheduler):
    return Engine(scheduler, scheduler.suspend)


@pytest.fixture
def ends(engine):
    ours, theirs = socket.socketpair()
    transport = UgreenTransport(ours, engine)
    theirs.settimeout(LIMIT)
    yield transport, theirs
    transport.end(0)
    transport.close()
    theirs.close()


def in_a_thread(function, *args):
    results = []
    thread = threading.Thread(target=lambda: results.append(function(*args)))
    thread.start()
    return SimpleNamespace(wait=lambda: thread.join(LIMIT) or results[0])


@pytest.mark.parametrize("timeout", [0, 0.01, None])
def test_what_has_arrived_is_received_without_waiting(ends, scheduler, timeout):
    transport, peer = ends
    peer.sendall(b"octets")
    assert transport.receive(timeout) == b"octets"
    assert scheduler.timeouts == []


def test_what_comes_later_is_waited_for_in_uwsgi(ends, scheduler):
    transport, peer = ends
    scheduler.while_suspended = lambda: peer.sendall(b"late")
    assert transport.receive(None) == b"late"
    assert scheduler.timeouts == [0, 0]


@pytest.mark.parametrize("timeout", [0, 0.01])
def test_none_says_that_nothing_came_in_time(ends, timeout):
    assert ends[0].receive(timeout) is None


def test_uwsgi_is_given_whole_seconds_and_never_less_than_one(ends, scheduler):
    assert ends[0].receive(0.01) is None
    assert scheduler.timeouts[0] == 1


def test_less_than_a_second_is_kept_without_uwsgis_clock(ends, engine):
    def suspend(wake_up, *_):
        poll = select.poll()
        poll.register(wake_up, select.POLLIN)
        poll.poll()
        ctypes.set_errno(errno.EAGAIN)
        return -1

    engine._suspend = suspend
    assert ends[0].receive(0.01) is None


def test_nothing_ever_again_is_empty(ends, scheduler):
    transport, peer = ends
    scheduler.while_suspended = peer.close
    assert transport.receive(None) == b""


def test_who_must_wait_to_send_waits_for_another_descriptor(ends, scheduler):
    """uWSGI knows one waiter for each, and the first may be taken by a coroutine that receives."""
    transport, peer = ends
    data = bytes(range(256)) * 8192
    waited_for = set()

    def read_some():
        nonlocal received
        waited_for.update(registered)
        received += peer.recv(1 << 20)

    received, registered = b"", []
    scheduler.wait_fd_write = None
    register = Scheduler.wait_fd_write
    transport._engine._register[select.POLLOUT] = lambda fd, timeout: (
        registered.append(fd),
        register(scheduler, fd, timeout),
    )
    scheduler.while_suspended = read_some
    transport.send_all(data, LIMIT)
    while len(received) < len(data):
        received += peer.recv(1 << 20)
    assert received == data
    assert waited_for
    assert transport._sock.fileno() not in waited_for


def test_a_peer_that_takes_nothing_ends_the_patience(ends):
    with pytest.raises(TimeoutError):
        ends[0].send_all(bytes(16 << 20), 0.01)


def test_a_pause_lets_other_coroutines_run(ends, scheduler):
    resumed = []
    scheduler.while_suspended = lambda: resumed.append("others")
    ends[0].pause()
    assert resumed


def test_a_thread_beside_the_coroutines_waits_by_itself(ends, scheduler):
    transport, peer = ends
    waiting = in_a_thread(transport.receive, LIMIT)
    peer.sendall(b"octets")
    assert waiting.wait() == b"octets"
    sending = in_a_thread(transport.send_all, bytes(4 << 20), LIMIT)
    received = 0
    while received < 4 << 20:
        received += len(peer.recv(1 << 20))
    assert sending.wait() is None
    assert scheduler.timeouts == []


def test_a_socket_that_cannot_be_waited_for_is_at_its_end(ends, engine):
    def fail(*_):
        raise OSError

    engine._register[select.POLLIN] = fail
    assert ends[0].receive(None) == b""


def test_a_failure_of_uwsgi_is_not_waited_for_again_and_again(ends):
    def suspend(*_):
        ctypes.set_errno(errno.EEXIST)
        return -1

    ends[0]._engine._suspend = suspend
    assert ends[0].receive(None) == b""


def test_the_running_coroutine_is_known(ends, engine, scheduler):
    """All have the number of one thread, by which nobody could tell whose view is sending."""
    transport, peer = ends
    seen = []

    def others():
        seen.append(transport.current_task())
        peer.sendall(b"x")

    scheduler.while_suspended = others
    mine = transport.current_task()
    transport.receive(None)
    assert seen == [None]
    assert transport.current_task() is mine
    assert in_a_thread(transport.current_task).wait() != mine


def test_a_lock_that_is_free_is_taken_at_once(engine, scheduler):
    with CoroutineLock(engine) as held:
        assert held
    assert scheduler.timeouts == []


def test_a_lock_that_is_taken_is_waited_for_in_uwsgi(engine, scheduler):
    lock = CoroutineLock(engine)
    lock.acquire()
    assert not lock.acquire(blocking=False)
    assert not lock.acquire(timeout=0.01)
    scheduler.while_suspended = lock.release
    assert lock.acquire()
    assert lock._waiting == []


def test_a_lock_is_waited_for_by_threads_too(engine):
    lock = CoroutineLock(engine)
    lock.acquire()
    waiting = in_a_thread(lock.acquire)
    while not lock._waiting:
        pass
    lock.release()
    assert waiting.wait() is True


def test_a_uwsgi_without_the_function_is_refused(monkeypatch):
    """As no Python is that runs these tests."""
    monkeypatch.setattr(ugreen, "_engine", None)
    monkeypatch.setattr(ugreen, "has_known_layout", lambda: True)
    with pytest.raises(ServerNotSupported, match=r"uwsgi_read_true_nb.*--gevent"):
        ugreen.engine(SimpleNamespace(has_threads=1))


def test_a_python_that_is_made_in_another_way_is_refused(monkeypatch):
    monkeypatch.setattr(ugreen, "_engine", None)
    monkeypatch.setattr(ugreen, "has_known_layout", lambda: False)
    with pytest.raises(ServerNotSupported, match=r"Python.*--gevent"):
        ugreen.engine(SimpleNamespace(has_threads=1))


def test_only_cpython_310_is_made_in_that_way():
    assert cpython310.has_known_layout() is (sys.implementation.name == "cpython" and sys.version_info[:2] == (3, 10))


ON_310 = pytest.mark.skipif(
    sys.version_info[:2] != (3, 10) or sys.implementation.name != "cpython",
    reason="it looks into the interpreter, as that of CPython 3.10 is made",
)
LANGUAGE = contextvars.ContextVar("language", default="none")


def suspended(function):
    """Call Python where other coroutines would run."""
    seen = []
    callback = ctypes.PYFUNCTYPE(ctypes.c_int)(lambda: seen.append(function()) or 7)
    assert cpython310.call_suspending(callback) == 7
    return seen[0]


@ON_310
def test_the_exception_that_is_being_handled_is_not_the_next_coroutines():
    try:
        raise KeyError("mine")
    except KeyError as error:
        seen = [suspended(lambda: sys.exc_info()[1]), sys.exc_info()[1] is error]
    assert seen == [None, True]
    assert sys.exc_info()[1] is None


@ON_310
def test_a_generator_that_is_suspended_goes_on():
    def letters():
        try:
            raise KeyError("mine")
        except KeyError:
            for letter in "abc":
                others = suspended(lambda: (list(iter("others")), sys.exc_info()[1])[1])
                yield letter, others, sys.exc_info()[1].args[0]

    assert list(letters()) == [("a", None, "mine"), ("b", None, "mine"), ("c", None, "mine")]


@ON_310
def test_the_context_is_not_the_next_coroutines():
    def other():
        before = LANGUAGE.get()
        LANGUAGE.set("other")
        return before, LANGUAGE.get()

    token = LANGUAGE.set("mine")
    for _ in range(3):
        assert suspended(other) == ("none", "other")
        assert LANGUAGE.get() == "mine"
    LANGUAGE.reset(token)
