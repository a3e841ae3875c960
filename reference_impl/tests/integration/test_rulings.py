"""How people really use the API, row by row: what the reference does is ruled, and each ruling has its test.

The number in a test's name is that of the row in the list of rulings; README.md has their sense.
"""

import importlib
import json
import threading

import pytest
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.contrib.sessions.backends.cache import SessionStore
from django.db import transaction
from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from dwebsocket import WebSocketClosed, accept_websocket, require_websocket
from dwebsocket.exchange import Exchange
from tests.support.helpers import BINARY, CLOSE, LIMIT, PING, PONG, TEXT, UPGRADE, close_payload, frame

LEGACY = {"WEBSOCKET_LEGACY_BYTES": True}
MIDDLEWARE = "dwebsocket.middleware.WebSocketMiddleware"
PLAIN = {"Host": "testserver"}


class Kept(list):
    """What views have left behind for the test."""

    def view(self, function, decorator=require_websocket):
        return decorator(lambda request: self.append(function(request)))


@pytest.fixture
def kept():
    return Kept()


def play(talk, view, *frames, **request):
    """Send frames and a Close to a view at once; return what it sends, after it has ended."""
    conversation = talk(view, **request)
    conversation.client.sock.sendall(b"".join(frames) + frame(CLOSE, close_payload()))
    answers = conversation.client.rest()
    conversation.finished()
    return answers


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


def test_ruling_06_is_websocket_is_true_uncalled_and_a_plain_request_has_no_websocket(talk):
    def view(request):
        return HttpResponse("none" if request.is_websocket and request.websocket is None else "some")

    assert talk.request(accept_websocket(view), headers=PLAIN).finished().body == b"none"


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


def own_login_check(view):
    """A decorator as people write it: it hands no attributes on."""

    def check(request, *args, **kwargs):
        return view(request, *args, **kwargs)

    return check


def signed_in(view):
    """Put a user on the request, as AuthenticationMiddleware does."""

    def check(request, *args, **kwargs):
        request.user = User(username="somebody")
        return login_required(view)(request, *args, **kwargs)

    return check


class EchoView(View):
    def get(self, request):
        return echo(request)


def echo(request):
    for message in request.websocket:
        request.websocket.send(message)


ORDERS = {
    "csrf_exempt above": csrf_exempt(accept_websocket(echo)),
    "csrf_exempt below": accept_websocket(csrf_exempt(echo)),
    "login_required above": signed_in(accept_websocket(echo)),
    "login_required below": accept_websocket(signed_in(echo)),
    "own check above": own_login_check(require_websocket(echo)),
    "own check below": require_websocket(own_login_check(echo)),
    "atomic below": require_websocket(transaction.atomic(echo)),
    "both decorators": accept_websocket(require_websocket(echo)),
    "class, on dispatch": method_decorator(accept_websocket, name="dispatch")(
        type("OnDispatch", (EchoView,), {})
    ).as_view(),
    "class, on get": type(
        "OnGet", (View,), {"get": method_decorator(require_websocket)(lambda self, request: echo(request))}
    ).as_view(),
    "class, with arguments": method_decorator(accept_websocket(subprotocols=["a"]), name="dispatch")(
        type("WithArguments", (EchoView,), {})
    ).as_view(),
    "around as_view": accept_websocket(EchoView.as_view()),
}


@pytest.mark.parametrize("middleware", [[], [MIDDLEWARE]], ids=["decorator only", "and middleware"])
@pytest.mark.parametrize("view", ORDERS.values(), ids=ORDERS)
def test_ruling_12_decorators_may_be_stacked_in_any_order(talk, view, middleware):
    answers = play(talk, view, frame(TEXT, "hello"), middleware=middleware)
    assert answers == [(TEXT, b"hello"), (CLOSE, close_payload())]


def test_ruling_13_session_user_cookies_and_parameters_are_there_and_the_session_is_saved(talk, kept):
    session = SessionStore()
    session["visits"] = 1
    session.save()

    def view(request):
        request.session["visits"] += 1
        return request.user.is_anonymous, request.COOKIES["colour"], request.GET["room"]

    play(
        talk,
        kept.view(view),
        target="/?room=7",
        headers={**UPGRADE, "Cookie": f"sessionid={session.session_key}; colour=red"},
        middleware=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
    )
    assert kept == [(True, "red", "7")]
    assert SessionStore(session.session_key)["visits"] == 2


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


