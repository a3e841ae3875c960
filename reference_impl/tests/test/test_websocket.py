"""`ClientWebSocket`: messages, the end of a connection, and waits."""

import threading
from unittest import mock

import pytest
from django.test import SimpleTestCase, override_settings
from django.utils import timezone

from dwebsocket import WebSocketClosed
from dwebsocket.exceptions import DWebSocketError
from dwebsocket.test import Ended, NothingArrived, Refused, Unexpected, WebSocketTestError, peer
from tests.support.helpers import LIMIT, PING

from .project import SHORT, Views, stuck_until, told


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

    def test_a_message_that_is_not_json_is_shown(self):
        with self.connect("/echo/") as ws:
            ws.send("{")
            with pytest.raises(Unexpected, match=r"'\{', which is not JSON"):
                ws.receive_json()

    def test_a_message_that_is_neither_text_nor_bytes_is_refused_before_it_is_sent(self):
        with self.connect("/echo/") as ws:
            with pytest.raises(TypeError, match=r"dict; use send_json\(\)"):
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
            with pytest.raises(Ended, match="closed by the test, so there are no more messages") as ended:
                ws.receive()
        assert told == [[], 1006, ""]
        assert (ws.close_code, ended.value.code) == (None, None)

    def test_what_the_view_says_when_it_closes_is_known(self):
        with self.connect("/closes/") as ws:
            assert ws.receive() == "last words"
            with pytest.raises(
                Ended, match=r"/closes/ was closed with 4001 \(enough\), so there are no more messages"
            ) as ended:
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

    def test_a_timeout_names_what_was_awaited_and_the_line_that_the_view_executes(self):
        waits = {
            "receive": "No message arrived",
            "settle": "No Pong arrived",
            "assert_nothing": "No Pong arrived",
            "wait_ended": "The view did not return",
        }
        with self.connect("/stuck/") as ws:
            for name, what in waits.items():
                with pytest.raises(NothingArrived, match=rf"{what} within 0\.01 s\. .* /stuck/ .*line \d+, in stuck\."):
                    getattr(ws, name)(timeout=SHORT)
            stuck_until.set()

    def test_a_handshake_without_an_answer_times_out(self):
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
            pytest.raises(NothingArrived, match=r"No handshake response arrived.*, in middleware"),
        ):
            self.connect("/echo/")

    def test_that_nothing_comes_is_known_without_waiting_in_hope(self):
        with self.connect("/told/") as ws:
            ws.send("no answer to this")
            ws.assert_nothing()

    def test_an_unexpected_message_is_shown_and_not_lost(self):
        with self.connect("/echo/") as ws:
            ws.send("surprise")
            with pytest.raises(Unexpected, match="/echo/ sent 'surprise'"):
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
