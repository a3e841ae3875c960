"""What clients send is answered with a status, never with an error, and cannot forge lines of the log."""

import logging
import socket

import pytest
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.test import RequestFactory, override_settings
from django.urls import re_path
from hypothesis import example, given
from hypothesis import strategies as st

from dwebsocket import accept_websocket
from tests.support.helpers import CLOSE, UPGRADE, close_payload, environ, frame

FORGED = "/\r\nERROR forged\x1b[2J"
ESCAPED = r"/\r\nERROR forged\x1b[2J"


class Lines(logging.Handler):
    """What is logged: logger, level, text and whether there is a traceback."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def emit(self, record):
        self.seen.append((record.name, record.levelname, record.getMessage(), bool(record.exc_info)))

    def __enter__(self):
        logging.getLogger().addHandler(self)
        return self.seen

    def __exit__(self, *exc):
        logging.getLogger().removeHandler(self)


@accept_websocket
def returns(request):
    return HttpResponse()


@accept_websocket
def fails(request):
    raise ValueError("as it should")


def answer_to(view, headers=UPGRADE, **more):
    """What Django answers on behalf of a view to a client that has left: 200 if the handshake was accepted."""
    ours, theirs = socket.socketpair()
    theirs.close()
    with ours:
        return handled(view, WSGIRequest(environ(ours, headers, **more)))


def handled(view, request):
    """What Django answers, and logs."""
    handler = BaseHandler()
    with override_settings(ROOT_URLCONF=(re_path("", view),)):
        handler.load_middleware()
        return handler.get_response(request)


# The log


def test_the_url_of_a_view_that_fails_is_escaped():
    ours, theirs = socket.socketpair()
    with ours, theirs, Lines() as lines:
        theirs.sendall(frame(CLOSE, close_payload()))
        with pytest.raises(ValueError, match="as it should"):
            fails(WSGIRequest(environ(ours, target=FORGED)))
    assert lines == [("dwebsocket", "ERROR", f"WebSocket view failed: {ESCAPED}", True)]


def test_the_url_of_a_501_is_escaped():
    with Lines() as lines:
        request = RequestFactory().get("/", PATH_INFO=FORGED, headers=UPGRADE)
        assert handled(returns, request).status_code == 501
    [(name, level, text, traceback)] = lines
    assert (name, level, traceback) == ("dwebsocket", "ERROR", False)
    assert text.endswith(f"Requested path: {ESCAPED}")


def test_a_refused_origin_is_logged_in_one_line_with_what_was_compared():
    with Lines() as lines:
        answer = answer_to(returns, {**UPGRADE, "Origin": "https://testserver:3001"}, target=FORGED)
    assert answer.status_code == 403
    expected = (
        f"WebSocket refused with 403 at {ESCAPED}: "
        "Origin https://testserver:3001 is neither http(s)://testserver nor in CSRF_TRUSTED_ORIGINS"
    )
    assert lines == [("dwebsocket", "WARNING", expected, False)]


def test_with_a_list_of_origins_the_line_names_the_setting():
    with Lines() as lines, override_settings(WEBSOCKET_ALLOWED_ORIGINS=["https://a.example"]):
        assert answer_to(returns, {**UPGRADE, "Origin": "http://\x1b[2J"}).status_code == 403
    assert [text for _, _, text, _ in lines] == [
        r"WebSocket refused with 403 at /: Origin http://\x1b[2J is not in WEBSOCKET_ALLOWED_ORIGINS"
    ]


def test_a_refused_host_is_one_line_with_djangos_words():
    with Lines() as lines:
        assert answer_to(returns, {**UPGRADE, "Host": "evil.example"}).status_code == 400
    [(name, level, text, traceback)] = lines
    assert (name, level, traceback) == ("dwebsocket", "WARNING", False)
    assert "Invalid HTTP_HOST header: 'evil.example'." in text


def test_any_other_refusal_is_one_line_of_django():
    with Lines() as lines:
        assert answer_to(returns, {**UPGRADE, "Sec-WebSocket-Key": "\x1b"}).status_code == 400
    assert [(name, level, traceback) for name, level, _, traceback in lines] == [("django.request", "WARNING", False)]


# Host and Origin

HOSTS = [
    "[",
    "]",
    "[::1",
    "::1:8000",
    "a:b:c",
    "a:port",
    "a b",
    "a,a",
    "testserver,testserver",
    "",
    "\xff",
]


@pytest.mark.parametrize("allowed", [["testserver"], ["*"]], ids=str)
@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host[:30])
def test_a_host_that_is_none_is_refused_with_and_without_origin(host, allowed):
    with Lines() as lines, override_settings(ALLOWED_HOSTS=allowed):
        for origin in ({}, {"Origin": f"http://{host}"}):
            assert answer_to(returns, {**UPGRADE, "Host": host, **origin}).status_code == 400
    assert [traceback for *_, traceback in lines] == [False, False]


def test_a_host_that_is_not_allowed_is_refused_with_and_without_origin():
    for origin in ({}, {"Origin": "http://rebound.example"}):
        assert answer_to(returns, {**UPGRADE, "Host": "rebound.example", **origin}).status_code == 400


@pytest.mark.parametrize(
    ("origin", "more", "status"),
    [
        ("http://testserver", {}, 200),
        ("https://testserver", {}, 200),
        ("https://testserver", {"wsgi.url_scheme": "https"}, 200),
        ("http://testserver", {"wsgi.url_scheme": "https"}, 403),
        ("http://testserver", {"HTTP_X_FORWARDED_PROTO": "https"}, 403),
        ("https://testserver", {"HTTP_X_FORWARDED_PROTO": "https"}, 200),
        ("http://listed.example", {"wsgi.url_scheme": "https"}, 200),
    ],
)
def test_over_tls_the_page_must_have_come_over_tls_or_be_listed(origin, more, status):
    with override_settings(
        SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"), CSRF_TRUSTED_ORIGINS=["http://listed.example"]
    ):
        assert answer_to(returns, {**UPGRADE, "Origin": origin}, **more).status_code == status


# Odd values

# Servers give applications octets as characters up to 255; CR, LF and NUL end a field.
VALUES = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"))
FIELDS = [
    "Host",
    "Origin",
    "Connection",
    "Upgrade",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Version",
    "Sec-WebSocket-Protocol",
    "Sec-WebSocket-Extensions",
    "Transfer-Encoding",
    "Cookie",
    "User-Agent",
    "X-Forwarded-Host",
]
# Not CONTENT_TYPE: Django reads it before it knows the view, and since 6.1 it lets an error through for a long one.
META = ["CONTENT_LENGTH", "SERVER_PROTOCOL", "QUERY_STRING", "REMOTE_ADDR"]
HUGE = "9" * 60_000


@given(fields=st.dictionaries(st.sampled_from(FIELDS), VALUES), meta=st.dictionaries(st.sampled_from(META), VALUES))
@example(fields={"Origin": "http://["}, meta={})
@example(fields={"Host": "[", "Origin": "http://["}, meta={})
@example(fields={"Sec-WebSocket-Extensions": f"permessage-deflate; server_max_window_bits={HUGE}"}, meta={})
@example(fields={"Sec-WebSocket-Version": HUGE}, meta={})
@example(fields={}, meta={"CONTENT_LENGTH": HUGE})
@example(fields={}, meta={"CONTENT_LENGTH": "\xb2"})
@example(fields={}, meta={"SERVER_PROTOCOL": f"HTTP/{HUGE}"})
@example(fields={"Host": f"testserver:{HUGE}", "Origin": f"http://testserver:{HUGE}"}, meta={})
@example(fields=dict.fromkeys(FIELDS, "ÿ" * 60000), meta=dict.fromkeys(META, "\xff" * 60_000))
def test_no_value_is_an_error_or_a_traceback(fields, meta):
    with Lines() as lines:
        answer = answer_to(returns, {**UPGRADE, **fields}, **meta)
    assert answer.status_code == 200 or 400 <= answer.status_code < 500
    assert [line for line in lines if line[1] != "WARNING" or line[3]] == []
