"""`dwebsocket.test.WebSocketClient`, used as people use it: in Django's TestCase, with a URLconf and middleware."""

import json
import re
import subprocess
import sys
import threading
import time
import unittest
from unittest import mock

import pytest
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import close_old_connections, connection, connections, transaction
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory, SimpleTestCase, TestCase, TransactionTestCase, override_settings
from django.urls import path
from django.utils import timezone, translation

from dwebsocket import WebSocketClosed, accept_websocket, require_websocket
from dwebsocket.exceptions import DWebSocketError
from dwebsocket.test import (
    ClientWebSocket,
    Ended,
    NothingArrived,
    Refused,
    Unexpected,
    WebSocketClient,
    WebSocketTestError,
    peer,
    sharing,
)

from .helpers import LIMIT, PING
from .test_readme import section

SHORT = 0.01
STACK = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "dwebsocket.middleware.WebSocketMiddleware",
]


@pytest.fixture(scope="module", autouse=True)
def tables():
    """The tables of the database in memory; no test runner makes them here."""
    call_command("migrate", run_syncdb=True, verbosity=0)
    yield
    call_command("flush", interactive=False, verbosity=0)


@accept_websocket(subprotocols=["chat", "superchat"])
def echo(request):
    if request.is_websocket():
        for message in request.websocket:
            request.websocket.send(message)
    return HttpResponse("a page")


@require_websocket
def about(request):
    user = getattr(request, "user", None)
    request.websocket.send(
        json.dumps(
            {
                "user": user and user.get_username(),
                "room": request.GET.get("room"),
                "colour": request.COOKIES.get("colour"),
                "host": request.get_host(),
                "secure": request.is_secure(),
                "address": request.META["REMOTE_ADDR"],
                "agent": request.headers.get("User-Agent"),
                "extensions": request.headers.get("Sec-WebSocket-Extensions"),
            }
        )
    )


@require_websocket
def fails(request):
    request.websocket.wait()
    raise LookupError("a mistake in the view")


@require_websocket
def not_found(request):
    raise Http404("gone")


@require_websocket
def closes(request):
    request.websocket.send("last words")
    request.websocket.close(4001, "enough")


@require_websocket
def counts_users(request):
    for name in request.websocket:
        if name:
            User.objects.create(username=name)
        request.websocket.send(str(User.objects.count()))


@require_websocket
def names_users(request):
    for _ in request.websocket:
        close_old_connections()
        with transaction.atomic():
            names = [user.username for user in User.objects.all()]
        request.websocket.send(json.dumps(names))


@require_websocket
@transaction.atomic
def selfish(request):
    User.objects.count()
    request.websocket.send("mine")
    stuck_until.wait(LIMIT)


@require_websocket
def thrifty(request):
    connection.close()
    request.websocket.send(str(User.objects.count()))


@require_websocket
def counts_visits(request):
    request.session["visits"] = request.session.get("visits", 0) + 1


chatting = set()


@require_websocket
def chat(request):
    chatting.add(request.websocket)
    request.websocket.send("welcome")
    try:
        for message in request.websocket:
            for websocket in chatting - {request.websocket}:
                websocket.send(message)
    finally:
        chatting.remove(request.websocket)


@require_websocket
def hearing(request):
    """A chat without a word of its own."""
    chatting.add(request.websocket)
    for message in request.websocket:
        for websocket in chatting - {request.websocket}:
            websocket.send(message)
    chatting.remove(request.websocket)


stuck_until = threading.Event()


@require_websocket
def stuck(request):
    stuck_until.wait(LIMIT)


@require_websocket
def never_reads(request):
    while True:
        request.websocket.send("tick")
        time.sleep(SHORT)


told = []


@require_websocket
def tells_how_it_ended(request):
    told[:] = [list(request.websocket), request.websocket.close_code, request.websocket.close_reason]


@require_websocket
def where_in_the_world(request):
    request.websocket.send(f"{translation.get_language()} {timezone.get_current_timezone_name()}")


@require_websocket
@transaction.atomic
def rolls_back(request):
    User.objects.create(username="nobody")
    raise LookupError("all for nothing")


