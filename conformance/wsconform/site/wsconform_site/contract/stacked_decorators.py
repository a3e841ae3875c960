"""Views with the target's decorators and other decorators, stacked in either order."""

# The target is installed where this runs, not where types are checked.
# mypy: disable-error-code="import-not-found"

from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.views.decorators.cache import cache_page, never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from dwebsocket.decorators import accept_websocket, require_websocket

from .routing_probe import routing_probe

__all__ = ["VIEWS"]


def login_check(view: Any) -> Any:
    """Check the request before the view is called."""

    @wraps(view)
    def checked(request: Any, *args: Any, **kwargs: Any) -> Any:
        request.checked = True
        return view(request, *args, **kwargs)

    return checked


def careless_check(view: Any) -> Any:
    """Do the same without `functools.wraps`, as many do: the attributes of the view are lost."""

    def checked(request: Any, *args: Any, **kwargs: Any) -> Any:
        request.checked = True
        return view(request, *args, **kwargs)

    return checked


_OTHERS: Any = {
    "csrf_exempt": csrf_exempt,
    "login_required": login_required,
    "atomic": transaction.atomic,
    "login_check": login_check,
    "careless_check": careless_check,
    "never_cache": never_cache,
    "require_safe": require_safe,
    "gzip_page": gzip_page,
}
_OURS = {"accept": accept_websocket, "require": require_websocket}


def _views() -> Any:
    for other, wrap in _OTHERS.items():
        for ours, decorate in _OURS.items():
            yield f"{other}-above-{ours}", wrap(decorate(routing_probe()))
            yield f"{other}-below-{ours}", decorate(wrap(routing_probe()))


# Below ours nobody could tell its cache that a WebSocket is no page.
VIEWS = {**dict(_views()), "cache_page-above-accept": cache_page(60)(accept_websocket(routing_probe()))}
