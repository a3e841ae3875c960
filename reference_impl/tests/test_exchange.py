"""The locks, the queue and the order of what is read and sent, behind `request.websocket`."""

import gc
import socket
import threading
import weakref
from collections import deque
from contextlib import suppress

import pytest

from dwebsocket import require_websocket
from dwebsocket.backends.default.transports import transport_for
from dwebsocket.conf import Settings
from dwebsocket.exchange import Exchange
from dwebsocket.memory import ledger

from .support.helpers import CLOSE, LIMIT, PING, TEXT, close_payload, frame
from .support.views import keeping


def test_a_backlog_that_nobody_reads_is_bounded_and_comes_whole_when_read(talk, monkeypatch):
    monkeypatch.setattr("dwebsocket.inbox._MAX_BACKLOG", 1000)
    monkeypatch.setattr("dwebsocket.backends.default.threads.CHUNK", 256)
    sent = threading.Event()

    def view(ws):
        assert sent.wait(LIMIT)
        few = ws.count_messages()
        return few, sum(1 for _ in ws)

    view, kept = keeping(view)
    conversation = talk(view)
    conversation.client.sock.sendall(frame(TEXT, "x" * 100) * 200)
    sent.set()
    conversation.client.close()
    conversation.finished()
    [(few, total)] = kept
    assert 0 < few < 200
    assert total == 200


def test_a_backlog_is_read_by_read_too(talk, monkeypatch):
    monkeypatch.setattr("dwebsocket.inbox._MAX_BACKLOG", 1000)
    monkeypatch.setattr("dwebsocket.backends.default.threads.CHUNK", 256)
    sent = threading.Event()

    def view(ws):
        assert sent.wait(LIMIT)
        total = 0
        while not ws.is_closed() or ws.has_messages():
            total += ws.read() is not None
        return total

    view, kept = keeping(view)
    conversation = talk(view)
    conversation.client.sock.sendall(frame(TEXT, "x" * 100) * 200)
    conversation.client.close()
    sent.set()
    conversation.finished()
    assert kept == [200]


def test_a_second_waiter_gives_up_when_its_time_is_up(talk):
    def view(ws):
        waiter = threading.Thread(target=ws.wait)
        waiter.start()
        while not ws._exchange._reading.locked():
            pass
        result = ws.wait(timeout=0.01), ws.read(), ws.is_closed()
        ws.send("done")
        waiter.join(LIMIT)
        return result

    view, kept = keeping(view)
    conversation = talk(view)
    assert conversation.client.message() == "done"
    conversation.client.close()
    conversation.client.rest()
    conversation.finished()
    assert kept == [(None, None, False)]


def test_the_end_does_not_wait_for_a_thread_that_does_not_stop_reading(talk):
    """The thread is in a system call that nothing but the end of TCP ends."""
    waiting = []

    def view(ws):
        waiter = threading.Thread(target=lambda: waiting.append(ws.wait()))
        waiter.start()
        while not ws._exchange._reading.locked():
            pass
        return waiter

    view, kept = keeping(view)
    conversation = talk(view, settings={"WEBSOCKET_CLOSE_TIMEOUT": 0.05})
    assert conversation.client.rest() == [(CLOSE, close_payload(1000))]
    conversation.finished()
    [waiter] = kept
    waiter.join(LIMIT)
    assert waiting == [None]


def test_a_frame_of_which_the_sending_was_broken_off_is_the_last(talk, monkeypatch):
    """Another one, even Close, would be taken for the rest of it."""

    def break_off(transport, data):
        transport._sock.send(data[:5])
        raise SystemExit

    def view(ws):
        monkeypatch.setattr("dwebsocket.backends.default.threads.KernelTimedTransport.send", break_off)
        ws.send("never to be read in full")

    conversation = talk(keeping(view)[0])
    assert conversation.client.file.read() == b"\x81\x18nev"
    assert isinstance(conversation.finished().error, SystemExit)


