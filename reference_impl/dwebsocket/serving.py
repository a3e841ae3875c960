"""Serve one WebSocket request: handshake, view, end of the connection.

The decorators and the middleware both call this module; each request is served only once.
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

# PEP 3333 forbids applications to set these fields; wsgiref and runserver raise an error if they do.
_HOP_BY_HOP = ("connection", "upgrade")

# Close code, and seconds to wait for the peer's Close, when the view ends with a BaseException such as SystemExit
# or GreenletExit: the server is stopping this worker and does not wait long.
_WORKER_EXIT = (CloseCode.GOING_AWAY, 0.3)


def prepare(request: HttpRequest) -> None:
    """Add ``is_websocket()`` and ``websocket`` to the request; the latter is None until a WebSocket is opened."""
    if not hasattr(request, "websocket"):
        result = is_websocket(request)
        request.is_websocket = lambda: result  # type: ignore[attr-defined]  # not in the stubs
        request.websocket = None  # type: ignore[attr-defined]  # not in the stubs


def is_served(request: HttpRequest) -> bool:
    """Tell whether the WebSocket of this request is already open."""
    return getattr(request, "websocket", None) is not None


def serve(
    view: View, request: HttpRequest, args: tuple[Any, ...], kwargs: dict[str, Any], subprotocols: Sequence[str] | None
) -> HttpResponse:
    """Open the WebSocket, run the view, close the WebSocket.

    Args:
        view: called with the request, `args` and `kwargs`; its return value is ignored.
        request: a request that asks for a WebSocket.
        args: positional arguments from the URL.
        kwargs: named arguments from the URL.
        subprotocols: those that the view speaks; None: ``WEBSOCKET_SUBPROTOCOLS``.

    Returns:
        An HTTP error, or an empty response that passes through the middleware but is never sent to the client.

    Raises:
        Exception: whatever the view raised. It has been logged, and the connection closed with 1011; it is raised
            again so that Django rolls back transactions and notifies error reporters.
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
    # The connection has ended, so the client never gets this; but a cache must not store it as the page at this URL.
    return HttpResponse(headers={"Cache-Control": "private, no-store"})


def _not_supported(error: ServerNotSupported, path: str) -> HttpResponse:
    """Answer with 501. Log it here, because Django would log it without the reason."""
    logger.error("%s Requested path: %s", error, shown(path))
    response = _text_response(str(error), HTTPStatus.NOT_IMPLEMENTED)
    response._has_been_logged = True  # type: ignore[attr-defined]  # not in the stubs
    return response


def _logged(response: HttpResponse, refused: HandshakeRefused, path: str) -> HttpResponse:
    """Log a refusal if its reason is known in detail. Django logs all others itself, in one line each."""
    if refused.detail:
        logger.warning("WebSocket refused with %d at %s: %s", refused.status, shown(path), refused.detail)
        response._has_been_logged = True  # type: ignore[attr-defined]  # not in the stubs
    return response


def _run(view: Callable[[], Any], opening: Opening, path: str) -> None:
    """Send the handshake response, call the view, and end the connection in every case."""
    exchange = opening.exchange
    ending: tuple[int, float | None] = _WORKER_EXIT
    try:
        with suppress(WebSocketClosed):
            exchange.begin(opening.handshake)
            view()
        ending = (CloseCode.NORMAL, None)
    except Exception:
        ending = (CloseCode.INTERNAL_ERROR, None)
        logger.exception("WebSocket view failed: %s", shown(path))
        raise
    finally:
        exchange.finish(*ending)


def refuse_plain_request(request: HttpRequest) -> HttpResponse:
    """Refuse a plain HTTP request to a view with `require_websocket`: 400, or 426 by ``WEBSOCKET_UPGRADE_REQUIRED``."""
    settings = conf.current()
    reason = f"A WebSocket is required for {request.path}."
    if not settings.upgrade_required:
        return refuse(None, HandshakeRefused(HTTPStatus.BAD_REQUEST, reason))
    upgrade = HandshakeRefused(HTTPStatus.UPGRADE_REQUIRED, reason, (("Upgrade", "websocket"),))
    with closing(factory_for(request, settings)) as factory:
        return refuse(factory, upgrade)


def refuse(factory: WebSocketFactory | None, refused: HandshakeRefused) -> HttpResponse:
    """Return the HTTP error that refuses a request.

    WSGI does not let an application send hop-by-hop fields such as Upgrade. If the answer has such a field, it is
    written to the connection directly; the returned response is then only logged, not sent.

    Args:
        factory: gives access to the connection; None: leave hop-by-hop fields out.
        refused: status, reason and header fields of the answer.
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
    """Return a plain-text response with a Content-Length, which not every server adds."""
    response = HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")
    response["Content-Length"] = str(len(response.content))
    return response


def _write_response(factory: WebSocketFactory, refused: HandshakeRefused) -> None:
    """Write the answer directly to the connection, and end the connection."""
    transport, _ = factory.connection
    timeout = factory.settings.close_timeout
    factory.suppress_server_response()
    try:
        transport.send_all(refused.response(), timeout)
    finally:
        transport.end(timeout)