def test_ruling_15_a_plain_request_to_a_view_that_requires_a_websocket_gets_400_with_the_reason(talk):
    answer = talk.request(require_websocket(echo), headers=PLAIN).finished()
    assert answer.status == 400
    assert b"WebSocket is required" in answer.body


def test_ruling_15_or_426_with_upgrade_when_the_setting_says_so(talk):
    conversation = talk.request(require_websocket(echo), headers=PLAIN, settings={"WEBSOCKET_UPGRADE_REQUIRED": True})
    status, fields = conversation.client.head()
    assert (status, fields["upgrade"]) == (426, "websocket")
    assert b"WebSocket is required" in conversation.client.file.read()


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


LISTED = {
    "listed": [MIDDLEWARE],
    "after CommonMiddleware": ["django.middleware.common.CommonMiddleware", MIDDLEWARE],
    "twice": [MIDDLEWARE, MIDDLEWARE],
}


@pytest.mark.parametrize(
    ("decorator", "middleware"),
    [
        (accept_websocket, []),
        *((accept_websocket, listed) for listed in LISTED.values()),
        *((lambda view: view, listed) for listed in LISTED.values()),
    ],
    ids=["decorator only", *(f"decorator, middleware {how}" for how in LISTED), *LISTED],
)
@pytest.mark.parametrize("settings", [{}, {"WEBSOCKET_ACCEPT_ALL": True}], ids=["", "accept all"])
def test_ruling_17_each_request_is_handled_once(talk, decorator, middleware, settings):
    runs = []

    def view(request):
        runs.append(request)
        echo(request)

    view.accept_websocket = True
    answers = play(talk, decorator(view), frame(TEXT, "once"), middleware=middleware, settings=settings)
    assert answers == [(TEXT, b"once"), (CLOSE, close_payload())]
    assert len(runs) == 1


@pytest.mark.parametrize(
    "path",
    [
        "dwebsocket.accept_websocket",
        "dwebsocket.require_websocket",
        "dwebsocket.decorators.accept_websocket",
        "dwebsocket.decorators.require_websocket",
        "dwebsocket.middleware.WebSocketMiddleware",
        "dwebsocket.backends.default.factory.WebSocketFactory",
        "django_websocket.accept_websocket",
        "django_websocket.require_websocket",
        "django_websocket.decorators.accept_websocket",
        "django_websocket.decorators.require_websocket",
        "django_websocket.middleware.WebSocketMiddleware",
    ],
)
def test_ruling_18_what_people_import_can_be_imported(path):
    module, _, name = path.rpartition(".")
    assert callable(getattr(importlib.import_module(module), name))


def test_ruling_19_a_message_in_fragments_arrives_whole(talk, kept):
    text = json.dumps({"key": "é" * 500}, ensure_ascii=False).encode()
    pieces = [text[at : at + 7] for at in range(0, len(text), 7)]
    frames = [frame(TEXT if at == 0 else 0, piece, fin=False) for at, piece in enumerate(pieces)]
    play(talk, kept.view(lambda request: json.loads(request.websocket.wait())), *frames, frame(0))
    assert kept == [{"key": "é" * 500}]


def test_ruling_20_a_message_over_the_limit_ends_with_1009(talk):
    conversation = talk(require_websocket(echo), settings={"WEBSOCKET_MAX_MESSAGE_SIZE": 1000})
    conversation.client.send(bytes(1000))
    assert conversation.client.message() == bytes(1000)
    conversation.client.send_frame(BINARY, bytes(600), fin=False)
    conversation.client.send_frame(0, bytes(401))
    [(opcode, payload)] = conversation.client.rest()
    assert (opcode, payload[:2]) == (CLOSE, close_payload(1009))


def test_ruling_21_a_pong_that_nobody_asked_for_is_ignored(talk):
    assert play(talk, require_websocket(echo), frame(PONG, "x"), frame(TEXT, "a"))[0] == (TEXT, b"a")


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
    conversation = talk(
        require_websocket(echo), settings={"WEBSOCKET_PING_INTERVAL": 0.01, "WEBSOCKET_PING_TIMEOUT": LIMIT}
    )
    for _ in range(3):
        opcode, payload = conversation.client.frame()
        assert opcode == PING
        conversation.client.send_frame(PONG, payload)
    conversation.client.send("here")
    while (answer := conversation.client.frame())[0] == PING:
        pass
    assert answer == (TEXT, b"here")


