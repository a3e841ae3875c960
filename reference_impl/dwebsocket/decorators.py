"""The decorators for views that accept WebSockets."""

from collections.abc import Callable, Sequence
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, overload

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from . import serving
from .serving import View

__all__ = ["accept_websocket", "require_websocket"]


@overload
def accept_websocket(view: View, *, subprotocols: Sequence[str] | None = None) -> View: ...
@overload
def accept_websocket(view: None = None, *, subprotocols: Sequence[str] | None = None) -> Callable[[View], View]: ...
def accept_websocket(
    view: View | None = None, *, subprotocols: Sequence[str] | None = None
) -> View | Callable[[View], View]:
    """Accept WebSockets in a view, as well as plain HTTP requests.

    In the view, ``request.websocket`` is the open `WebSocket`; for a plain request it is None. The connection is
    closed when the view returns.

    Args:
        view: a synchronous view. Leave it out to pass arguments: ``@accept_websocket(subprotocols=[...])``.
        subprotocols: the subprotocols that the view speaks (RFC 6455 section 1.9). The first one that the client
            offers and that is in this list is agreed. None: ``WEBSOCKET_SUBPROTOCOLS``.

    Returns:
        The decorated view; without `view`, the decorator.

    Raises:
        TypeError: the view is asynchronous.
    """
    return _decorate(view, subprotocols, required=False)


@overload
def require_websocket(view: View, *, subprotocols: Sequence[str] | None = None) -> View: ...
@overload
def require_websocket(view: None = None, *, subprotocols: Sequence[str] | None = None) -> Callable[[View], View]: ...
def require_websocket(
    view: View | None = None, *, subprotocols: Sequence[str] | None = None
) -> View | Callable[[View], View]:
    """Accept only WebSockets in a view: a plain HTTP request gets 400, or 426 with ``WEBSOCKET_UPGRADE_REQUIRED``.

    Arguments, result and errors are the same as for `accept_websocket`.
    """
    return _decorate(view, subprotocols, required=True)


def _decorate(
    view: View | None, subprotocols: Sequence[str] | None, *, required: bool
) -> View | Callable[[View], View]:
    def decorator(view: View) -> View:
        return _wrap(view, subprotocols, required)

    return decorator if view is None else decorator(view)


def _wrap(view: View, subprotocols: Sequence[str] | None, required: bool) -> View:
    if iscoroutinefunction(view):
        raise TypeError(f"{view!r} is asynchronous; only synchronous views can have request.websocket.")

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        serving.prepare(request)
        if serving.is_served(request):  # by the decorator above this one
            return view(request, *args, **kwargs)
        if request.is_websocket():  # type: ignore[attr-defined]  # not in the stubs
            return serving.serve(view, request, args, kwargs, subprotocols)
        return serving.refuse_plain_request(request) if required else _vary_on_upgrade(view(request, *args, **kwargs))

    wrapper.accept_websocket = True  # type: ignore[attr-defined]  # not in the stubs
    wrapper.serves_websocket = True  # type: ignore[attr-defined]  # not in the stubs
    return wrapper


def _vary_on_upgrade(response: Any) -> Any:
    """Add ``Vary: Upgrade``, so that caches distinguish a page from the WebSocket at the same URL."""
    if isinstance(response, HttpResponseBase):
        patch_vary_headers(response, ["Upgrade"])
    return response
