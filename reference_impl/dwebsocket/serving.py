"""One request for a WebSocket, from admission to the end of TCP; refuses to know who asked to serve it.

The decorators and the middleware both end up here, and a request passes only once.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from functools import partial
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse

from . import conf
from .exceptions import ServerNotSupported, WebSocketClosed
from .factory import WebSocketFactory, factory_for, is_websocket
from .protocol import CloseCode, HandshakeRefused
from .websocket import WebSocket

__all__ = ["View", "is_served", "prepare", "refuse", "require", "serve"]

logger = logging.getLogger("dwebsocket")

View = Callable[..., Any]

# PEP 3333 forbids an application to send these; wsgiref and runserver break off when it does.
_HOP_BY_HOP = ("connection", "upgrade")

# Close code and seconds of patience when neither the view returns nor an Exception comes out of it: it is
# SystemExit or GreenletExit then, and whoever ends the worker will not wait long.
_WORKER_ENDS = (CloseCode.GOING_AWAY, 0.3)


def prepare(request: HttpRequest) -> None:
    """Give the request its ``is_websocket()`` and ``websocket``, which is None until it is served."""
    if not hasattr(request, "websocket"):
        asked = is_websocket(request)
        request.is_websocket = lambda: asked  # type: ignore[attr-defined]
        request.websocket = None  # type: ignore[attr-defined]


def is_served(request: HttpRequest) -> bool:
    """Tell whether the request has its WebSocket already."""
    return getattr(request, "websocket", None) is not None


def serve(
    view: View, request: HttpRequest, args: tuple[Any, ...], kwargs: dict[str, Any], subprotocols: Sequence[str] | None
) -> HttpResponse:
    """Open the WebSocket, run the view, close the WebSocket.

    Args:
        view: called with the request, `args` and `kwargs`; what it returns is dropped.
        request: one that asks for a WebSocket.
        args: positional arguments from the URL.
        kwargs: named arguments from the URL.
        subprotocols: those of the view; None: those of the settings.

    Returns:
        An error, or an empty response that goes nowhere, but through the middleware.

    Raises:
        Exception: what the view raised, after it was logged and the connection was ended with 1011, so
            that Django rolls back transactions and tells its error reporters.
    """
    with closing(factory_for(request, conf.current())) as factory:
        try:
            websocket, handshake = factory.create_websocket(subprotocols)
        except HandshakeRefused as refused:
            return refuse(factory, refused)
        except ServerNotSupported as error:
            return _excuse(error, request.path)
        request.websocket = websocket  # type: ignore[attr-defined]
        factory.claim()
        _converse(websocket, handshake, partial(view, request, *args, **kwargs), request.path)
    # The server writes this to a connection that is over. Whoever keeps pages must not take it for this one's.
    return HttpResponse(headers={"Cache-Control": "private, no-store"})


def _excuse(error: ServerNotSupported, path: str) -> HttpResponse:
    """Answer with 501; Django would log that a second time, and without the reason."""
    logger.error("%s The request was for %s.", error, path)
    response = _plain(str(error), HTTPStatus.NOT_IMPLEMENTED)
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def _converse(websocket: WebSocket, handshake: bytes, view: Callable[[], Any], path: str) -> None:
    """Run a view between the opening handshake and the end of TCP, which comes whatever happens."""
    ending: tuple[int, float | None] = _WORKER_ENDS
    try:
        with suppress(WebSocketClosed):
            websocket.begin(handshake)
            view()
        ending = (CloseCode.NORMAL, None)
    except Exception:
        ending = (CloseCode.INTERNAL_ERROR, None)
        logger.exception("A WebSocket view failed: %s", path)
        raise
    finally:
        websocket.finish(*ending)


def require(request: HttpRequest) -> HttpResponse:
    """Refuse a plain request to a view that needs a WebSocket."""
    settings = conf.current()
    reason = f"A WebSocket is required for {request.path}."
    if not settings.upgrade_required:
        return refuse(None, HandshakeRefused(HTTPStatus.BAD_REQUEST, reason))
    upgrade = HandshakeRefused(HTTPStatus.UPGRADE_REQUIRED, reason, (("Upgrade", "websocket"),))
    with closing(factory_for(request, settings)) as factory:
        return refuse(factory, upgrade)


def refuse(factory: WebSocketFactory | None, refused: HandshakeRefused) -> HttpResponse:
    """Answer with an HTTP error.

    Fields that an application may not send by WSGI can only be written to the socket itself. What is
    returned then goes nowhere, but it is what the log shows.
    """
    direct = any(name.lower() in _HOP_BY_HOP for name, _ in refused.headers)
    if direct and factory is not None:
        with suppress(ServerNotSupported, OSError):
            _answer(factory, refused)
    response = _plain(refused.reason, refused.status)
    for name, value in refused.headers:
        if name.lower() not in _HOP_BY_HOP:
            response[name] = value
    return response


def _plain(text: str, status: int) -> HttpResponse:
    """Make a whole answer: not every server says how long it is."""
    response = HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")
    response["Content-Length"] = str(len(response.content))
    return response


def _answer(factory: WebSocketFactory, refused: HandshakeRefused) -> None:
    """Write the answer to the socket itself, and end the connection."""
    transport, _ = factory.connection
    patience = factory.settings.close_timeout
    factory.claim()
    transport.limit_sending(patience)
    try:
        transport.send(refused.response())
    finally:
        transport.end(patience)