urlpatterns = [
    path("echo/", echo),
    path("about/", about),
    path("about/members/", login_required(about)),
    path("fails/", fails),
    path("gone/", not_found),
    path("closes/", closes),
    path("users/", counts_users),
    path("names/", names_users),
    path("selfish/", selfish),
    path("thrifty/", thrifty),
    path("visits/", counts_visits),
    path("chat/", chat),
    path("stuck/", stuck),
    path("clock/", never_reads),
    path("told/", tells_how_it_ended),
    path("world/", where_in_the_world),
    path("atomic/", rolls_back),
    path("page/", lambda request: HttpResponse("only a page")),
    path("stream/", lambda request: StreamingHttpResponse(iter(["a ", "page"]))),
]


class Views:
    """The project of these tests."""

    client_class = WebSocketClient

    @classmethod
    def setUpClass(cls):
        project = override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=STACK)
        project.enable()
        cls.addClassCleanup(project.disable)
        super().setUpClass()

    def connect(self, *args, **kwargs):
        return self.client.connect(*args, **kwargs)


class MessageTests(Views, SimpleTestCase):
    def test_text_and_bytes_come_back_as_they_went(self):
        with self.connect("/echo/") as ws:
            for message in ("é", b"\xff", "", b"", "x" * 70_000, bytes(200)):
                ws.send(message)
                assert ws.receive() == message

    def test_json_is_sent_and_received(self):
        with self.connect("/echo/") as ws:
            ws.send_json({"a": [1, None], "when": timezone.now().date()})
            assert ws.receive_json() == {"a": [1, None], "when": timezone.now().date().isoformat()}

    def test_what_is_no_json_is_shown(self):
        with self.connect("/echo/") as ws:
            ws.send("{")
            with pytest.raises(Unexpected, match=r"'\{', which is not JSON"):
                ws.receive_json()

    def test_a_message_that_is_neither_text_nor_bytes_is_refused_before_it_is_sent(self):
        with self.connect("/echo/") as ws:
            with pytest.raises(TypeError, match=r"dict; send_json\(\) takes"):
                ws.send({"a": 1})
            ws.assert_nothing()

    def test_all_messages_up_to_the_close_can_be_had_at_once(self):
        with self.connect("/closes/") as ws:
            assert list(ws) == ["last words"]

    def test_what_is_large_or_much_never_blocks(self):
        with self.connect("/echo/", compression=False) as ws:
            for _ in range(8):
                ws.send(bytes(1 << 20))
            assert [len(ws.receive()) for _ in range(8)] == [1 << 20] * 8

    def test_messages_are_compressed_both_ways_if_that_is_agreed(self):
        for bits in (8, 9, 15):
            for takeover in (True, False):
                with (
                    override_settings(
                        WEBSOCKET_COMPRESSION_WINDOW_BITS=bits,
                        WEBSOCKET_COMPRESSION_CONTEXT_TAKEOVER=takeover,
                        WEBSOCKET_COMPRESSION_THRESHOLD=0,
                    ),
                    self.connect("/echo/") as ws,
                ):
                    for message in ("again and again " * 200, "", "again and again " * 200):
                        ws.send(message)
                        assert ws.receive() == message

    def test_compression_is_offered_unless_the_test_says_otherwise(self):
        for compression, offer in ((True, "permessage-deflate; client_max_window_bits"), (False, None)):
            with self.connect("/about/", compression=compression) as ws:
                assert ws.receive_json()["extensions"] == offer


@override_settings(WEBSOCKET_MAX_MESSAGE_SIZE=1000)
class LimitTests(Views, SimpleTestCase):
    def test_the_limits_of_the_settings_hold_for_what_is_inflated(self):
        for compression in (True, False):
            with self.connect("/echo/", compression=compression) as ws:
                ws.send("x" * 1001)
                with pytest.raises(Ended) as caught:
                    ws.receive()
                assert caught.value.code == 1009


