"""The locks, the queue and the order of what is read and sent, behind `request.websocket`."""

import threading
from collections import deque

from dwebsocket import require_websocket

from .support.helpers import CLOSE, LIMIT, TEXT, close_payload, frame
from .support.views import keeping


def test_a_backlog_that_nobody_reads_is_bounded_and_comes_whole_when_read(talk, monkeypatch):
    monkeypatch.setattr("dwebsocket.exchange._MAX_BACKLOG", 1000)
    monkeypatch.setattr("dwebsocket.backends.default.transports._CHUNK", 256)
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
    monkeypatch.setattr("dwebsocket.exchange._MAX_BACKLOG", 1000)
    monkeypatch.setattr("dwebsocket.backends.default.transports._CHUNK", 256)
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
        monkeypatch.setattr("dwebsocket.backends.default.transports.KernelTimedTransport.send", break_off)
        ws.send("never to be read in full")

    conversation = talk(keeping(view)[0])
    assert conversation.client.file.read() == b"\x81\x18nev"
    assert isinstance(conversation.finished().error, SystemExit)


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
        ws._exchange._messages = Emptied()
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
