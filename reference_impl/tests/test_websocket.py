"""`request.websocket` as a view sees it, with a client that counts every octet."""

import threading

import pytest
from django.http import HttpResponse

from dwebsocket import WebSocketClosed, accept_websocket

from .support.helpers import ACCEPT, BINARY, CLOSE, LIMIT, PING, PONG, TEXT, close_payload, frame
from .support.views import echo, keeping

PROMISED = {
    "close",
    "close_code",
    "close_reason",
    "closed",
    "connected",
    "count_messages",
    "disconnect",
    "has_messages",
    "is_closed",
    "read",
    "send",
    "subprotocol",
    "wait",
}


def test_a_view_sees_what_is_promised_and_nothing_else(talk):
    view, kept = keeping(lambda websocket: {name for name in dir(websocket) if not name.startswith("_")})
    conversation = talk(view)
    conversation.client.close()
    conversation.client.rest()
    conversation.finished()
    assert kept == [PROMISED]


def test_the_handshake_is_answered_as_the_rfc_shows(talk):
    assert talk(echo).handshake["sec-websocket-accept"] == ACCEPT


@pytest.mark.parametrize("message", ["", "hé", "x" * 200, b"", b"\xff\0", b"y" * 70000], ids=lambda m: repr(m)[:9])
def test_a_message_comes_back_with_its_type(talk, message):
    client = talk(echo).client
    client.send(message)
    assert client.message() == message


def test_fragments_make_one_message(talk):
    client = talk(echo).client
    client.send_frame(TEXT, "one, ", fin=False)
    client.send_frame(PING, "between")
    client.send_frame(0, "two", fin=True)
    assert client.frame() == (PONG, b"between")
    assert client.message() == "one, two"


def test_the_clients_close_is_answered_and_tcp_ends(talk):
    conversation = talk(echo)
    conversation.client.close(3000, "done")
    assert conversation.client.rest() == [(CLOSE, close_payload(3000))]
    assert conversation.finished().error is None


def test_close_code_and_reason_are_the_peers(talk):
    view, kept = keeping(lambda ws: (ws.close_code, ws.wait(), ws.close_code, ws.close_reason))
    conversation = talk(view)
    conversation.client.close(3000, "done")
    conversation.client.rest()
    conversation.finished()
    assert kept == [(None, None, 3000, "done")]


def test_a_view_that_returns_closes_with_1000(talk):
    client = talk(keeping(lambda ws: None)[0]).client
    assert client.frame() == (CLOSE, close_payload(1000))
    client.close()
    assert client.rest() == []


def test_the_end_does_not_wait_for_ever_for_a_close(talk):
    conversation = talk(keeping(lambda ws: None)[0], settings={"WEBSOCKET_CLOSE_TIMEOUT": 0.05})
    assert conversation.client.rest() == [(CLOSE, close_payload(1000))]
    assert conversation.finished().error is None


def test_messages_behind_our_close_are_dropped(talk):
    def view(ws):
        ws.close()
        return ws.wait(), ws.read(), ws.count_messages(), list(ws)

    view, kept = keeping(view)
    conversation = talk(view)
    assert conversation.client.frame() == (CLOSE, close_payload(1000))
    conversation.client.send("late")
    conversation.client.close()
    assert conversation.client.rest() == []
    conversation.finished()
    assert kept == [(None, None, 0, [])]


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (frame(TEXT, "x", rsv=2), 1002),
        (frame(5), 1002),
        (b"\x81\x01x", 1002),
        (frame(TEXT, b"\xff"), 1007),
        (frame(BINARY, bytes(101)), 1009),
    ],
    ids=["reserved bit", "reserved opcode", "no mask", "no UTF-8", "too big"],
)
def test_a_broken_rule_ends_the_connection_with_its_code(talk, octets, code):
    conversation = talk(echo, settings={"WEBSOCKET_MAX_MESSAGE_SIZE": 100})
    conversation.client.sock.sendall(octets)
    opcode, payload = conversation.client.frame()
    assert (opcode, payload[:2]) == (CLOSE, close_payload(code))
    assert conversation.client.rest() == []
    assert conversation.finished().error is None


# The ids are written out: masking keys are random, and pytest-xdist needs the same ids in each process.
BEHIND = {"reserved bit": frame(TEXT, "x", rsv=1), "Close": frame(CLOSE), "garbage": b"\xff" * 40}


@pytest.mark.parametrize("behind", BEHIND.values(), ids=BEHIND)
def test_a_message_is_answered_before_what_came_after_it(talk, behind):
    client = talk(echo).client
    client.sock.sendall(frame(TEXT, "first") + frame(BINARY, b"second") + behind)
    assert [client.message(), client.message()] == ["first", b"second"]
    assert [opcode for opcode, _ in client.rest()] == [CLOSE]


