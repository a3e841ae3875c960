"""Serve one request for a WebSocket: handshake, view, end of the connection.

Both the decorators and the middleware call this, and each request is served once.
"""

from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from functools import partial
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse

from . import conf
from .exceptions import ServerNotSupported, WebSocketClosed
from .factory import Opening, WebSocketFactory, factory_for, is_websocket
from .logs import logger, shown
from .protocol import CloseCode, HandshakeRefused

__all__ = ["View", "is_served", "prepare", "refuse", "refuse_plain_request", "serve"]

View = Callable[..., Any]

# PEP 3333 forbids an application to send these; wsgiref and runserver raise an error if it does.
_HOP_BY_HOP = ("connection", "upgrade")

# Close code, and seconds to wait for the peer's Close, when the view neither returns nor raises an Exception: it
# is SystemExit or GreenletExit then, and the server that ends this worker does not wait long.
_WORKER_EXIT = (CloseCode.GOING_AWAY, 0.3)


def prepare(request: HttpRequest) -> None:
    """Give the request its ``is_websocket()`` and ``websocket``, which is None until it is served."""
    if not hasattr(request, "websocket"):
        result = is_websocket(request)
        request.is_websocket = lambda: result  # type: ignore[attr-defined]  # not in the stubs
        request.websocket = None  # type: ignore[attr-defined]  # not in the stubs


def is_served(request: HttpRequest) -> bool:
    """Tell whether the request has its WebSocket already."""
    return getattr(request, "websocket", None) is not None


def serve(
    view: View, request: HttpRequest, args: tuple[Any, ...], kwargs: dict[str, Any], subprotocols: Sequence[str] | None
) -> HttpResponse:
    """Open the WebSocket, run the view, close the WebSocket.

    Args:
        view: called with the request, `args` and `kwargs`; its result is dropped.
        request: one that asks for a WebSocket.
        args: positional arguments from the URL.
        kwargs: named arguments from the URL.
        subprotocols: those of the view; None: those of the settings.

    Returns:
        An HTTP error, or an empty response that passes through the middleware but reaches no client.

    Raises:
        Exception: the one that the view raised, after it was logged and the connection was closed with
            1011, so that Django rolls back transactions and calls its error reporters.
    """
    with closing(factory_for(request, conf.current())) as factory:
        try:
            opening = factory.create_websocket(subprotocols)
        except HandshakeRefused as refused:
            return _logged(refuse(factory, refused), refused, request.path)
        except ServerNotSupported as error:
            return _not_supported(error, request.path)
        request.websocket = opening.websocket  # type: ignore[attr-defined]  # not in the stubs
        factory.suppress_server_response()
        _run(partial(view, request, *args, **kwargs), opening, request.path)
    # The server writes this to a connection that has ended. A cache must not keep it as the page at this URL.
    return HttpResponse(headers={"Cache-Control": "private, no-store"})


def _not_supported(error: ServerNotSupported, path: str) -> HttpResponse:
    """Answer with 501. It is logged here, since Django would log it without the reason."""
    logger.error("%s The request was for %s.", error, shown(path))
    response = _text_response(str(error), HTTPStatus.NOT_IMPLEMENTED)
    response._has_been_logged = True  # type: ignore[attr-defined]  # not in the stubs
    return response


def _logged(response: HttpResponse, refused: HandshakeRefused, path: str) -> HttpResponse:
    """Log a refusal with its cause if it has one. Django logs all others, in one line of its own."""
    if refused.detail:
        logger.warning("A WebSocket was refused with %d, %s: %s", refused.status, refused.detail, shown(path))
        response._has_been_logged = True  # type: ignore[attr-defined]  # not in the stubs
    return response


def _run(view: Callable[[], Any], opening: Opening, path: str) -> None:
    """Send the opening handshake, call the view, and end the connection whatever happens."""
    exchange = opening.exchange
    ending: tuple[int, float | None] = _WORKER_EXIT
    try:
        with suppress(WebSocketClosed):
            exchange.begin(opening.handshake)
            view()
        ending = (CloseCode.NORMAL, None)
    except Exception:
        ending = (CloseCode.INTERNAL_ERROR, None)
        logger.exception("A WebSocket view failed: %s", shown(path))
        raise
    finally:
        exchange.finish(*ending)


def refuse_plain_request(request: HttpRequest) -> HttpResponse:
    """Refuse a plain request to a view that needs a WebSocket."""
    settings = conf.current()
    reason = f"A WebSocket is required for {request.path}."
    if not settings.upgrade_required:
        return refuse(None, HandshakeRefused(HTTPStatus.BAD_REQUEST, reason))
    upgrade = HandshakeRefused(HTTPStatus.UPGRADE_REQUIRED, reason, (("Upgrade", "websocket"),))
    with closing(factory_for(request, settings)) as factory:
        return refuse(factory, upgrade)


def refuse(factory: WebSocketFactory | None, refused: HandshakeRefused) -> HttpResponse:
    """Return an HTTP error.

    Fields that an application may not send by WSGI are written to the connection itself. The returned
    response then reaches no client, but it is what the server logs.

    Args:
        factory: gives access to the connection; None: leave such fields out.
        refused: status, reason and fields of the answer.
    """
    direct = any(name.lower() in _HOP_BY_HOP for name, _ in refused.headers)
    if direct and factory is not None:
        with suppress(ServerNotSupported, OSError):
            _write_response(factory, refused)
    response = _text_response(refused.reason, refused.status)
    for name, value in refused.headers:
        if name.lower() not in _HOP_BY_HOP:
            response[name] = value
    return response


def _text_response(text: str, status: int) -> HttpResponse:
    """Return a response with its length, which not every server adds."""
    response = HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")
    response["Content-Length"] = str(len(response.content))
    return response


def _write_response(factory: WebSocketFactory, refused: HandshakeRefused) -> None:
    """Write the answer to the connection itself, and end it."""
    transport, _ = factory.connection
    timeout = factory.settings.close_timeout
    factory.suppress_server_response()
    try:
        transport.send_all(refused.response(), timeout)
    finally:
        transport.end(timeout)