class HandshakeTests(Views, SimpleTestCase):
    def test_the_view_sees_the_request_as_it_was_made(self):
        self.client.cookies["colour"] = "red"
        with self.connect("/about/?room=7", headers={"User-Agent": "test"}, secure=True, REMOTE_ADDR="10.0.0.1") as ws:
            seen = ws.receive_json()
        assert seen == {
            "user": "",
            "room": "7",
            "colour": "red",
            "host": "testserver",
            "secure": True,
            "address": "10.0.0.1",
            "agent": "test",
            "extensions": seen["extensions"],
        }

    def test_the_query_may_be_given_as_for_a_page(self):
        with self.connect("/about/", {"room": "a b"}) as ws:
            assert ws.receive_json()["room"] == "a b"

    def test_defaults_of_the_client_hold(self):
        self.client = WebSocketClient(SERVER_NAME="example.com", HTTP_USER_AGENT="default")
        for extra, host in (({}, "example.com"), ({"SERVER_PORT": "8000"}, "example.com:8000")):
            with self.connect("/about/", **extra) as ws:
                seen = ws.receive_json()
            assert (seen["host"], seen["agent"]) == (host, "default")

    def test_a_subprotocol_is_agreed_or_not(self):
        for offered, agreed in ((["other", "superchat", "chat"], "superchat"), (["other"], None), ([], None)):
            with self.connect("/echo/", subprotocols=offered) as ws:
                assert ws.subprotocol == agreed

    def test_the_origin_is_checked_if_there_is_one(self):
        with self.connect("/echo/", origin="http://testserver"):
            pass
        with pytest.raises(Refused, match=r"/echo/: 403 Forbidden\. This origin is not allowed") as refused:
            self.connect("/echo/", origin="https://evil.example")
        assert refused.value.response.status_code == 403

    def test_refusals_carry_the_answer(self):
        for target, headers, status in (
            ("/page/", {}, 400),
            ("/nowhere/", {}, 404),
            ("/echo/", {"Sec-WebSocket-Key": "short"}, 400),
            ("/echo/", {"Connection": "close"}, 400),
            ("/echo/", {"Host": "unknown.example"}, 400),
        ):
            with self.subTest(target, headers=headers), pytest.raises(Refused) as refused:
                self.connect(target, headers=headers)
            assert refused.value.response.status_code == status

    def test_fields_that_only_the_socket_is_told_are_in_the_answer(self):
        with pytest.raises(Refused) as refused:
            self.connect("/echo/", headers={"Sec-WebSocket-Version": "8"})
        response = refused.value.response
        assert (response.status_code, response["Sec-WebSocket-Version"], response["Upgrade"]) == (
            426,
            "13",
            "websocket",
        )

    def test_without_websocket_in_the_request_a_page_comes(self):
        with pytest.raises(Refused, match=r"200 OK\. a page"):
            self.connect("/echo/", headers={"Upgrade": ""})
        with override_settings(WEBSOCKET_ACCEPT_ALL=True), pytest.raises(Refused) as refused:
            self.connect("/stream/", headers={"Upgrade": "h2c"})
        assert refused.value.response.getvalue() == b"a page"

    def test_middleware_that_fails_raises_in_the_test(self):
        with override_settings(MIDDLEWARE=["no.such.Middleware"]), pytest.raises(ImportError, match="no"):
            self.connect("/echo/")

    def test_without_middleware_a_decorated_view_is_reached_all_the_same(self):
        with override_settings(MIDDLEWARE=[]), self.connect("/echo/") as ws:
            ws.send("here")
            assert ws.receive() == "here"

    def test_a_factory_that_the_settings_name_for_a_server_is_not_asked(self):
        uwsgi = "dwebsocket.backends.uwsgi.factory.uWsgiWebSocketFactory"
        with override_settings(WEBSOCKET_FACTORY_CLASS=uwsgi), self.connect("/echo/") as ws:
            ws.send("here")
            assert ws.receive() == "here"

    def test_the_host_must_be_allowed_as_for_pages(self):
        with override_settings(ALLOWED_HOSTS=[]), pytest.raises(Refused) as refused:
            self.connect("/about/")
        assert refused.value.response.status_code == self.client.get("/about/").status_code == 400


