"""Servers without a socket for the application are called by their names."""

import sys
from io import BytesIO
from types import ModuleType

import pytest
from django.test import RequestFactory

from dwebsocket import ServerNotSupported
from dwebsocket.backends.default.sockets import FINDERS, find_socket, server_name
from dwebsocket.backends.default.unsupported_servers import (
    ADVICE,
    DJANGO_TEST_CLIENT,
    UNSUPPORTED_SERVERS,
    unsupported_server_for,
)


def body_of(module, name):
    """An object of a class with that name from that module."""
    return type(name, (), {"__module__": module})()


METAS = {
    "waitress": {"waitress.client_disconnected": print, "wsgi.input": BytesIO()},
    "mod_wsgi": {"mod_wsgi.version": (5, 0, 0), "wsgi.input": body_of("mod_wsgi", "Input")},
    "granian": {"wsgi.input": body_of("granian._granian", "WSGIBody")},
    "Twisted Web": {"wsgi.input": body_of("twisted.web.wsgi", "_InputStream")},
    "Django's test client": RequestFactory().get("/").META,
    "uvicorn": {"wsgi.input": BytesIO()},
    "tornado": {"wsgi.input": BytesIO()},
    "bjoern": {"wsgi.input": BytesIO()},
}
LOADED = {"uvicorn": "uvicorn.middleware.wsgi", "tornado": "tornado.wsgi", "bjoern": "bjoern"}


@pytest.fixture(params=METAS)
def name(request, monkeypatch):
    for module in LOADED.values():
        monkeypatch.delitem(sys.modules, module, raising=False)
    if module := LOADED.get(request.param):
        monkeypatch.setitem(sys.modules, module, ModuleType(module))
    return request.param


def test_it_is_named_with_servers_that_can(name):
    with pytest.raises(ServerNotSupported, match=name) as caught:
        find_socket(METAS[name])
    assert caught.value.server == name
    assert (ADVICE in str(caught.value)) is (name != DJANGO_TEST_CLIENT.name)
    assert caught.value.tried == ()


def test_every_stranger_is_in_these_tests():
    assert {stranger.name for stranger in UNSUPPORTED_SERVERS} == set(METAS)


def test_a_server_whose_socket_is_found_is_no_stranger(monkeypatch):
    """Its application may have imported another one's module."""
    monkeypatch.setitem(sys.modules, "tornado.wsgi", ModuleType("tornado.wsgi"))
    meta = {"gunicorn.socket": object(), "wsgi.input": BytesIO()}
    assert unsupported_server_for(meta)
    assert server_name(meta) == "gunicorn"


def test_the_advice_names_every_server_that_has_a_finder():
    names = {name.partition(" (")[0] for finder in FINDERS for name in finder.name.split(", ")}
    assert {name for name in names if name not in ADVICE} == set()