@pytest.mark.parametrize("pauses", [True, False])
@pytest.mark.parametrize("method", [Exchange.is_open, Exchange.count, Exchange.poll])
def test_polling_lets_other_tasks_run_where_sleeping_does_not(method, pauses):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        transport = transport_for(ours)
        paused = []
        transport.pauses_when_polled, transport.pause = pauses, lambda: paused.append(1)
        method(Exchange(transport, Settings()))
    assert len(paused) == pauses


def test_messages_that_another_thread_has_just_read_are_waited_for_no_less(talk):
    """`read` takes from the queue without asking whoever waits."""

    class Emptied(deque):
        """A queue that another thread empties at the worst moment, once."""

        def popleft(self):
            if len(self) == 1 and not emptied:
                emptied.append(super().popleft())
            return super().popleft()

    emptied = []

    def view(ws):
        ws._exchange._inbox.messages = Emptied()
        return ws.wait()

    view, kept = keeping(view)
    conversation = talk(view)
    conversation.client.send("stolen")
    conversation.client.send("waited for")
    conversation.client.frame()
    conversation.client.close()
    conversation.client.rest()
    conversation.finished()
    assert (emptied, kept) == (["stolen"], ["waited for"])


def test_a_close_frame_that_was_left_to_another_thread_is_not_overtaken_by_the_end(talk):
    """Whoever is just sending sends it too, a moment later."""

    @require_websocket
    def view(request):
        exchange = request.websocket._exchange
        held, over, ended = threading.Event(), threading.Event(), threading.Event()
        receive_close, end = exchange._receive_close, exchange._transport.end
        exchange._receive_close = lambda deadline: (receive_close(deadline), over.set())
        exchange._transport.end = lambda patience: (ended.set(), end(patience))

        def send_slowly():
            with exchange._sender._writing:
                held.set()
                over.wait(LIMIT)
                ended.wait(0.1)
            exchange._sender.flush()

        threading.Thread(target=send_slowly).start()
        held.wait(LIMIT)
        assert request.websocket.wait() is None

    conversation = talk(view)
    conversation.client.close(4000)
    assert conversation.client.rest() == [(CLOSE, close_payload(4000))]
    conversation.finished()


def test_a_wait_ends_in_time_however_much_comes_that_is_no_message(talk):
    """Each Ping ends the wait for octets, and none is a message."""

    def view(ws):
        return ws.wait(timeout=0.05)

    view, kept = keeping(view)
    conversation = talk(view)
    conversation.client.sock.settimeout(0.01)
    while not kept:
        with suppress(TimeoutError):
            conversation.client.sock.sendall(frame(PING, b"x" * 125))
    conversation.client.sock.settimeout(LIMIT)
    conversation.client.close()
    conversation.finished()
    assert kept == [None]


@pytest.mark.parametrize("timeout", [float("inf"), 1e10, 1e300])
def test_a_timeout_may_be_longer_than_the_system_can_count(talk, timeout):
    def view(ws):
        ws.send("sent", timeout=timeout)
        return ws.wait(timeout)

    view, kept = keeping(view)
    conversation = talk(view)
    assert conversation.client.message() == "sent"
    conversation.client.send("received")
    conversation.client.close()
    conversation.client.frame()
    conversation.client.rest()
    conversation.finished()
    assert kept == ["received"]


def test_the_end_of_tcp_does_not_depend_on_the_closing_handshake(talk):
    """Otherwise the server's HTTP response would be sent as if it were frames."""

    def view(ws):
        def fail(_):
            raise RuntimeError("planted")

        ws._exchange._receive_close = fail

    conversation = talk(keeping(view)[0])
    assert conversation.client.rest() == [(CLOSE, close_payload(1000))]
    conversation.finished()