class EndTests(Views, SimpleTestCase):
    def test_the_view_is_told_code_and_reason_of_our_close(self):
        with self.connect("/told/") as ws:
            ws.send("a")
            ws.close(3001, "bye")
            ws.close(3002, "not sent")
            with pytest.raises(Ended, match="so nothing can be sent"):
                ws.send("b")
        assert told == [["a"], 3001, "bye"]
        assert (ws.close_code, ws.close_reason) == (3001, "")

    def test_the_end_of_the_with_statement_closes(self):
        with self.connect("/told/") as ws:
            assert (ws.close_code, ws.close_reason) == (None, "")
        assert told == [[], 1000, ""]
        assert ws.close_code == 1000

    def test_a_bad_code_or_reason_is_refused_before_it_is_sent(self):
        with self.connect("/told/") as ws:
            for code, reason in ((999, ""), (1005, ""), (1000, "x" * 124)):
                with pytest.raises(ValueError, match="close"):
                    ws.close(code, reason)
        assert told[1] == 1000

    def test_who_vanishes_has_not_closed(self):
        with self.connect("/told/") as ws:
            ws.vanish()
            ws.wait_ended()
            with pytest.raises(Ended, match="closed by the test, so no message comes") as ended:
                ws.receive()
        assert told == [[], 1006, ""]
        assert (ws.close_code, ended.value.code) == (None, None)

    def test_what_the_view_says_when_it_closes_is_known(self):
        with self.connect("/closes/") as ws:
            assert ws.receive() == "last words"
            with pytest.raises(Ended, match=r"/closes/ was closed with 4001 \(enough\), so no message comes") as ended:
                ws.receive()
            with pytest.raises(Ended, match="so nothing can be sent"):
                ws.send("too late")
        assert (ws.close_code, ws.close_reason) == (ended.value.code, ended.value.reason) == (4001, "enough")

    def test_an_exception_of_the_view_is_raised_by_whoever_notices_first(self):
        for notice in ("receive", "assert_nothing", "wait_ended"):
            with self.subTest(notice), self.connect("/fails/") as ws:
                ws.send("go on")
                with pytest.raises(LookupError, match="a mistake in the view"):
                    getattr(ws, notice)()
                with pytest.raises(Ended) as ended:
                    ws.send("again")
                assert ended.value.code == 1011

    def test_an_exception_of_the_view_is_raised_at_the_latest_at_the_end(self):
        with pytest.raises(LookupError, match="a mistake in the view"), self.connect("/fails/") as ws:
            ws.send("go on")

    def test_an_exception_of_the_view_may_be_left_alone_as_in_the_client_for_pages(self):
        self.client.raise_request_exception = False
        with self.connect("/fails/") as ws:
            ws.send("go on")
            with pytest.raises(Ended, match="closed with 1011"):
                ws.receive()

    def test_an_exception_that_django_has_an_answer_for_ends_with_1011(self):
        with self.connect("/gone/") as ws, pytest.raises(Ended) as ended:
            ws.receive()
        assert ended.value.code == 1011

    def test_the_error_of_a_test_is_not_replaced_by_one_of_the_view(self):
        with pytest.raises(ZeroDivisionError), self.connect("/fails/"):
            _ = 1 / 0

    def test_all_failures_are_failures_of_the_test(self):
        for kind in (Ended, NothingArrived, Refused, Unexpected):
            assert issubclass(kind, WebSocketTestError)
        assert issubclass(WebSocketTestError, AssertionError)
        assert issubclass(WebSocketTestError, DWebSocketError)
        assert not issubclass(WebSocketTestError, WebSocketClosed)


