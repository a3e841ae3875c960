"""Rulings about ends: closing, a peer that has gone or does not answer, and what views notice of it.

People rely on each of these; the number in a test's name is the row in the list of rulings.
"""

import threading

import pytest

from dwebsocket import WebSocketClosed, require_websocket
from dwebsocket.exchange import Exchange
from tests.support.helpers import CLOSE, LIMIT, PING, PONG, TEXT, close_payload, frame, play
from tests.support.views import echo

LEGACY = {"WEBSOCKET_LEGACY_BYTES": True}


def test_ruling_09_a_view_that_only_sends_answers_pings(talk):
    go_on = threading.Semaphore(0)

    @require_websocket
    def view(request):
        while True:
            assert go_on.acquire(timeout=LIMIT)
            request.websocket.send("tick")

    client = talk(view).client
    client.send_frame(PING, "are you there?")
    go_on.release()
    assert [client.frame(), client.frame()] == [(PONG, b"are you there?"), (TEXT, b"tick")]
    client.close()
    go_on.release()
    assert client.rest() == [(CLOSE, close_payload())]


def test_ruling_09_on_a_closed_connection_send_ends_the_view_and_nothing_is_logged(talk, caplog):
    closed, raised = threading.Event(), []

    @require_websocket
    def view(request):
        assert closed.wait(LIMIT)
        try:
            while True:
                request.websocket.send("tick")
        except WebSocketClosed as error:
            raised.append(error)
            raise

    conversation = talk(view)
    conversation.client.close()
    closed.set()
    assert conversation.client.rest() == [(CLOSE, close_payload())]
    assert conversation.finished().status == 200
    assert len(raised) == 1
    assert caplog.records == []


def test_ruling_09_a_close_is_noticed_though_messages_lie_before_it(talk, kept):
    closed = threading.Event()

    def view(request):
        assert closed.wait(LIMIT)
        with pytest.raises(WebSocketClosed):
            request.websocket.send("tick")
        return request.websocket.is_closed(), list(request.websocket)

    conversation = talk(kept.view(view))
    conversation.client.sock.sendall(frame(TEXT, "never read") + frame(CLOSE, close_payload()))
    closed.set()
    conversation.client.rest()
    conversation.finished()
    assert kept == [(True, ["never read"])]


def test_ruling_09_a_send_from_elsewhere_to_a_closed_connection_returns_false(talk, kept):
    def view(request):
        assert request.websocket.wait() is None
        result = []
        other = threading.Thread(target=lambda: result.append(request.websocket.send("x")))
        other.start()
        other.join(LIMIT)
        return result

    play(talk, kept.view(view))
    assert kept == [[False]]


def test_ruling_09_in_legacy_mode_send_never_raises(talk, kept):
    def view(request):
        return [request.websocket.send(message) for message in request.websocket]

    assert play(talk, kept.view(view), frame(TEXT, "a"), settings=LEGACY)[0] == (TEXT, b"a")
    assert kept == [[True, False]]


@pytest.mark.parametrize("view", [lambda ws: ws.close(), lambda ws: None], ids=["close and return", "return"])
def test_ruling_10_a_close_frame_the_end_of_tcp_and_not_an_octet_more(talk, caplog, view):
    conversation = talk(require_websocket(lambda request: view(request.websocket)))
    assert conversation.client.frame() == (CLOSE, close_payload())
    conversation.client.close()
    assert conversation.client.rest() == []
    assert conversation.finished().error is None
    assert caplog.records == []


@pytest.mark.parametrize("reason", ["é" * 61, ("é" * 61).encode()], ids=["str", "bytes"])
def test_ruling_11_a_reason_is_str_or_bytes(talk, reason):
    view = require_websocket(lambda request: request.websocket.close(4000, reason))
    assert talk(view).client.frame() == (CLOSE, close_payload(4000, "é" * 61))


@pytest.mark.parametrize(
    ("code", "reason"),
    [(999, None), (1005, None), (1006, ""), (1015, ""), (2999, ""), (5000, ""), (1000, "é" * 62), (1000, b"\xff")],
)
def test_ruling_11_a_bad_code_or_reason_raises_before_anything_is_sent(talk, kept, code, reason):
    def view(request):
        with pytest.raises(ValueError, match=r"code|reason|utf-8"):
            request.websocket.close(code, reason)
        return request.websocket.send("still open")

    assert talk(kept.view(view)).client.message() == "still open"


def test_ruling_16_connected_and_disconnect_exist(talk, kept):
    def view(request):
        before = request.websocket.connected
        request.websocket.disconnect()
        return before, request.websocket.connected

    conversation = talk(kept.view(view))
    assert conversation.client.frame() == (CLOSE, close_payload())
    conversation.client.close()
    conversation.client.rest()
    conversation.finished()
    assert kept == [(True, False)]


def test_ruling_22_a_client_that_vanishes_ends_the_iteration(talk, kept):
    def view(request):
        messages = list(request.websocket)
        return messages, request.websocket.wait(), request.websocket.is_closed(), request.websocket.close_code

    conversation = talk(kept.view(view))
    conversation.client.send("a")
    conversation.client.end()
    conversation.finished()
    assert kept == [(["a"], None, True, 1006)]


def test_ruling_22_a_waiting_view_pings_and_a_peer_that_answers_stays(talk):
    conversation = talk(echo, settings={"WEBSOCKET_PING_INTERVAL": 0.01, "WEBSOCKET_PING_TIMEOUT": LIMIT})
    for _ in range(3):
        opcode, payload = conversation.client.frame()
        assert opcode == PING
        conversation.client.send_frame(PONG, payload)
    conversation.client.send("here")
    while (answer := conversation.client.frame())[0] == PING:
        pass
    assert answer == (TEXT, b"here")


@pytest.mark.parametrize("timeout", [None, 0.001], ids=["one wait without a limit", "many short waits"])
def test_ruling_22_a_peer_that_does_not_answer_pings_is_given_up(talk, kept, timeout):
    def view(request):
        while not request.websocket.is_closed():
            request.websocket.wait(timeout)
        return request.websocket.close_code

    conversation = talk(kept.view(view), settings={"WEBSOCKET_PING_INTERVAL": 0.01, "WEBSOCKET_PING_TIMEOUT": 0.01})
    assert conversation.client.frame() == (PING, b"")
    assert conversation.client.frame() is None
    conversation.finished()
    assert kept == [1006]


def test_ruling_22_without_ping_timeout_pings_go_on_and_nobody_is_given_up(talk):
    client = talk(echo, settings={"WEBSOCKET_PING_INTERVAL": 0.01, "WEBSOCKET_PING_TIMEOUT": None}).client
    assert [client.frame()[0] for _ in range(4)] == [PING] * 4


def test_ruling_22_pings_can_be_turned_off(talk, monkeypatch):
    waits = threading.Semaphore(0)
    keep_alive = Exchange._keep_alive
    monkeypatch.setattr("dwebsocket.keepalive._LONGEST_WAIT", 0.01)
    monkeypatch.setattr(Exchange, "_keep_alive", lambda self: (keep_alive(self), waits.release()))
    client = talk(echo, settings={"WEBSOCKET_PING_INTERVAL": None}).client
    assert all(waits.acquire(timeout=LIMIT) for _ in range(3))
    client.send("no ping before this")
    assert client.frame() == (TEXT, b"no ping before this")
