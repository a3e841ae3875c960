"""Views tested without a server, with Django's test client, RequestFactory and override_settings."""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.cases.api.builders import clause, readmes
from wsconform.cases.api.http_steps import get_notes
from wsconform.contract.model import ApiClause

__all__ = ["django_test_client"]

_NO_WEBSOCKET = "websocket None, is_websocket False"
_USAGE = readmes("Usage")


def django_test_client() -> Iterator[ApiClause]:
    """Yield clauses about views that are tested without a server."""
    yield from _client()
    yield from _factory()
    yield from _settings()
    yield clause(
        "dwebsocket.test.WebSocketClient can test a WebSocket view without a server.",
        get_notes("own-client", received="hello", close_code=1000, entered=1),
        alone=True,
    )


def _client() -> Iterator[ApiClause]:
    for method in ("get", "post", "head"):
        yield clause(
            f"A {method.upper()} by Django's test client reaches a view with accept_websocket as a plain request.",
            get_notes(f"client?view=accept&method={method}", status=200, is_websocket=False, websocket=None, entered=1),
            bases=_USAGE,
            alone=True,
        )
        yield clause(
            f"A {method.upper()} by Django's test client to a view with require_websocket is answered with 400.",
            get_notes(f"client?view=require&method={method}", status=400),
            bases=_USAGE,
            alone=True,
        )
    yield clause(
        "Django's test client gets the response of a view with accept_websocket.",
        get_notes("client?view=accept", status=200, body="the page"),
        bases=_USAGE,
        alone=True,
    )
    for view in ("accept", "require"):
        yield clause(
            f"An opening handshake by Django's test client to a view with {view}_websocket raises a clear error.",
            get_notes(f"client-handshake?view={view}", refused=True, words=True),
            alone=True,
        )


def _factory() -> Iterator[ApiClause]:
    for method in ("get", "post", "head"):
        yield clause(
            f"A view with accept_websocket can be called with a {method.upper()} from Django's RequestFactory.",
            get_notes(f"factory?view=accept&method={method}", status=200, body=_NO_WEBSOCKET),
            bases=_USAGE,
        )
        yield clause(
            f"A view with require_websocket answers a {method.upper()} from Django's RequestFactory with 400.",
            get_notes(f"factory?view=require&method={method}", status=400),
            bases=_USAGE,
        )
    for view in ("accept", "require"):
        yield clause(
            f"An opening handshake from Django's RequestFactory to a view with {view}_websocket raises a clear error.",
            get_notes(f"factory-handshake?view={view}", refused=True, words=True),
        )
    yield clause(
        "The middleware can be called with a request from Django's RequestFactory.",
        get_notes("factory-middleware", status=200, body=_NO_WEBSOCKET),
    )


def _settings() -> Iterator[ApiClause]:
    yield clause(
        "override_settings changes a WebSocket setting inside its block only.",
        get_notes("overridden", **{"before": 400, "while": 426, "after": 400}),
        alone=True,
    )
    yield clause(
        "override_settings can add the middleware for Django's test client.",
        get_notes("listed", status=200, is_websocket=False, websocket=None),
        alone=True,
    )
    yield clause(
        "A misspelled setting raises ImproperlyConfigured, which names it and suggests the right name.",
        get_notes("slip?name=WEBSOCKET_ACEPT_ALL", said=["WEBSOCKET_ACEPT_ALL", "WEBSOCKET_ACCEPT_ALL"]),
        alone=True,
    )
    yield clause(
        "A setting with an invalid value raises ImproperlyConfigured, which names the setting.",
        get_notes("slip?name=WEBSOCKET_PING_INTERVAL", said=["WEBSOCKET_PING_INTERVAL"]),
        alone=True,
    )