class WaitingTests(Views, SimpleTestCase):
    def setUp(self):
        stuck_until.clear()

    def test_each_wait_has_a_limit_and_says_what_it_waited_for_and_where_the_view_is(self):
        waits = {
            "receive": "No message came",
            "settle": "No answer to a Ping came",
            "assert_nothing": "No answer to a Ping came",
            "wait_ended": "The view did not end",
        }
        with self.connect("/stuck/") as ws:
            for name, what in waits.items():
                with pytest.raises(NothingArrived, match=rf"{what} within 0\.01 s .* /stuck/, .*line \d+, in stuck"):
                    getattr(ws, name)(timeout=SHORT)
            stuck_until.set()

    def test_a_handshake_that_nobody_answers_has_a_limit(self):
        def slow(get_response):
            def middleware(request):
                stuck_until.wait(LIMIT)
                return get_response(request)

            return middleware

        self.client.timeout = SHORT
        self.addCleanup(stuck_until.set)
        globals()["slow"] = slow
        with (
            override_settings(MIDDLEWARE=[f"{__name__}.slow"]),
            pytest.raises(NothingArrived, match=r"No answer to the opening handshake.*, in middleware"),
        ):
            self.connect("/echo/")

    def test_that_nothing_comes_is_known_without_waiting_in_hope(self):
        with self.connect("/told/") as ws:
            ws.send("no answer to this")
            ws.assert_nothing()

    def test_what_comes_against_expectation_is_shown_and_not_lost(self):
        with self.connect("/echo/") as ws:
            ws.send("surprise")
            with pytest.raises(Unexpected, match="/echo/ has sent 'surprise'"):
                ws.assert_nothing()
            assert ws.receive() == "surprise"
            ws.assert_nothing()

    def test_a_closed_connection_is_settled(self):
        with self.connect("/closes/") as ws:
            assert ws.receive() == "last words"
            ws.settle()
            ws.wait_ended()
            ws.assert_nothing()

    def test_a_view_that_only_sends_ends_when_the_client_leaves(self):
        for leave in ("close", "vanish"):
            with self.connect("/clock/") as ws:
                assert ws.receive() == "tick"
                getattr(ws, leave)()

    def test_pings_of_a_waiting_view_are_answered(self):
        def take_ping(*args):
            answer(*args)
            answered.release()

        answer, answered = peer._TAKE[PING], threading.Semaphore(0)
        with (
            mock.patch.dict(peer._TAKE, {PING: take_ping}),
            override_settings(WEBSOCKET_PING_INTERVAL=SHORT, WEBSOCKET_PING_TIMEOUT=LIMIT),
            self.connect("/echo/") as ws,
        ):
            assert all(answered.acquire(timeout=LIMIT) for _ in range(3))
            ws.send("still here")
            assert ws.receive() == "still here"


class SeveralTests(Views, SimpleTestCase):
    def test_several_clients_talk_to_each_other(self):
        with self.connect("/chat/") as one, WebSocketClient().connect("/chat/") as two, self.connect("/chat/") as three:
            everybody = (one, two, three)
            assert [ws.receive() for ws in everybody] == ["welcome"] * 3
            one.send("hello")
            assert [two.receive(), three.receive()] == ["hello", "hello"]
            one.settle()
            one.assert_nothing()
            two.close()
            two.wait_ended()
            three.send("bye")
            assert one.receive() == "bye"
            three.settle()
            assert len(chatting) == 2
        assert chatting == set()

    def test_each_gets_the_exception_of_its_own_view(self):
        with self.connect("/fails/") as broken, self.connect("/echo/") as sound:
            broken.send("go on")
            with pytest.raises(LookupError):
                broken.receive()
            sound.send("unharmed")
            assert sound.receive() == "unharmed"

    def test_pages_can_be_read_meanwhile(self):
        with self.connect("/echo/") as ws:
            assert self.client.get("/page/").content == b"only a page"
            ws.send("and on")
            assert ws.receive() == "and on"


