"""Views that look up names as programs import them."""

# The target is installed where this runs, not where types are checked.
# mypy: disable-error-code="import-not-found,untyped-decorator"

from importlib import import_module
from typing import Any

from django.apps import apps
from django.test import RequestFactory
from django.utils.module_loading import import_string

from dwebsocket.decorators import accept_websocket

from .notes import noting

__all__ = ["VIEWS"]


@noting
def named(request: Any, note: Any) -> None:
    """Import the name in the parameter `name`."""
    note["callable"] = callable(import_string(request.GET["name"]))


@noting
def the_same(request: Any, note: Any) -> None:
    """Import the names in the parameters `name`, and compare the objects."""
    found = [import_string(name) for name in request.GET.getlist("name")]
    note["same"] = all(one is found[0] for one in found)


@noting
def star(request: Any, note: Any) -> None:
    """Import everything from the module in the parameter `name`."""
    space: Any = {}
    exec("from {} import *".format(request.GET["name"]), space)
    note["callable"] = [name for name in ("accept_websocket", "require_websocket") if callable(space.get(name))]


@noting
def exported(request: Any, note: Any) -> None:
    """Note which names are in `__all__` but not in the module."""
    module = import_module(request.GET["name"])
    note["missing"] = [name for name in module.__all__ if not hasattr(module, name)]
    note["listed"] = sorted(module.__all__)


@noting
def old_middleware(request: Any, note: Any) -> None:
    """Use the middleware under its oldest name."""
    made: Any = RequestFactory().get("/")
    middleware = import_string("django_websocket.middleware.WebSocketMiddleware")(lambda request: "the response")
    note["response"] = middleware(made)
    note["is_websocket"] = made.is_websocket()
    note["websocket"] = made.websocket


@accept_websocket
@noting
def attributes(request: Any, note: Any) -> None:
    """Note which attributes a WebSocket has."""
    names = request.GET.getlist("name")
    note["missing"] = [name for name in names if not hasattr(request.websocket, name)]
    note["callable"] = [name for name in names if callable(getattr(request.websocket, name, None))]


@noting
def installed(request: Any, note: Any) -> None:
    """Note what Django knows about the app."""
    note["installed"] = apps.is_installed("dwebsocket")
    note["models"] = len(list(apps.get_app_config("dwebsocket").get_models()))


VIEWS = {
    "named": named,
    "the-same": the_same,
    "star": star,
    "exported": exported,
    "old-middleware": old_middleware,
    "websocket-attributes": attributes,
    "installed": installed,
}
