"""The transport over gevent's sockets keeps the promises of the others, and wastes no timers."""

import pytest

from dwebsocket.backends.default.greenlets import GeventTransport
from dwebsocket.backends.default.transports import transport_for
from dwebsocket.conf import Settings
from dwebsocket.exchange import Exchange
from tests.support.helpers import LIMIT, PING, PONG, TEXT, Client, frame

gevent = pytest.importorskip("gevent", reason="its sockets are what is tested here")
sockets = pytest.importorskip("gevent.socket", reason="as above")


@pytest.fixture
def pair():
    ours, theirs = sockets.socketpair()
    transport = transport_for(ours)
    theirs.settimeout(LIMIT)
    yield transport, theirs
    transport.end(0)
    ours.close()
    theirs.close()


def test_a_socket_of_gevent_gets_its_own_transport(pair):
    assert type(pair[0]) is GeventTransport


@pytest.mark.parametrize("timeout", [0, 0.01, None])
def test_what_has_arrived_is_received(pair, timeout):
    transport, theirs = pair
    theirs.sendall(b"octets")
    assert transport.receive(timeout) == b"octets"


@pytest.mark.parametrize("timeout", [0, 0.01])
def test_none_says_that_nothing_came_in_time(pair, timeout):
    assert pair[0].receive(timeout) is None


@pytest.mark.parametrize("timeout", [0, LIMIT, None])
def test_nothing_ever_again_is_empty(pair, timeout):
    pair[1].close()
    assert pair[0].receive(timeout) == b""


def test_calls_with_the_same_time_out_share_a_timer(pair):
    transport, theirs = pair
    timers = set()
    for _ in range(10):
        gevent.spawn(theirs.sendall, b"octets")
        assert transport.receive(LIMIT) == b"octets"
        timers.add(transport._timer)
    assert len(timers) == 1


def test_a_timer_that_rings_too_early_for_this_call_does_not_end_it(pair):
    transport, theirs = pair
    theirs.sendall(b"first")
    assert transport.receive(0.02) == b"first"
    early = transport._timer
    waiting = gevent.spawn(transport.receive, LIMIT)
    while transport._timer is early:
        gevent.sleep(0)
    assert not waiting.ready()
    theirs.sendall(b"second")
    assert waiting.get(timeout=LIMIT) == b"second"


def test_a_timer_that_rings_for_nobody_is_not_set_again(pair):
    transport, theirs = pair
    theirs.sendall(b"octets")
    assert transport.receive(0.01) == b"octets"
    while transport._timer is not None:
        gevent.sleep(0)


def test_a_shorter_time_out_is_not_kept_waiting_by_a_longer_one(pair):
    transport, theirs = pair
    theirs.sendall(b"octets")
    assert transport.receive(LIMIT) == b"octets"
    assert transport.receive(0.01) is None


def test_all_octets_are_sent_however_many(pair):
    transport, theirs = pair
    data = bytes(range(256)) * 8192
    sender = gevent.spawn(transport.send_all, data, LIMIT)
    received = bytearray()
    while len(received) < len(data):
        received += theirs.recv(1 << 16)
    sender.get(timeout=LIMIT)
    assert received == data


def test_a_peer_that_takes_nothing_ends_the_patience(pair):
    with pytest.raises(TimeoutError):
        pair[0].send_all(bytes(64 << 20), 0.01)


def test_a_send_takes_what_fits_and_does_not_wait(pair):
    others = gevent.spawn(lambda: None)
    assert 0 < pair[0].send(bytes(64 << 20)) < 64 << 20
    assert not others.ready()


def test_a_pause_lets_others_have_their_turn(pair):
    others = gevent.spawn(lambda: None)
    pair[0].pause()
    assert others.ready()


def test_a_probe_between_leaves_the_sender_its_time(pair):
    """The time-out belongs to the socket, and a probe sets it to 0."""
    transport, theirs = pair
    data = bytes(4 << 20)
    sender = gevent.spawn(transport.send_all, data, LIMIT)
    gevent.sleep(0)
    assert transport.receive(0) is None
    received = 0
    while received < len(data):
        received += len(theirs.recv(1 << 16))
    sender.get(timeout=LIMIT)


def test_one_greenlet_sends_while_another_waits(pair):
    transport, theirs = pair
    waiting = gevent.spawn(transport.receive, LIMIT)
    gevent.sleep(0)
    transport.send(b"from the server")
    assert theirs.recv(100) == b"from the server"
    theirs.sendall(b"from the client")
    assert waiting.get(timeout=LIMIT) == b"from the client"


def test_a_waiting_view_pings(pair):
    transport, theirs = pair
    exchange = Exchange(transport, Settings(ping_interval=0.01, ping_timeout=LIMIT))
    waiting = gevent.spawn(exchange.receive)
    client = Client(theirs)
    assert client.frame() == (PING, b"")
    client.sock.sendall(frame(PONG) + frame(TEXT, "alive"))
    assert waiting.get(timeout=LIMIT) == "alive"
    client.file.close()


def test_greenlets_are_told_from_each_other_without_monkey_patching(pair):
    transport, _ = pair
    assert transport.current_task() == transport.current_task()
    assert gevent.spawn(transport.current_task).get(timeout=LIMIT) != transport.current_task()


def test_the_end_takes_the_timer_away(pair):
    transport, theirs = pair
    theirs.sendall(b"octets")
    transport.receive(LIMIT)
    theirs.close()
    transport.end(LIMIT)
    assert transport._timer is None