class DatabaseTests(Views):
    """For test cases with and without a transaction around each test."""

    def test_the_view_sees_rows_of_the_test_and_the_test_those_of_the_view(self):
        User.objects.create(username="of the test")
        with self.connect("/users/") as ws:
            ws.send("")
            assert ws.receive() == "1"
            ws.send("of the view")
            assert ws.receive() == "2"
            assert User.objects.filter(username="of the view").exists()

    def test_the_database_is_as_before_for_the_next_test(self):
        assert not User.objects.exists()
        self.test_the_view_sees_rows_of_the_test_and_the_test_those_of_the_view()

    def test_the_connection_is_given_back(self):
        def elsewhere():
            try:
                connection_of_the_test.cursor()
            except Exception as error:
                errors.append(error)

        errors, connection_of_the_test = [], connections["default"]
        for target in ("/users/", "/fails/", "/nowhere/"):
            try:
                with self.connect(target) as ws:
                    ws.send("")
            except (LookupError, Refused):
                pass
            thread = threading.Thread(target=elsewhere)
            thread.start()
            thread.join(LIMIT)
        assert [type(error).__name__ for error in errors] == ["DatabaseError"] * 3
        assert not connection_of_the_test.allow_thread_sharing

    def test_many_views_use_the_database_at_the_same_time(self):
        User.objects.bulk_create(User(username=str(number)) for number in range(150))
        sockets = [self.connect("/names/") for _ in range(8)]
        for _ in range(10):
            for ws in sockets:
                ws.send("all of them")
        expected = sorted(map(str, range(150)))
        for ws in sockets:
            for _ in range(10):
                assert sorted(ws.receive_json()) == expected
                assert User.objects.count() == 150
        for ws in sockets:
            ws.close()
            ws.wait_ended()

    def test_a_transaction_that_does_not_end_is_named_when_somebody_waits_for_it(self):
        stuck_until.clear()
        with mock.patch.object(sharing, "LIMIT", SHORT), self.connect("/selfish/") as ws:
            assert ws.receive() == "mine"
            with pytest.raises(NothingArrived, match=r"not free within 0\.01 s: another view"):
                User.objects.count()
            stuck_until.set()
            ws.wait_ended()
            assert User.objects.count() == 0

    def test_a_view_cannot_take_the_connection_away_from_the_test(self):
        User.objects.create(username="of the test")
        with self.connect("/thrifty/") as ws:
            assert ws.receive() == "1"
            assert User.objects.count() == 1

    def test_rows_come_one_by_one_too(self):
        User.objects.bulk_create(User(username=name) for name in "abc")
        query = "SELECT username FROM auth_user ORDER BY username"
        with self.connect("/echo/"), connections["default"].cursor() as cursor:
            assert cursor.execute(query).fetchone() == ("a",)
            assert list(cursor.fetchmany()) == [("b",)]
            assert list(cursor) == [("c",)]
            assert (cursor.fetchone(), list(cursor.fetchall())) == (None, [])
            cursor.executemany("UPDATE auth_user SET first_name = %s WHERE username = %s", [("A", "a"), ("B", "b")])
            assert cursor.rowcount == 2
            assert [user.first_name for user in User.objects.order_by("username").iterator(chunk_size=1)] == [
                "A",
                "B",
                "",
            ]

    def test_a_connection_that_was_lent_has_nothing_left_of_it(self):
        def state():
            return set(vars(connections["default"])), transaction.Atomic.__enter__, transaction.Atomic.__exit__

        before = state()
        with self.connect("/users/"), self.connect("/users/"):
            assert all(now != then for now, then in zip(state(), before, strict=True))
        assert state() == before

    def test_a_view_that_fails_rolls_back_what_is_its_own(self):
        User.objects.create(username="of the test")
        with pytest.raises(LookupError), self.connect("/atomic/") as ws:
            ws.receive()
        assert [user.username for user in User.objects.all()] == ["of the test"]

    def test_a_login_is_good_for_websockets(self):
        with pytest.raises(Refused, match=r"302 Found\. /accounts/login/\?next=/about/members/") as refused:
            self.connect("/about/members/")
        self.assertRedirects(
            refused.value.response, "/accounts/login/?next=/about/members/", fetch_redirect_response=False
        )
        self.client.force_login(User.objects.create(username="me"))
        with self.connect("/about/members/") as ws:
            assert ws.receive_json()["user"] == "me"
        with pytest.raises(Refused):
            WebSocketClient().connect("/about/members/")

    def test_a_session_is_shared_and_saved(self):
        session = self.client.session
        session["visits"] = 1
        session.save()
        with self.connect("/visits/"):
            pass
        assert self.client.session["visits"] == 2

    def test_queries_of_the_view_are_counted(self):
        with self.assertNumQueries(1), self.connect("/users/") as ws:
            ws.send("")
            ws.receive()


class DatabaseInTransactionTests(DatabaseTests, TestCase):
    pass


