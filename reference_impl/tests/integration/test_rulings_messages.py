"""Rulings about messages: their types, their order and size, and how views read and send them.

People rely on each of these; the number in a test's name is the row in the list of rulings.
"""

import json
import threading

import pytest

from dwebsocket import require_websocket
from tests.support.helpers import BINARY, CLOSE, LIMIT, PONG, TEXT, close_payload, frame, play
from tests.support.views import echo

LEGACY = {"WEBSOCKET_LEGACY_BYTES": True}


def test_ruling_01_text_is_str_and_binary_is_bytes(talk, kept):
    play(talk, kept.view(lambda request: list(request.websocket)), frame(TEXT, "é"), frame(BINARY, b"\xff"))
    assert kept == [["é", b"\xff"]]


def test_ruling_01_in_legacy_mode_both_are_bytes_and_can_be_decoded(talk, kept):
    def view(request):
        return [message.decode("utf-8") for message in request.websocket if message is not None]

    play(talk, kept.view(view), frame(TEXT, "é"), frame(BINARY, b"b"), settings=LEGACY)
    assert kept == [["é", "b"]]


def test_ruling_02_a_text_message_is_compared_and_parsed_as_str(talk, kept):
    def view(request):
        ws = request.websocket
        return ws.wait() == "quit", ws.wait().lower(), json.loads(ws.wait()), ws.wait().find("x")

    play(talk, kept.view(view), *(frame(TEXT, text) for text in ("quit", "ABC", '{"a": 1}', "..x")))
    assert kept == [(True, "abc", {"a": 1}, 2)]


@pytest.mark.parametrize(
    ("settings", "message", "binary", "expected"),
    [
        ({}, "t", None, (TEXT, b"t")),
        ({}, b"b", None, (BINARY, b"b")),
        ({}, "t", True, (BINARY, b"t")),
        ({}, b"b", False, (TEXT, b"b")),
        ({}, bytearray(b"b"), None, (BINARY, b"b")),
        (LEGACY, "t", None, (TEXT, b"t")),
        (LEGACY, b"b", None, (TEXT, b"b")),
        (LEGACY, b"b", True, (BINARY, b"b")),
        (LEGACY, b"\xff", None, (BINARY, b"\xff")),
    ],
)
def test_ruling_03_the_type_of_a_message_decides_the_frame(talk, settings, message, binary, expected):
    view = require_websocket(lambda request: request.websocket.send(message, binary=binary))
    assert talk(view, settings=settings).client.frame() == expected


def test_ruling_03_bytes_that_are_no_text_are_not_sent_as_text(talk, kept):
    def view(request):
        with pytest.raises(ValueError, match="utf-8"):
            request.websocket.send(b"\xff", binary=False)
        return request.websocket.send("open")

    assert talk(kept.view(view)).client.message() == "open"


def test_ruling_04_wait_gives_none_on_time_out_and_is_closed_tells_it_from_the_end(talk, kept):
    def view(request):
        ws = request.websocket
        timed_out = ws.wait(timeout=0.01), ws.is_closed()
        ws.send("now")
        return timed_out, ws.wait(timeout=LIMIT), (ws.wait(timeout=LIMIT), ws.is_closed())

    conversation = talk(kept.view(view))
    assert conversation.client.message() == "now"
    conversation.client.send("")
    conversation.client.close()
    conversation.client.rest()
    conversation.finished()
    assert kept == [((None, False), "", (None, True))]


def test_ruling_05_iteration_yields_messages_only(talk, kept):
    play(talk, kept.view(lambda request: list(request.websocket)), frame(TEXT, "a"))
    assert kept == [["a"]]


def test_ruling_05_in_legacy_mode_iteration_ends_with_none(talk, kept):
    play(talk, kept.view(lambda request: list(request.websocket)), frame(TEXT, "a"), settings=LEGACY)
    assert kept == [[b"a", None]]


def test_ruling_07_websockets_are_keys_and_may_be_sent_to_from_any_thread_without_mixing_frames(talk):
    clients = {}
    joined = threading.Barrier(4)

    @require_websocket
    def chat(request):
        clients[request.websocket] = request
        joined.wait(LIMIT)
        for message in request.websocket:
            for client in list(clients):
                assert client.send(message * 200)
            request.websocket.send("done")

    talks = [talk(chat) for _ in range(4)]
    for number, conversation in enumerate(talks):
        for _ in range(25):
            conversation.client.send(str(number))
    wanted = sorted(str(number) * 200 for number in range(4) for _ in range(25)) + ["done"] * 25
    for conversation in talks:
        assert sorted(conversation.client.message() for _ in range(125)) == wanted
    assert len(set(clients)) == 4
    for conversation in talks:
        conversation.client.close()
        conversation.client.rest()


def test_ruling_08_one_thread_iterates_another_sends_a_third_polls(talk, kept):
    def view(request):
        ws = request.websocket
        polled, sent = [], []
        closed = threading.Event()

        def poll():
            while not ws.is_closed():
                polled.append(ws.count_messages())
            closed.set()

        def push():
            while not closed.is_set():
                sent.append(ws.send("tick"))

        threads = [threading.Thread(target=target) for target in (poll, push)]
        for thread in threads:
            thread.start()
        received = sum(1 for _ in ws)
        for thread in threads:
            thread.join(LIMIT)
        return received, closed.is_set(), sent[0]

    conversation = talk(kept.view(view))
    for _ in range(50):
        conversation.client.send("x")
        assert conversation.client.message() == "tick"
    conversation.client.close()
    assert conversation.client.rest()[-1] == (CLOSE, close_payload())
    conversation.finished()
    assert kept == [(50, True, True)]


def test_ruling_14_polling_counts_complete_messages_and_reading_after_the_close_never_raises(talk, kept):
    def view(request):
        ws = request.websocket
        while not ws.has_messages():
            pass
        counted = ws.count_messages()
        read = [ws.read() for _ in range(3)]
        while not ws.is_closed():
            pass
        return counted, read, ws.read(), ws.wait(), ws.count_messages(), ws.has_messages()

    conversation = talk(kept.view(view))
    conversation.client.sock.sendall(frame(TEXT, "a") + frame(TEXT, "b") + frame(TEXT, "c", fin=False))
    conversation.client.close()
    conversation.client.rest()
    conversation.finished()
    assert kept == [(2, ["a", "b", None], None, None, 0, False)]


def test_ruling_19_a_message_in_fragments_arrives_whole(talk, kept):
    text = json.dumps({"key": "é" * 500}, ensure_ascii=False).encode()
    pieces = [text[at : at + 7] for at in range(0, len(text), 7)]
    frames = [frame(TEXT if at == 0 else 0, piece, fin=False) for at, piece in enumerate(pieces)]
    play(talk, kept.view(lambda request: json.loads(request.websocket.wait())), *frames, frame(0))
    assert kept == [{"key": "é" * 500}]


def test_ruling_20_a_message_over_the_limit_ends_with_1009(talk):
    conversation = talk(echo, settings={"WEBSOCKET_MAX_MESSAGE_SIZE": 1000})
    conversation.client.send(bytes(1000))
    assert conversation.client.message() == bytes(1000)
    conversation.client.send_frame(BINARY, bytes(600), fin=False)
    conversation.client.send_frame(0, bytes(401))
    [(opcode, payload)] = conversation.client.rest()
    assert (opcode, payload[:2]) == (CLOSE, close_payload(1009))


def test_ruling_21_a_pong_that_nobody_asked_for_is_ignored(talk):
    assert play(talk, echo, frame(PONG, "x"), frame(TEXT, "a"))[0] == (TEXT, b"a")
