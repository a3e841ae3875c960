"""Importable names, and the Django app."""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.cases.api.builders import (
    clause,
    django_websocket,
    dwebsocket,
    open_websocket,
    readmes,
    ruling,
    tutorial,
    usage,
)
from wsconform.cases.api.http_steps import echo, get_notes
from wsconform.contract.model import ApiClause, Basis
from wsconform.script import steps

__all__ = ["names"]

_EXAMPLES = (dwebsocket("Examples"), *usage(18))
_OLD = (django_websocket("Examples"),)

#: Importable names, and the documents that promise them.
_NAMES: dict[str, tuple[Basis, ...]] = {
    "dwebsocket.accept_websocket": _EXAMPLES,
    "dwebsocket.require_websocket": _EXAMPLES,
    "dwebsocket.decorators.accept_websocket": usage(18),
    "dwebsocket.decorators.require_websocket": usage(18),
    "dwebsocket.middleware.WebSocketMiddleware": (dwebsocket("Usage"), *usage(18)),
    "dwebsocket.backends.default.factory.WebSocketFactory": usage(18),
    "dwebsocket.backends.uwsgi.factory.uWsgiWebSocketFactory": usage(18),
    "dwebsocket.WebSocketClosed": (),
    "dwebsocket.DWebSocketError": (),
    "dwebsocket.ServerNotSupported": (),
    "dwebsocket.test.WebSocketClient": (),
    "django_websocket.accept_websocket": _OLD,
    "django_websocket.require_websocket": _OLD,
    "django_websocket.decorators.accept_websocket": (),
    "django_websocket.decorators.require_websocket": (),
    "django_websocket.middleware.WebSocketMiddleware": (django_websocket("Usage"),),
}
_SAME = {
    "accept_websocket": ("dwebsocket", "dwebsocket.decorators", "django_websocket", "django_websocket.decorators"),
    "require_websocket": ("dwebsocket", "dwebsocket.decorators", "django_websocket", "django_websocket.decorators"),
    "WebSocketMiddleware": ("dwebsocket.middleware", "django_websocket.middleware"),
}
_BOTH = ["accept_websocket", "require_websocket"]
#: Methods of request.websocket, and the documents that promise them.
_METHODS: dict[str, tuple[Basis, ...]] = {
    **{name: readmes(f"WebSocket.{name}()") for name in ("wait", "read", "count_messages", "has_messages")},
    "send": readmes("WebSocket.send(message)"),
    "__iter__": readmes("WebSocket.__iter__()"),
    "is_closed": (dwebsocket("WebSocket.is_closed()"),),
    "close": usage(10),
    "disconnect": (tutorial("Server-Side (Django Views)"), *usage(16)),
}


def names() -> Iterator[ApiClause]:
    """Yield clauses about importable names, attributes of a WebSocket, and the app."""
    for name, bases in _NAMES.items():
        yield clause(f"{name} can be imported.", get_notes(f"named?name={name}", callable=True), bases=bases)
    for name, modules in _SAME.items():
        query = "&".join(f"name={module}.{name}" for module in modules)
        yield clause(
            f"{name} is the same object in every module that exports it.", get_notes(f"the-same?{query}", same=True)
        )
    yield from _modules()
    yield from _attributes()
    yield from _app()


def _modules() -> Iterator[ApiClause]:
    for module, bases in (("dwebsocket", usage(18)), ("dwebsocket.decorators", usage(18)), ("django_websocket", ())):
        yield clause(
            f"`from {module} import *` imports both decorators.",
            get_notes(f"star?name={module}", callable=_BOTH),
            bases=bases,
        )
        yield clause(f"Every name in {module}.__all__ exists.", get_notes(f"exported?name={module}", missing=[]))
    yield clause(
        "The middleware also works under its original name in django_websocket.",
        get_notes("old-middleware", response="the response", is_websocket=False, websocket=None),
        bases=(django_websocket("Usage"),),
    )


def _attributes() -> Iterator[ApiClause]:
    for name, bases in _METHODS.items():
        yield clause(
            f"request.websocket has the method {name}().",
            open_websocket(f"websocket-attributes?name={name}"),
            steps.ExpectClose(),
            steps.ExpectNotes({"missing": [], "callable": [name], "raised": None}),
            bases=bases,
        )
    for name, bases in (
        ("connected", (tutorial("Step 3: Create the WebSocket View"), *usage(16))),
        ("subprotocol", ruling(24)),
        ("close_code", ()),
        ("close_reason", ()),
    ):
        yield clause(
            f"request.websocket has the attribute {name}, which is not a method.",
            open_websocket(f"websocket-attributes?name={name}"),
            steps.ExpectClose(),
            steps.ExpectNotes({"missing": [], "callable": [], "raised": None}),
            bases=bases,
        )


def _app() -> Iterator[ApiClause]:
    bases = (tutorial("Step 2: Add to INSTALLED_APPS"), *usage(17))
    yield clause(
        "dwebsocket can be listed in INSTALLED_APPS and has no models.",
        get_notes("installed", installed=True, models=0),
        site="installed",
        bases=bases,
    )
    yield clause(
        "With dwebsocket in INSTALLED_APPS, a WebSocket reaches its view exactly once.",
        echo("accept"),
        site="installed",
        bases=bases,
    )
    yield clause(
        "manage.py check reports nothing for a site with dwebsocket in INSTALLED_APPS.",
        get_notes("checks", said=[]),
        site="installed",
        alone=True,
        bases=bases,
    )
    yield clause(
        "manage.py check reports a setting with an invalid value.",
        get_notes("checks", said_of_a_slip=["dwebsocket.E001"]),
        site="installed",
        alone=True,
    )
