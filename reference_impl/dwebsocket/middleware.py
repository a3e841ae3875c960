"""The middleware for views without a decorator: serves a WebSocket if the view accepts one, refuses it otherwise.

Decorated views do not need the middleware. The WebSocket itself is served by `serving.py`.
"""

import inspect
from collections.abc import Callable, Iterator
from functools import partial, wraps
from typing import Any

from asgiref.sync import AsyncToSync, async_to_sync, iscoroutinefunction, markcoroutinefunction
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.base import BaseHandler
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from . import conf, serving
from .protocol import HandshakeRefused
from .serving import View

__all__ = ["WebSocketMiddleware"]

Hook = Callable[..., HttpResponseBase | None]


class WebSocketMiddleware:
    """Add ``is_websocket()`` and ``websocket`` to every request, and decide which views may get a WebSocket.

    These are decorated views, views with the attribute ``accept_websocket = True``, and all views if
    ``WEBSOCKET_ACCEPT_ALL`` is set. For any other view, a WebSocket request is refused with 400.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        """Prepare the request; return the response (under ASGI, the coroutine for it) unchanged."""
        serving.prepare(request)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Refuse the WebSocket if the view accepts none; serve it if the view accepts one and has no decorator."""
        if not request.is_websocket():  # type: ignore[attr-defined]  # not in the stubs
            return None
        if _has_flag(view, "serves_websocket"):
            return None
        if not (_has_flag(view, "accept_websocket") or conf.current().accept_all):
            return serving.refuse(None, HandshakeRefused(400, f"{request.path} does not accept WebSockets."))
        # When this returns a response, Django skips everything else between here and the view. So do that here:
        # call the middleware that is listed later (it may require a login), let it handle exceptions, and apply
        # ATOMIC_REQUESTS.
        hooks, handler = _following(self.get_response)
        for hook in hooks:
            if response := hook(request, view, args, kwargs):
                return response
        return _call(handler, _serving(view), request, args, kwargs)


def _serving(view: View) -> View:
    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return serving.serve(view, request, args, kwargs, None)

    return wrapper


def _call(
    handler: BaseHandler, view: View, request: HttpRequest, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> HttpResponseBase:
    """Call a view as Django does: apply ``ATOMIC_REQUESTS``, and let middleware handle exceptions."""
    try:
        return handler.make_view_atomic(view)(request, *args, **kwargs)
    except Exception as error:
        if response := handler.process_exception_by_middleware(error, request):
            return response
        raise


def _has_flag(view: View, flag: str) -> bool:
    """Look for a flag on a view, including inside decorators that do not copy attributes."""
    return any(getattr(layer, flag, False) is True for layer in _layers(view))


def _layers(view: View) -> Iterator[Any]:
    seen: list[Any] = []
    waiting: list[Any] = [view]
    while waiting:
        layer = waiting.pop()
        if any(layer is one for one in seen):
            continue
        seen.append(layer)
        yield layer
        waiting.extend(_inner(layer))


def _inner(layer: Any) -> Iterator[Any]:
    kind = getattr(layer, "view_class", None)
    if kind is not None:  # a class-based view, decorated on its handler
        yield from (kind, getattr(kind, "dispatch", None), getattr(kind, "get", None))
    if isinstance(layer, partial):
        yield layer.func
    for cell in getattr(layer, "__closure__", None) or ():
        try:
            content = cell.cell_contents
        except ValueError:  # not filled yet
            continue
        if inspect.isfunction(content) or inspect.ismethod(content):
            yield content


def _following(link: Any) -> tuple[list[Hook], BaseHandler]:
    """Return the ``process_view`` of each later middleware, in Django's order, and the handler that calls the view.

    Raises:
        ImproperlyConfigured: the middleware that follows one of them cannot be found. It would be skipped,
            and it may be one that requires a login.
    """
    hooks: list[Hook] = []
    while not isinstance(handler := getattr(link := inspect.unwrap(link), "__self__", None), BaseHandler):
        if hook := getattr(link, "process_view", None):
            hooks.append(async_to_sync(hook) if iscoroutinefunction(hook) else hook)
        last, link = link, _next_link(link)
        if link is None:
            raise ImproperlyConfigured(
                f"WebSocketMiddleware cannot find the middleware that follows {last!r} in MIDDLEWARE. "
                "List WebSocketMiddleware after it, or decorate the view with @accept_websocket."
            )
    return hooks, handler


def _next_link(link: Any) -> Any:
    if isinstance(link, AsyncToSync):
        return link.awaitable
    if inspect.isfunction(link):
        return inspect.getclosurevars(link).nonlocals.get("get_response")
    return getattr(link, "get_response", None)
