"""`WebSocketClient`, used in Django's test cases: handshakes, limits, several clients, and the README."""

import re
import unittest

import pytest
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.test import Client, RequestFactory, SimpleTestCase, override_settings
from django.urls import path
from django.utils import timezone, translation

from dwebsocket.test import ClientWebSocket, Ended, Refused, WebSocketClient
from tests.integration.test_readme import section

from .project import STACK, Views, chatting, echo, hearing


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
        with pytest.raises(Refused, match=r"/echo/ did not open a WebSocket: 403 Forbidden\. This origin") as refused:
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
