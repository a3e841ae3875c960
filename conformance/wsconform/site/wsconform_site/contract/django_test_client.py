"""Plain views that test other views without a server, as described in Django's documentation."""

# The target is installed where this runs, not where types are checked.
# mypy: disable-error-code="import-not-found,misc"

import re
from typing import Any

from django.conf import settings
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.test import Client, RequestFactory, override_settings

from dwebsocket.decorators import accept_websocket, require_websocket

from .notes import noting
from .routing_probe import MISSING

__all__ = ["VIEWS"]

_HOST: Any = {"HTTP_HOST": "localhost"}
_HANDSHAKE: Any = {
    "HTTP_UPGRADE": "websocket",
    "HTTP_CONNECTION": "Upgrade",
    "HTTP_SEC_WEBSOCKET_KEY": "dGhlIHNhbXBsZSBub25jZQ==",
    "HTTP_SEC_WEBSOCKET_VERSION": "13",
}
_SLIPS: Any = {"WEBSOCKET_ACEPT_ALL": True, "WEBSOCKET_PING_INTERVAL": "soon"}


_VALUES: Any = {
    "0.5": 0.5,
    "a day": 86400,
    "None": None,
    "0": 0,
    "-1": -1,
    "1e12": 1e12,
    "inf": float("inf"),
    "nan": float("nan"),
    "x": "x",
}


def _url(request: Any, view: str) -> str:
    return "/a/{}?note={}".format(view, request.GET["note"])


def _noted(note: Any, response: Any) -> None:
    note["status"] = response.status_code
    note["body"] = response.content.decode()


@noting
def client(request: Any, note: Any) -> None:
    """Request a view with Django's test client; the query has `method` and `view`."""
    ask = getattr(Client(**_HOST), request.GET.get("method", "get"))
    _noted(note, ask(_url(request, request.GET["view"])))


@noting
def client_handshake(request: Any, note: Any) -> None:
    """Send an opening handshake with Django's test client, which has no connection."""
    response = Client(**_HOST).get(_url(request, request.GET["view"]), **_HANDSHAKE)
    note["refused"] = 400 <= response.status_code < 600 and response.status_code != 500
    note["words"] = len(response.content.split()) > 3


def _page(request: Any) -> HttpResponse:
    websocket = getattr(request, "websocket", MISSING)
    return HttpResponse(f"websocket {websocket}, is_websocket {request.is_websocket()}")


_VIEWS = {"accept": accept_websocket(_page), "require": require_websocket(_page)}


@noting
def factory(request: Any, note: Any) -> None:
    """Call a view with a request of Django's RequestFactory; the query has `method` and `view`."""
    made = getattr(RequestFactory(**_HOST), request.GET.get("method", "get"))("/")
    _noted(note, _VIEWS[request.GET["view"]](made))


@noting
def factory_handshake(request: Any, note: Any) -> None:
    """Call a view with an opening handshake made by Django's RequestFactory."""
    response = _VIEWS[request.GET["view"]](RequestFactory(**_HOST).get("/", **_HANDSHAKE))
    note["refused"] = 400 <= response.status_code < 600 and response.status_code != 500
    note["words"] = len(response.content.split()) > 3


@noting
def factory_middleware(request: Any, note: Any) -> None:
    """Call the middleware with a request of Django's RequestFactory."""
    from dwebsocket.middleware import WebSocketMiddleware

    _noted(note, WebSocketMiddleware(_page)(RequestFactory(**_HOST).get("/")))


@noting
def overridden(request: Any, note: Any) -> None:
    """Note the response to a plain request before, while and after a setting is overridden."""
    ask = RequestFactory(**_HOST).get
    note["before"] = _VIEWS["require"](ask("/")).status_code
    with override_settings(WEBSOCKET_UPGRADE_REQUIRED=True):
        note["while"] = _VIEWS["require"](ask("/")).status_code
    note["after"] = _VIEWS["require"](ask("/")).status_code


@noting
def listed(request: Any, note: Any) -> None:
    """List the middleware in MIDDLEWARE while Django's test client is used."""
    with override_settings(MIDDLEWARE=[*settings.MIDDLEWARE, "dwebsocket.middleware.WebSocketMiddleware"]):
        _noted(note, Client(**_HOST).get(_url(request, "bare")))


@noting
def slip(request: Any, note: Any) -> None:
    """Set a wrong value or a misspelt setting; the query has its `name`."""
    name = request.GET["name"]
    with override_settings(**{name: _SLIPS[name]}):
        try:
            _VIEWS["accept"](RequestFactory(**_HOST).get("/", **_HANDSHAKE))
        except ImproperlyConfigured as error:
            note["said"] = re.findall(r"\bWEBSOCKET_[A-Z_]+", str(error))


@noting
def values(request: Any, note: Any) -> None:
    """Set the setting `name` to each of some values; note the values that are refused."""
    name = request.GET["name"]
    note["refused"] = [value for value, number in _VALUES.items() if _is_refused(name, number)]


def _is_refused(name: str, value: Any) -> bool:
    with override_settings(**{name: value}):
        try:
            _VIEWS["accept"](RequestFactory(**_HOST).get("/", **_HANDSHAKE))
        except ImproperlyConfigured as error:
            return name in str(error)
    return False


@noting
def checks(request: Any, note: Any) -> None:
    """Note the output of `manage.py check` with the current settings, and with a wrong one."""
    note["said"] = [str(message) for message in run_checks()]
    with override_settings(WEBSOCKET_PING_INTERVAL="soon"):
        note["said_of_a_slip"] = [message.id for message in run_checks()]


@noting
def own_client(request: Any, note: Any) -> None:
    """Connect to a view with the target's own test client."""
    from dwebsocket.test import WebSocketClient

    websocket = WebSocketClient(**_HOST).connect(_url(request, "accept"))
    websocket.send("hello")
    note["received"] = websocket.receive()
    websocket.wait_ended()
    note["close_code"] = websocket.close_code


VIEWS = {
    "client": client,
    "client-handshake": client_handshake,
    "factory": factory,
    "factory-handshake": factory_handshake,
    "factory-middleware": factory_middleware,
    "overridden": overridden,
    "listed": listed,
    "slip": slip,
    "values": values,
    "checks": checks,
    "own-client": own_client,
}