class DatabaseWithoutTransactionTests(DatabaseTests, TransactionTestCase):
    def test_each_request_may_be_a_transaction(self):
        connection.settings_dict["ATOMIC_REQUESTS"] = True
        self.addCleanup(connection.settings_dict.update, ATOMIC_REQUESTS=False)
        with self.connect("/users/") as one, self.connect("/users/") as two:
            one.send("a")
            two.send("b")
            assert {one.receive(), two.receive()} <= {"1", "2"}
        with pytest.raises(LookupError), self.connect("/fails/"):
            pass
        assert User.objects.count() == 2


class ForbiddenDatabaseTests(Views, SimpleTestCase):
    def test_where_a_test_may_not_use_the_database_the_view_may_not_either(self):
        with self.connect("/users/") as ws:
            ws.send("")
            with pytest.raises(AssertionError, match="Database queries to 'default' are not allowed"):
                ws.receive()


class WorldTests(Views, SimpleTestCase):
    def test_language_and_time_zone_of_the_test_are_those_of_the_view(self):
        with translation.override("de"), timezone.override("Europe/Berlin"), self.connect("/world/") as ws:
            assert ws.receive() == "de Europe/Berlin"


class OtherClientTests(Views, SimpleTestCase):
    """Django's own ways to test a view, for a view of a WebSocket."""

    def test_a_plain_request_reaches_the_view(self):
        assert Client().get("/echo/").content == b"a page"
        assert echo(RequestFactory().get("/echo/")).content == b"a page"
        assert self.client.get("/echo/").content == b"a page"

    def test_a_request_for_a_websocket_is_answered_by_501_that_says_how_to_test(self):
        half = {"HTTP_UPGRADE": "websocket"}
        whole = {
            **half,
            "HTTP_HOST": "testserver",
            "HTTP_CONNECTION": "Upgrade",
            "HTTP_SEC_WEBSOCKET_KEY": "dGhlIHNhbXBsZSBub25jZQ==",
            "HTTP_SEC_WEBSOCKET_VERSION": "13",
        }
        for fields in (half, whole):
            for response in (
                Client().get("/echo/", **fields),
                self.client.get("/echo/", **fields),
                echo(RequestFactory().get("/echo/", **fields)),
            ):
                assert response.status_code == 501
                assert b"dwebsocket.test.WebSocketClient" in response.content


def run_blocks_of_the_readme(**names):
    """Run the blocks of its section in one module, and the tests that they define."""
    for block in re.findall(r"```python\n(.*?)```", section("Testing your views"), re.DOTALL):
        exec(block, names)
    suite = unittest.TestSuite()
    for name in ("EchoTests", "ChatTests"):
        suite.addTest(unittest.defaultTestLoader.loadTestsFromTestCase(names[name]))
    return suite.run(unittest.TestResult())


def test_what_the_readme_shows_works():
    urls = (path("echo", echo), path("chat", login_required(hearing)))
    with override_settings(ROOT_URLCONF=urls, MIDDLEWARE=STACK):
        result = run_blocks_of_the_readme(User=User, Refused=Refused)
    assert result.testsRun == 3
    assert result.failures + result.errors == []


def test_the_list_of_the_readme_is_complete():
    rows = re.findall(r"^\|(.*?)\|", section("Testing your views"), re.MULTILINE)
    listed = set(re.findall(r"`(?:client\.)?(\w+)(?:\(.*?\))?`", "".join(rows)))
    public = {name for name in vars(ClientWebSocket) if not name.startswith("_")}
    public |= {name for name in vars(WebSocketClient) if not name.startswith("_")}
    assert listed == (public | {"path", "subprotocol"}) - {"wait_for_answer"}  # which is for the client


def test_nothing_of_it_is_loaded_with_dwebsocket():
    """Sites in production need no `django.test`."""
    program = (
        "import sys, dwebsocket, dwebsocket.middleware, dwebsocket.apps, dwebsocket.backends.default.factory, "
        "django_websocket.middleware; "
        "print([name for name in sys.modules if name.startswith(('dwebsocket.test', 'django.test'))])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
