"""The three ways to wait on a socket: all keep the same promises."""

import socket
import ssl
import threading
from functools import partial

import pytest

from dwebsocket.backends.default.greenlets import EventletTransport
from dwebsocket.backends.default.threads import KernelTimedTransport, PolledTransport
from dwebsocket.backends.default.transports import transport_for
from tests.support.helpers import LIMIT
from tests.support.tls import client_context, server_context

KINDS = [KernelTimedTransport, PolledTransport]


class Ends:
    """A transport and the socket at its other end."""

    def __init__(self, transport, sock, peer):
        self.transport, self.sock, self.peer = transport, sock, peer


def plain(kind):
    ours, theirs = socket.socketpair()
    return Ends(kind(ours), ours, theirs)


def tls():
    ours, theirs = socket.socketpair()
    shaken = []
    server = threading.Thread(target=lambda: shaken.append(server_context().wrap_socket(ours, server_side=True)))
    server.start()
    peer = client_context().wrap_socket(theirs, server_hostname="localhost")
    server.join(LIMIT)
    return Ends(PolledTransport(shaken[0]), shaken[0], peer)


MAKERS = {kind.__name__: partial(plain, kind) for kind in KINDS} | {"PolledTransport, TLS": tls}


@pytest.fixture(params=MAKERS.values(), ids=MAKERS)
def ends(request):
    ends = request.param()
    ends.peer.settimeout(LIMIT)
    yield ends
    ends.peer.close()
    ends.sock.close()


def test_what_has_arrived_is_received(ends):
    ends.peer.sendall(b"octets")
    assert ends.transport.receive(None) == b"octets"


@pytest.mark.parametrize("timeout", [0, 0.01])
def test_none_says_that_nothing_came_in_time(ends, timeout):
    assert ends.transport.receive(timeout) is None
    ends.peer.sendall(b"later")
    assert ends.transport.receive(LIMIT) == b"later"


def test_nothing_ever_again_is_empty(ends):
    ends.peer.close()
    assert ends.transport.receive(None) == b""
    assert ends.transport.receive(0) == b""


def test_a_connection_that_was_reset_is_at_its_end(ends):
    ends.transport.send(b"never read")
    ends.peer.close()
    assert ends.transport.receive(LIMIT) == b""


def test_all_octets_are_sent_however_many(ends):
    data = bytes(range(256)) * 8192
    sender = threading.Thread(target=ends.transport.send_all, args=(data, LIMIT))
    sender.start()
    received = bytearray()
    while len(received) < len(data):
        received += ends.peer.recv(1 << 16)
    sender.join(LIMIT)
    assert received == data


def test_sending_to_a_peer_that_has_left_is_an_os_error(ends):
    ends.peer.close()
    with pytest.raises(OSError):  # noqa: PT011  # any of them
        ends.transport.send_all(bytes(64 << 20), LIMIT)


def test_a_send_takes_what_fits_and_does_not_wait(ends):
    sent = ends.transport.send(bytes(64 << 20))
    assert 0 < sent < 64 << 20
    while ends.transport.send(bytes(64 << 20)):
        pass


def test_a_peer_that_takes_nothing_ends_the_patience(ends):
    with pytest.raises(TimeoutError):
        ends.transport.send_all(bytes(64 << 20), 0.01)


def test_who_waits_to_send_is_woken_when_the_peer_has_taken_something(ends):
    total = 0
    while sent := ends.transport.send(bytes(1 << 20)):
        total += sent
    assert not ends.transport.wait_to_send(0.01)
    waited = []
    waiter = threading.Thread(target=lambda: waited.append(ends.transport.wait_to_send(LIMIT)))
    waiter.start()
    while total:
        total -= len(ends.peer.recv(1 << 20))
    waiter.join(LIMIT)
    assert waited == [True]


def test_who_waits_to_send_is_woken_by_the_end(ends):
    while ends.transport.send(bytes(1 << 20)):
        pass
    waiter = threading.Thread(target=ends.transport.wait_to_send, args=(LIMIT,))
    waiter.start()
    ends.transport.end(0)
    waiter.join(LIMIT / 2)
    assert not waiter.is_alive()


def test_one_thread_sends_while_another_waits(ends):
    received = []
    reader = threading.Thread(target=lambda: received.append(ends.transport.receive(LIMIT)))
    reader.start()
    ends.transport.send(b"from the server")
    assert ends.peer.recv(100) == b"from the server"
    ends.peer.sendall(b"from the client")
    reader.join(LIMIT)
    assert received == [b"from the client"]


