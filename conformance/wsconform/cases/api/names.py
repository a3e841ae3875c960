"""Names by which programs import things, and the app."""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.cases.api.builders import django_websocket, dwebsocket, opened, readmes, row, ruled, said, tutorial
from wsconform.cases.api.http_steps import noted, served
from wsconform.contract.model import ApiClause, Basis
from wsconform.script import steps

__all__ = ["names"]

_EXAMPLES = (dwebsocket("Examples"), *row(18))
_OLD = (django_websocket("Examples"),)

#: What can be imported, and who says so.
_NAMES: dict[str, tuple[Basis, ...]] = {
    "dwebsocket.accept_websocket": _EXAMPLES,
    "dwebsocket.require_websocket": _EXAMPLES,
    "dwebsocket.decorators.accept_websocket": row(18),
    "dwebsocket.decorators.require_websocket": row(18),
    "dwebsocket.middleware.WebSocketMiddleware": (dwebsocket("Usage"), *row(18)),
    "dwebsocket.backends.default.factory.WebSocketFactory": row(18),
    "dwebsocket.backends.uwsgi.factory.uWsgiWebSocketFactory": row(18),
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
#: What request.websocket has, and who says so.
_METHODS: dict[str, tuple[Basis, ...]] = {
    **{name: readmes(f"WebSocket.{name}()") for name in ("wait", "read", "count_messages", "has_messages")},
    "send": readmes("WebSocket.send(message)"),
    "__iter__": readmes("WebSocket.__iter__()"),
    "is_closed": (dwebsocket("WebSocket.is_closed()"),),
    "close": row(10),
    "disconnect": (tutorial("Server-Side (Django Views)"), *row(16)),
}


def names() -> Iterator[ApiClause]:
    """Names."""
    for name, bases in _NAMES.items():
        yield said(f"{name} can be imported.", noted(f"named?name={name}", callable=True), bases=bases)
    for name, modules in _SAME.items():
        query = "&".join(f"name={module}.{name}" for module in modules)
        yield said(f"{name} is the same by each of its names.", noted(f"the-same?{query}", same=True))
    yield from _modules()
    yield from _attributes()
    yield from _app()


def _modules() -> Iterator[ApiClause]:
    for module, bases in (("dwebsocket", row(18)), ("dwebsocket.decorators", row(18)), ("django_websocket", ())):
        yield said(
            f"from {module} import * gives both decorators.",
            noted(f"star?name={module}", callable=_BOTH),
            bases=bases,
        )
        yield said(f"What {module}.__all__ lists is there.", noted(f"exported?name={module}", missing=[]))
    yield said(
        "The middleware works by its oldest name, too.",
        noted("old-middleware", response="the response", is_websocket=False, websocket=None),
        bases=(django_websocket("Usage"),),
    )


def _attributes() -> Iterator[ApiClause]:
    for name, bases in _METHODS.items():
        yield said(
            f"request.websocket has the method {name}().",
            opened(f"websocket-attributes?name={name}"),
            steps.ExpectClose(),
            steps.ExpectNotes({"missing": [], "callable": [name], "raised": None}),
            bases=bases,
        )
    for name, bases in (
        ("connected", (tutorial("Step 3: Create the WebSocket View"), *row(16))),
        ("subprotocol", ruled(24)),
        ("close_code", ()),
        ("close_reason", ()),
    ):
        yield said(
            f"request.websocket has the attribute {name}, which is no method.",
            opened(f"websocket-attributes?name={name}"),
            steps.ExpectClose(),
            steps.ExpectNotes({"missing": [], "callable": [], "raised": None}),
            bases=bases,
        )


def _app() -> Iterator[ApiClause]:
    bases = (tutorial("Step 2: Add to INSTALLED_APPS"), *row(17))
    yield said(
        "dwebsocket can be listed in INSTALLED_APPS, and has no models.",
        noted("installed", installed=True, models=0),
        site="installed",
        bases=bases,
    )
    yield said(
        "With dwebsocket in INSTALLED_APPS, a WebSocket is served, once.",
        served("accept"),
        site="installed",
        bases=bases,
    )
    yield said(
        "manage.py check has nothing to say of a site with dwebsocket in INSTALLED_APPS.",
        noted("checks", said=[]),
        site="installed",
        alone=True,
        bases=bases,
    )
    yield said(
        "manage.py check tells of a setting with a value of no use.",
        noted("checks", said_of_a_slip=["dwebsocket.E001"]),
        site="installed",
        alone=True,
    )
