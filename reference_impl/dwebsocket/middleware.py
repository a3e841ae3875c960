"""WebSockets for views that have no decorator, and refusals for views that want none.

Refuses to know the conversation itself: that is `serving.py`, and decorated views go there on their own.
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
    """Gives each request its ``is_websocket()`` and ``websocket``.

    A WebSocket comes through to a view that is decorated, has the attribute ``accept_websocket = True``,
    or when ``WEBSOCKET_ACCEPT_ALL`` is set. To any other view it is refused with 400.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        """Prepare the request; the answer, or the coroutine that gets it, goes up as it is."""
        serving.prepare(request)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Refuse a WebSocket to a view that accepts none; serve it to one that has no decorator."""
        if not request.is_websocket():  # type: ignore[attr-defined]
            return None
        if _has_flag(view, "serves_websocket"):
            return None
        if not (_has_flag(view, "accept_websocket") or conf.current().accept_all):
            return serving.refuse(None, HandshakeRefused(400, f"There is no WebSocket at {request.path}."))
        # A response from here skips what Django does on its way to the view, so it is done here: middleware that
        # comes later is asked, such as one that requires a login, and settings and middleware get their way.
        hooks, handler = _behind(self.get_response)
        for hook in hooks:
            if response := hook(request, view, args, kwargs):
                return response
        return _call(handler, _served(view), request, args, kwargs)


def _served(view: View) -> View:
    @wraps(view)
    def served(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return serving.serve(view, request, args, kwargs, None)

    return served


def _call(
    handler: BaseHandler, view: View, request: HttpRequest, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> HttpResponseBase:
    """Call a view as Django does: with ``ATOMIC_REQUESTS``, and with whoever looks at exceptions."""
    try:
        return handler.make_view_atomic(view)(request, *args, **kwargs)
    except Exception as error:
        if response := handler.process_exception_by_middleware(error, request):
            return response
        raise


def _has_flag(view: View, flag: str) -> bool:
    """Look for a flag on a view, and inside decorators that do not hand attributes on."""
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


def _behind(link: Any) -> tuple[list[Hook], BaseHandler]:
    """Return the ``process_view`` of each middleware behind the given one, in Django's order, and who calls the view.

    Raises:
        ImproperlyConfigured: somewhere it cannot be seen who comes next, and who is not seen would be
            left out, perhaps the one that requires a login.
    """
    hooks: list[Hook] = []
    while not isinstance(handler := getattr(link := inspect.unwrap(link), "__self__", None), BaseHandler):
        if hook := getattr(link, "process_view", None):
            hooks.append(async_to_sync(hook) if iscoroutinefunction(hook) else hook)
        blind, link = link, _next_link(link)
        if link is None:
            raise ImproperlyConfigured(
                f"WebSocketMiddleware cannot see what comes behind {blind!r} in MIDDLEWARE. "
                f"List it behind that one, or decorate the view."
            )
    return hooks, handler


def _next_link(link: Any) -> Any:
    if isinstance(link, AsyncToSync):
        return link.awaitable
    if inspect.isfunction(link):
        return inspect.getclosurevars(link).nonlocals.get("get_response")
    return getattr(link, "get_response", None)