def test_the_end_wakes_who_waits(ends):
    received = []
    reader = threading.Thread(target=lambda: received.append(ends.transport.receive(None)))
    reader.start()
    ends.transport.end(0)
    reader.join(LIMIT)
    assert received == [b""]


def test_the_end_is_seen_by_the_peer_behind_what_was_sent(ends):
    ends.transport.send(b"last words")
    ends.transport.end_sending()
    ends.transport.end_sending()
    assert ends.peer.recv(100) == b"last words"
    assert ends.peer.recv(100) == b""


def test_the_end_drops_what_the_peer_still_sends_so_that_it_can_read_what_we_sent(ends):
    ends.transport.send(b"last words")
    flood = threading.Thread(target=lambda: ends.peer.sendall(bytes(1 << 20)))
    flood.start()
    ender = threading.Thread(target=lambda: ends.transport.end(LIMIT))
    ender.start()
    flood.join(LIMIT)
    assert ends.peer.recv(100) == b"last words"
    ends.peer.close()
    ender.join(LIMIT)
    assert not ender.is_alive()


@pytest.mark.parametrize("peer_is_sending", [True, False])
def test_who_lingers_reads_what_the_peer_still_sends_before_the_end(peer_is_sending):
    ends = plain(KernelTimedTransport)
    ends.transport.linger = 0.01
    ends.peer.sendall(b"still on its way")
    ends.transport.end_sending(peer_is_sending=peer_is_sending)
    assert ends.transport.receive(0) == (None if peer_is_sending else b"still on its way")
    ends.peer.settimeout(LIMIT)
    assert ends.peer.recv(1) == b""
    ends.peer.close()
    ends.sock.close()


@pytest.mark.parametrize("owned", [True, False])
def test_only_what_is_ours_is_closed(owned):
    with socket.socket() as sock:
        transport = transport_for(sock, owned=owned)
        transport.close()
        assert (sock.fileno() < 0) is owned


def test_the_server_gets_its_socket_back_open_and_without_time_limit(ends):
    ends.transport.receive(0.01)
    ends.transport.end(0)
    assert ends.sock.fileno() >= 0
    assert ends.sock.gettimeout() is None
    assert not any(ends.sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, 16))


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_a_plain_socket_is_timed_by_the_kernel_where_that_works(monkeypatch, platform):
    monkeypatch.setattr("sys.platform", platform)
    with socket.socket() as sock:
        kind = KernelTimedTransport if platform == "linux" else PolledTransport
        assert type(transport_for(sock)) is kind


def test_tls_is_polled():
    ends = tls()
    assert isinstance(ends.sock, ssl.SSLSocket)
    assert type(transport_for(ends.sock)) is PolledTransport
    ends.sock.close()
    ends.peer.close()


def test_any_other_socket_waits_in_its_own_loop():
    class GreenSocket(socket.socket):
        """As that of gevent, it comes from a module of its own."""

    with GreenSocket() as sock:
        assert type(transport_for(sock)) is EventletTransport


class EventletTlsSocket:
    """As eventlet's: only `setblocking(False)` keeps it from waiting, and so from running other greenlets."""

    pending = None

    def __init__(self):
        self.may_wait = True
        self.waited = 0

    def setsockopt(self, *_):
        """Accept any option."""

    def settimeout(self, timeout):
        self.timeout = timeout

    def setblocking(self, flag):
        self.may_wait, self.timeout = flag, None if flag else 0.0

    def send(self, data, flags=0):
        return self._wait()

    def recv(self, size):
        return self._wait()

    def _wait(self):
        self.waited += self.may_wait
        raise TimeoutError if self.may_wait else ssl.SSLWantWriteError


def test_eventlet_tls_does_not_run_other_greenlets_in_calls_that_must_not_wait():
    sock = EventletTlsSocket()
    transport = EventletTransport(sock)
    assert transport.receive(0.1) is None
    assert (sock.waited, sock.timeout) == (1, 0.1)

    assert transport.send(b"frame") == 0
    assert transport.receive(0) is None
    assert (sock.waited, sock.may_wait, sock.timeout) == (1, True, 0.1)


def test_frames_do_not_wait_for_acknowledgements():
    with socket.socket() as sock:
        transport_for(sock)
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
