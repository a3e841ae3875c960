"""Servers on which no WebSocket is possible, so that an error can name them; refuses to know the others.

They read requests for the application and hand it copies. Some leave no name in ``request.META``; those
are told by the kind of their ``wsgi.input`` and by their own module, which nobody else imports.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

__all__ = ["ADVICE", "DJANGO_TEST_CLIENT", "STRANGERS", "Stranger", "stranger_for"]

Meta = Mapping[str, Any]

ADVICE = (
    "WebSockets work on runserver, werkzeug, wsgiref, gunicorn (sync, gthread, gevent, eventlet), "
    "gevent.pywsgi, eventlet.wsgi, cheroot and uWSGI."
)

_NO_SOCKET = "this server keeps its sockets to itself."


@dataclass(frozen=True, slots=True)
class Stranger:
    """A server without a socket for the application.

    Attributes:
        name: as people call it.
        recognise: is this the server?
        reason: why there is no WebSocket.
        advice: what to do instead.
    """

    name: str
    recognise: Callable[[Meta], bool]
    reason: str = _NO_SOCKET
    advice: str = ADVICE


def stranger_for(meta: Meta) -> Stranger | None:
    """Return the server if it is one of those without a socket."""
    return next((stranger for stranger in STRANGERS if stranger.recognise(meta)), None)


def _marked(key: str) -> Callable[[Meta], bool]:
    return lambda meta: key in meta


def _input_comes_from(package: str) -> Callable[[Meta], bool]:
    return lambda meta: type(meta.get("wsgi.input")).__module__.startswith(package)


def _copies_by(module: str) -> Callable[[Meta], bool]:
    return lambda meta: type(meta.get("wsgi.input")) is BytesIO and module in sys.modules


DJANGO_TEST_CLIENT = Stranger(
    "Django's test client",
    _input_comes_from("django.test"),
    "neither it nor RequestFactory has a connection.",
    "Test this view by dwebsocket.test.WebSocketClient.",
)

STRANGERS: tuple[Stranger, ...] = (
    Stranger("waitress", _marked("waitress.client_disconnected")),
    Stranger("mod_wsgi", _marked("mod_wsgi.version")),
    Stranger("granian", _input_comes_from("granian"), "under --interface wsgi it keeps its sockets to itself."),
    Stranger("Twisted Web", _input_comes_from("twisted.web")),
    DJANGO_TEST_CLIENT,
    Stranger(
        "uvicorn", _copies_by("uvicorn.middleware.wsgi"), "under --interface wsgi it keeps its sockets to itself."
    ),
    Stranger("tornado", _copies_by("tornado.wsgi")),
    Stranger("bjoern", _copies_by("bjoern")),
)