@pytest.mark.parametrize("timeout", [None, 0.001], ids=["waits for ever", "waits in small steps"])
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
    client = talk(
        require_websocket(echo), settings={"WEBSOCKET_PING_INTERVAL": 0.01, "WEBSOCKET_PING_TIMEOUT": None}
    ).client
    assert [client.frame()[0] for _ in range(4)] == [PING] * 4


def test_ruling_22_pings_can_be_turned_off(talk, monkeypatch):
    waits = threading.Semaphore(0)
    keep_alive = Exchange._keep_alive
    monkeypatch.setattr("dwebsocket.keepalive._LONGEST_WAIT", 0.01)
    monkeypatch.setattr(Exchange, "_keep_alive", lambda self: (keep_alive(self), waits.release()))
    client = talk(require_websocket(echo), settings={"WEBSOCKET_PING_INTERVAL": None}).client
    assert all(waits.acquire(timeout=LIMIT) for _ in range(3))
    client.send("no ping before this")
    assert client.frame() == (TEXT, b"no ping before this")


@pytest.mark.parametrize(
    ("origin", "settings", "status"),
    [
        (None, {}, 101),
        ("http://testserver", {}, 101),
        ("https://testserver", {}, 101),
        ("http://TESTSERVER:80", {}, 101),
        ("http://testserver:8000", {}, 403),
        ("http://evil.example", {}, 403),
        ("http://testserver.evil.example", {}, 403),
        ("null", {}, 403),
        ("https://trusted.example", {"CSRF_TRUSTED_ORIGINS": ["https://trusted.example"]}, 101),
        ("https://a.trusted.example", {"CSRF_TRUSTED_ORIGINS": ["https://*.trusted.example"]}, 101),
        ("https://untrusted.example", {"CSRF_TRUSTED_ORIGINS": ["https://*.trusted.example"]}, 403),
        ("http://evil.example", {"WEBSOCKET_ALLOWED_ORIGINS": ["*"]}, 101),
        ("https://a.example", {"WEBSOCKET_ALLOWED_ORIGINS": ["https://a.example"]}, 101),
        ("http://a.example", {"WEBSOCKET_ALLOWED_ORIGINS": ["https://a.example"]}, 403),
        ("http://testserver", {"WEBSOCKET_ALLOWED_ORIGINS": ["https://a.example"]}, 403),
        (None, {"WEBSOCKET_ALLOWED_ORIGINS": []}, 101),
    ],
)
def test_ruling_23_a_page_of_another_site_may_not_connect(talk, origin, settings, status):
    headers = UPGRADE if origin is None else {**UPGRADE, "Origin": origin}
    if status == 101:
        talk(require_websocket(echo), headers=headers, settings=settings)
    else:
        answer = talk.request(require_websocket(echo), headers=headers, settings=settings).finished()
        assert answer.status == status


@pytest.mark.parametrize(
    ("decorator", "settings"),
    [
        (accept_websocket(subprotocols=["chat", "superchat"]), {}),
        (require_websocket, {"WEBSOCKET_SUBPROTOCOLS": ["chat", "superchat"]}),
        (accept_websocket(subprotocols=["chat"]), {"WEBSOCKET_SUBPROTOCOLS": ["superchat"]}),
    ],
    ids=["decorator", "setting", "decorator before setting"],
)
def test_ruling_24_a_subprotocol_is_agreed(talk, kept, decorator, settings):
    view = kept.view(lambda request: request.websocket.subprotocol, decorator)
    conversation = talk(view, headers={**UPGRADE, "Sec-WebSocket-Protocol": "other, chat"}, settings=settings)
    conversation.client.close()
    conversation.client.rest()
    conversation.finished()
    assert conversation.handshake["sec-websocket-protocol"] == "chat"
    assert kept == ["chat"]


def test_ruling_24_without_agreement_there_is_no_subprotocol(talk, kept):
    view = kept.view(lambda request: request.websocket.subprotocol)
    play(talk, view, headers={**UPGRADE, "Sec-WebSocket-Protocol": "other"})
    assert kept == [None]
