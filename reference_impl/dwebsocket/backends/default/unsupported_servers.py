"""Servers on which WebSockets are impossible, so that error messages can name them.

They give the application a copy of the request and no access to the connection. Servers that cannot be identified by
``request.META`` alone are recognised by the type of ``wsgi.input`` together with a module that only they import.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

__all__ = ["ADVICE", "DJANGO_TEST_CLIENT", "UNSUPPORTED_SERVERS", "UnsupportedServer", "unsupported_server_for"]

Meta = Mapping[str, Any]

ADVICE = (
    "WebSockets work on runserver, werkzeug, wsgiref, gunicorn (sync, gthread, gevent, eventlet), "
    "gevent.pywsgi, eventlet.wsgi, cheroot and uWSGI."
)

_NO_ACCESS = "this server does not give WSGI applications access to the connection."
_NO_ACCESS_BY_WSGI = "with --interface wsgi this server does not give applications access to the connection."


@dataclass(frozen=True, slots=True)
class UnsupportedServer:
    """A server that does not give applications access to the connection.

    Attributes:
        name: the usual name of the server.
        recognise: takes ``request.META``; returns whether this is the server.
        reason: why WebSockets are impossible.
        advice: what to do instead.
    """

    name: str
    recognise: Callable[[Meta], bool]
    reason: str = _NO_ACCESS
    advice: str = ADVICE


def unsupported_server_for(meta: Meta) -> UnsupportedServer | None:
    """Return the server of a request if it is one of `UNSUPPORTED_SERVERS`."""
    return next((server for server in UNSUPPORTED_SERVERS if server.recognise(meta)), None)


def _has_key(key: str) -> Callable[[Meta], bool]:
    return lambda meta: key in meta


def _input_comes_from(package: str) -> Callable[[Meta], bool]:
    return lambda meta: type(meta.get("wsgi.input")).__module__.startswith(package)


def _input_is_copied_by(module: str) -> Callable[[Meta], bool]:
    return lambda meta: type(meta.get("wsgi.input")) is BytesIO and module in sys.modules


DJANGO_TEST_CLIENT = UnsupportedServer(
    "Django's test client",
    _input_comes_from("django.test"),
    "Client and RequestFactory have no connection.",
    "Test this view with dwebsocket.test.WebSocketClient.",
)

UNSUPPORTED_SERVERS: tuple[UnsupportedServer, ...] = (
    UnsupportedServer("waitress", _has_key("waitress.client_disconnected")),
    UnsupportedServer("mod_wsgi", _has_key("mod_wsgi.version")),
    UnsupportedServer("granian", _input_comes_from("granian"), _NO_ACCESS_BY_WSGI),
    UnsupportedServer("Twisted Web", _input_comes_from("twisted.web")),
    DJANGO_TEST_CLIENT,
    UnsupportedServer("uvicorn", _input_is_copied_by("uvicorn.middleware.wsgi"), _NO_ACCESS_BY_WSGI),
    UnsupportedServer("tornado", _input_is_copied_by("tornado.wsgi")),
    UnsupportedServer("bjoern", _input_is_copied_by("bjoern")),
)
