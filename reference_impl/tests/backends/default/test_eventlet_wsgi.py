"""What eventlet.wsgi needs to be told, and what it must be asked."""

import sys
from types import ModuleType, SimpleNamespace

import pytest
from django.test import RequestFactory

from dwebsocket import conf
from dwebsocket.backends.default import eventlet_wsgi
from dwebsocket.backends.default.factory import WebSocketFactory


def meta_of(handler):
    def set_idle():
        return self

    self = handler
    return {"eventlet.set_idle": set_idle, "SERVER_PROTOCOL": "HTTP/1.0"}


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_the_version_is_the_clients(version):
    assert eventlet_wsgi.http_version(meta_of(SimpleNamespace(request_version=f"HTTP/{version}"))) == version


@pytest.mark.parametrize("meta", [{}, {"eventlet.set_idle": print}, meta_of(object())], ids=["no", "built-in", "other"])
def test_a_server_that_does_not_tell_the_version_is_trusted(meta):
    assert eventlet_wsgi.http_version(meta) == "1.1"


@pytest.fixture
def wsgi_local(monkeypatch):
    package, module = ModuleType("eventlet"), ModuleType("eventlet.wsgi")
    module.WSGI_LOCAL = SimpleNamespace(already_handled=False)
    monkeypatch.setitem(sys.modules, "eventlet", package)
    monkeypatch.setitem(sys.modules, "eventlet.wsgi", module)
    return module.WSGI_LOCAL


def test_the_server_is_told_to_write_nothing(wsgi_local):
    meta = {}
    eventlet_wsgi.suppress_response(meta)
    assert wsgi_local.already_handled
    assert meta["eventlet.minimum_write_chunk_size"] > 1 << 30


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_the_factory_asks_and_tells(wsgi_local, version):
    request = RequestFactory().get("/")
    request.META |= {"eventlet.input": object(), **meta_of(SimpleNamespace(request_version=f"HTTP/{version}"))}
    factory = WebSocketFactory(request, conf.current())
    assert factory.head().http_version == version
    assert not wsgi_local.already_handled
    factory.suppress_server_response()
    assert wsgi_local.already_handled
