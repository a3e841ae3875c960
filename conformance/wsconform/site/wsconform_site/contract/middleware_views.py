"""Views that a middleware must distinguish, and the calls recorded by the site's own middleware."""

# The target is installed where this runs, not where types are checked.
# mypy: disable-error-code="import-not-found,untyped-decorator"

import json
from typing import Any

from django.views import View
from django.views.decorators.csrf import csrf_exempt

from dwebsocket.decorators import accept_websocket, require_websocket

from .guard import calls_of
from .notes import noting
from .routing_probe import routing_probe

__all__ = ["VIEWS"]


def _flagged(view: Any) -> Any:
    view.accept_websocket = True
    return view


class _Page(View):
    """A class-based view without a decorator."""

    def get(self, request: Any) -> Any:
        return routing_probe()(request)


class _FlaggedPage(_Page):
    accept_websocket = True


def _new_raiser() -> Any:
    @noting
    def raises(request: Any, note: Any) -> None:
        """Raise an exception while the WebSocket is open."""
        request.websocket.wait()
        raise ValueError("as it is meant to be")

    return raises


@accept_websocket
def guard_calls(request: Any) -> None:
    """Send the recorded calls of the site's own middleware, after it has seen the last response."""
    calls = calls_of(request)
    while not (calls and calls[-1].startswith("response")) and not request.websocket.is_closed():
        request.websocket.wait(0.02)  # lets others work under every server, which sleep() does not
    request.websocket.send(json.dumps(calls))


_WAYS = {"accept": accept_websocket, "require": require_websocket, "flagged": _flagged}

VIEWS = {
    "bare": routing_probe(),
    "bare-any": csrf_exempt(routing_probe()),
    "bare-class": _Page.as_view(),
    "flagged": _flagged(routing_probe()),
    "flagged-class": _FlaggedPage.as_view(),
    **{f"members-{name}": decorate(routing_probe()) for name, decorate in _WAYS.items()},
    **{f"{name}-raises": decorate(_new_raiser()) for name, decorate in _WAYS.items()},
    "guard-calls": guard_calls,
}
