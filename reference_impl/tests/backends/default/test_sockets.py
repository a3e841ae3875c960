"""The table of finders: no server here, only what each one leaves in ``request.META``."""

import io
import socket
from types import SimpleNamespace

import pytest
from django.core.handlers.wsgi import LimitedStream, WSGIHandler, WSGIRequest
from django.test import override_settings
from django.urls import path

from dwebsocket import ServerNotSupported, accept_websocket
from dwebsocket.backends.default.sockets import FINDERS, find_socket
from dwebsocket.backends.default.unsupported_servers import ADVICE
from tests.support.helpers import environ

EARLY = b"octets that were read too early"


class RequestInput:
    """``wsgi.input`` of gevent.pywsgi and cheroot: it wraps the reader."""

    def __init__(self, rfile):
        self.rfile = rfile


class OldUnreader:
    """gunicorn's look-ahead buffer before version 26."""

    def __init__(self, early):
        self.buf = io.BytesIO(early)


class Unreader(OldUnreader):
    """And since."""

    def take_buffered(self):
        return self.buf.getvalue()


def gunicorn(kind):
    def meta(sock, reader):
        body = SimpleNamespace(reader=SimpleNamespace(unreader=kind(reader.read(len(EARLY)))))
        return {"gunicorn.socket": sock, "wsgi.input": body}

    return meta


class EventletInput:
    """``wsgi.input`` of eventlet.wsgi, which is also in the environ under a name of its own."""

    def __init__(self, sock, rfile):
        self.rfile = rfile
        self.get_socket = lambda: sock


def eventlet(sock, reader):
    body = EventletInput(sock, reader)
    return {"eventlet.input": body, "wsgi.input": body}


METAS = {
    "gunicorn": gunicorn(Unreader),
    "gunicorn 25": gunicorn(OldUnreader),
    "eventlet.wsgi": eventlet,
    "werkzeug": lambda sock, reader: {"werkzeug.socket": sock, "wsgi.input": reader},
    "runserver": lambda sock, reader: {"wsgi.input": LimitedStream(reader, 0)},
    "wsgiref": lambda sock, reader: {"wsgi.input": reader},
    "gevent.pywsgi, cheroot": lambda sock, reader: {"wsgi.input": RequestInput(reader)},
}


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    reader = ours.makefile("rb")
    yield ours, theirs, reader
    for thing in (reader, ours, theirs):
        thing.close()


@pytest.mark.parametrize("meta", METAS.values(), ids=METAS)
def test_the_socket_is_found_with_the_octets_that_were_read_too_early(pair, meta):
    ours, theirs, reader = pair
    theirs.sendall(b"\n" + EARLY)
    assert reader.readline() == b"\n"
    found = find_socket(meta(ours, reader))
    assert (found.sock, found.early) == (ours, EARLY)


@pytest.mark.parametrize("name", [name for name in METAS if not name.startswith("gunicorn")])
def test_when_nothing_was_read_too_early_nobody_waits_for_it(pair, name):
    ours, _, reader = pair
    ours.settimeout(10)
    assert find_socket(METAS[name](ours, reader)).early == b""
    assert ours.gettimeout() == 10


def test_a_reader_that_gives_nothing_any_more_has_nothing_left_over(pair):
    ours, _, reader = pair
    ours.settimeout(0.01)
    with pytest.raises(TimeoutError):
        reader.read(1)
    assert find_socket(METAS["wsgiref"](ours, reader)).early == b""


def test_every_finder_has_its_server_in_these_tests(pair):
    ours, theirs, reader = pair
    names = set()
    for meta in METAS.values():
        theirs.sendall(EARLY)
        names.add(find_socket(meta(ours, reader)).server)
    assert names == {finder.name for finder in FINDERS}


def test_an_unknown_server_is_named_with_all_that_was_tried():
    with pytest.raises(ServerNotSupported) as caught:
        find_socket({"SERVER_SOFTWARE": "Strange/1.0", "wsgi.input": object()})
    assert caught.value.server == "Strange/1.0"
    assert "Strange/1.0" in str(caught.value)
    for finder in FINDERS:
        assert finder.name in str(caught.value)


def test_a_server_that_has_changed_inside_is_told_from_an_unknown_one():
    with pytest.raises(ServerNotSupported, match=r"gunicorn.* recognised, but META.* does not exist"):
        find_socket({"gunicorn.socket": object(), "wsgi.input": io.BytesIO()})


def test_without_socket_the_client_gets_501_and_the_log_tells_why_once(caplog):
    meta = environ(None, SERVER_SOFTWARE="Strange/1.0")
    del meta["gunicorn.socket"]
    response = get_wsgi_response(accept_websocket(pytest.fail), meta)
    assert response.status_code == 501
    assert b"Strange/1.0" in response.content
    assert ADVICE.encode() in response.content
    assert int(response["Content-Length"]) == len(response.content)
    [record] = caplog.records
    assert "Strange/1.0" in record.getMessage()
    assert "/" in record.getMessage()


def get_wsgi_response(view, meta):
    """The whole way through Django, where a 501 is logged as well."""
    with override_settings(ROOT_URLCONF=(path("", view),), MIDDLEWARE=[]):
        return WSGIHandler().get_response(WSGIRequest(meta))