def test_a_peer_that_does_not_take_its_pongs_holds_up_no_call_that_never_waits(talk):
    """More Pongs than fit into all buffers between us."""
    full = threading.Event()

    def view(ws):
        while not ws._exchange._sender.has_unsent:
            ws.is_closed()
        full.set()
        return ws.is_closed(), ws.read(), ws.count_messages(), ws.has_messages(), ws.wait(0.01), ws.close()

    view, kept = keeping(view)
    conversation = talk(view, settings={"WEBSOCKET_CLOSE_TIMEOUT": 0.1})
    conversation.client.sock.settimeout(0.01)
    while not full.is_set():
        with suppress(TimeoutError):
            conversation.client.sock.sendall(frame(PING, b"x" * 125) * 100)
    conversation.finished()
    assert kept == [(False, None, 0, False, None, None)]


def test_a_call_ends_after_a_turn_of_work(talk, monkeypatch):
    monkeypatch.setattr("dwebsocket.exchange._TURN_SECONDS", 0.0)
    sent = threading.Event()

    def view(ws):
        assert sent.wait(LIMIT)
        first = ws.count_messages()
        while ws.count_messages() < 1000:
            pass
        return first

    view, kept = keeping(view)
    conversation = talk(view)
    conversation.client.sock.sendall(frame(TEXT, "x") * 1000)
    sent.set()
    conversation.client.close()
    conversation.client.rest()
    conversation.finished()
    assert kept == [64]


def test_unread_messages_are_counted_by_the_memory_that_they_take(talk, monkeypatch):
    """A message of one character takes fifty times its octets."""
    monkeypatch.setattr("dwebsocket.inbox._MAX_BACKLOG", 10_000)

    def view(ws):
        assert sent.wait(LIMIT)
        while (before := ws.count_messages()) < ws.count_messages():
            pass
        return before, sum(1 for _ in ws)

    sent = threading.Event()
    view, kept = keeping(view)
    conversation = talk(view)
    conversation.client.sock.sendall(frame(TEXT, "x") * 1000)
    sent.set()
    conversation.client.close()
    conversation.client.rest()
    conversation.finished()
    [(unread, total)] = kept
    assert 100 < unread < 200
    assert total == 1000


def test_one_connection_that_holds_too_much_is_closed_with_1013(talk):
    settings = {"WEBSOCKET_MAX_MEMORY": 4 << 20}
    conversation = talk(keeping(list)[0], settings=settings)
    conversation.client.send("x" * (1 << 20))
    conversation.client.send_frame(TEXT, "x" * (5 << 20), fin=False)
    assert conversation.client.frame()[1][:2] == close_payload(1013)
    conversation.finished()
    assert ledger.total == 0


def test_nothing_refers_to_a_connection_that_has_ended():
    """Otherwise what it has would stay until the garbage collector runs."""
    ours, theirs = socket.socketpair()
    gc.collect()
    gc.disable()
    try:
        exchange = Exchange(transport_for(ours), Settings())
        theirs.close()
        exchange.finish()
        ended = weakref.ref(exchange)
        del exchange
        assert ended() is None
    finally:
        gc.enable()
        ours.close()


def test_an_idle_connection_that_holds_most_makes_room_for_others(talk):
    """The memory is there at once: its view need not wake up."""
    settings = {"WEBSOCKET_MAX_MEMORY": 8 << 20}
    greedy = talk(keeping(lambda ws: ws.wait())[0], settings=settings)
    greedy.client.send_frame(TEXT, "x" * (6 << 20), fin=False)
    while ledger.total < 5 << 20:
        pass
    modest = talk(keeping(lambda ws: ws.send(ws.wait()))[0], settings=settings)
    modest.client.send(bytes(2 << 20))
    assert modest.client.message() == bytes(2 << 20)
    modest.client.close()
    modest.client.rest()
    modest.finished()
    assert greedy.client.frame()[1][:2] == close_payload(1013)
    greedy.finished()
    assert ledger.total == 0