def test_answers_come_in_the_order_of_the_questions(talk):
    client = talk(echo).client
    client.sock.sendall(frame(PING, "1") + frame(TEXT, "2") + frame(PING, "3") + frame(TEXT, "4"))
    assert [client.frame() for _ in range(4)] == [(PONG, b"1"), (TEXT, b"2"), (PONG, b"3"), (TEXT, b"4")]


def test_the_close_frame_arrives_though_a_mebibyte_is_in_flight(talk):
    conversation = talk(echo)
    client = conversation.client
    flood = threading.Thread(target=lambda: client.sock.sendall(frame(3) + bytes(1 << 20)))
    flood.start()
    assert [opcode for opcode, _ in iter(client.frame, None)] == [CLOSE]
    flood.join(LIMIT)
    client.rest()
    assert conversation.finished().error is None


def test_octets_that_the_server_read_too_early_are_not_lost(talk):
    early = frame(TEXT, "early") + frame(TEXT, "cut")[:4]
    client = talk(echo, early=early).client
    assert client.message() == "early"


def test_a_frame_cut_between_early_octets_and_the_socket_is_whole(talk):
    whole = frame(TEXT, "cut in two")
    client = talk(echo, early=whole[:5]).client
    client.sock.sendall(whole[5:])
    assert client.message() == "cut in two"


def test_a_large_message_goes_both_ways(talk):
    client = talk(echo).client
    client.send(bytes(16 << 20))
    assert client.message() == bytes(16 << 20)


def test_read_returns_its_fallback_when_nothing_came(talk):
    view, kept = keeping(lambda ws: (ws.read(), ws.read("nothing"), ws.send("asked"), ws.wait(), ws.read(7)))
    conversation = talk(view)
    assert conversation.client.message() == "asked"
    conversation.client.send("answer")
    conversation.client.close()
    conversation.client.rest()
    conversation.finished()
    assert kept == [(None, "nothing", True, "answer", 7)]


@pytest.mark.parametrize("timeout", [0, -1, 0.01])
def test_wait_gives_up_when_the_time_is_up(talk, timeout):
    view, kept = keeping(lambda ws: (ws.wait(timeout=timeout), ws.is_closed()))
    conversation = talk(view)
    assert conversation.client.frame() == (CLOSE, close_payload(1000))
    conversation.client.close()
    conversation.client.rest()
    conversation.finished()
    assert kept == [(None, False)]


@pytest.mark.parametrize("bad", [None, 5, {}])
def test_only_str_and_bytes_are_messages(talk, bad):
    def view(ws):
        with pytest.raises(TypeError):
            ws.send(bad)
        return ws.send("still open")

    assert talk(keeping(view)[0]).client.message() == "still open"


def test_a_plain_request_reaches_an_accepting_view_without_websocket(talk):
    @accept_websocket
    def view(request):
        return HttpResponse(repr((request.is_websocket(), request.websocket)))

    assert talk.request(view, headers={"Host": "testserver"}).finished().body == b"(False, None)"


def test_a_view_that_raises_closes_with_1011_and_is_logged_with_its_traceback(talk, caplog):
    @accept_websocket
    def view(request):
        raise LookupError("the view's own mistake")

    conversation = talk(view)
    assert conversation.client.frame() == (CLOSE, close_payload(1011))
    conversation.client.close(1011)
    conversation.client.rest()
    conversation.finished()
    [record] = [record for record in caplog.records if record.name == "dwebsocket"]
    assert record.exc_info[0] is LookupError


def test_a_worker_that_is_ended_says_1001(talk):
    @accept_websocket
    def view(request):
        raise SystemExit

    conversation = talk(view)
    assert conversation.client.frame() == (CLOSE, close_payload(1001))
    conversation.client.close(1001)
    assert conversation.client.rest() == []
    assert isinstance(conversation.finished().error, SystemExit)


def test_a_websocket_is_closed_for_everybody_when_its_view_has_ended(talk):
    """Also for another view in the thread that the first one had: it must not get `WebSocketClosed`."""
    view, kept = keeping(lambda ws: ws)
    conversation = talk(view)
    conversation.client.close()
    conversation.client.rest()
    conversation.finished()
    [websocket] = kept
    assert websocket.send("x") is False
    assert websocket.is_closed()
    assert websocket.wait() is None
    websocket.close()


def test_a_send_that_fails_is_a_close(talk):
    left = threading.Event()

    def view(ws):
        assert left.wait(LIMIT)
        with pytest.raises(WebSocketClosed):
            all(iter(lambda: ws.send("x" * 100000), None))
        return ws.close_code

    view, kept = keeping(view)
    conversation = talk(view)
    conversation.client.end()
    left.set()
    conversation.finished()
    assert kept == [1006]
