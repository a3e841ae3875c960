"""Views tested without a server, as Django's documentation has it: its client, its RequestFactory, its settings."""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.cases.api.builders import clause, readmes
from wsconform.cases.api.http_steps import get_notes
from wsconform.contract.model import ApiClause

__all__ = ["django_test_client"]

_NO_WEBSOCKET = "websocket None, is_websocket False"
_USAGE = readmes("Usage")


def django_test_client() -> Iterator[ApiClause]:
    """Views that are tested without a server."""
    yield from _client()
    yield from _factory()
    yield from _settings()
    yield clause(
        "dwebsocket.test.WebSocketClient talks to a view without a server.",
        get_notes("own-client", received="hello", close_code=1000, entered=1),
        alone=True,
    )


def _client() -> Iterator[ApiClause]:
    for method in ("get", "post", "head"):
        yield clause(
            f"A {method.upper()} of Django's test client reaches a view behind accept_websocket as a plain request.",
            get_notes(f"client?view=accept&method={method}", status=200, is_websocket=False, websocket=None, entered=1),
            bases=_USAGE,
            alone=True,
        )
        yield clause(
            f"A {method.upper()} of Django's test client to a view behind require_websocket gets 400.",
            get_notes(f"client?view=require&method={method}", status=400),
            bases=_USAGE,
            alone=True,
        )
    yield clause(
        "Django's test client gets from a view behind accept_websocket what the view returns.",
        get_notes("client?view=accept", status=200, body="the page"),
        bases=_USAGE,
        alone=True,
    )
    for view in ("accept", "require"):
        yield clause(
            f"An opening handshake of Django's test client behind {view}_websocket gets an error that says why.",
            get_notes(f"client-handshake?view={view}", refused=True, words=True),
            alone=True,
        )


def _factory() -> Iterator[ApiClause]:
    for method in ("get", "post", "head"):
        yield clause(
            f"A view behind accept_websocket can be called with a {method.upper()} of Django's RequestFactory.",
            get_notes(f"factory?view=accept&method={method}", status=200, body=_NO_WEBSOCKET),
            bases=_USAGE,
        )
        yield clause(
            f"A view behind require_websocket answers a {method.upper()} of Django's RequestFactory with 400.",
            get_notes(f"factory?view=require&method={method}", status=400),
            bases=_USAGE,
        )
    for view in ("accept", "require"):
        yield clause(
            f"An opening handshake of Django's RequestFactory behind {view}_websocket gets an error that says why.",
            get_notes(f"factory-handshake?view={view}", refused=True, words=True),
        )
    yield clause(
        "The middleware can be called with a request of Django's RequestFactory.",
        get_notes("factory-middleware", status=200, body=_NO_WEBSOCKET),
    )


def _settings() -> Iterator[ApiClause]:
    yield clause(
        "override_settings changes a setting of WebSockets for as long as it should.",
        get_notes("overridden", **{"before": 400, "while": 426, "after": 400}),
        alone=True,
    )
    yield clause(
        "override_settings lists the middleware for Django's test client.",
        get_notes("listed", status=200, is_websocket=False, websocket=None),
        alone=True,
    )
    yield clause(
        "A setting with a slip of the pen raises ImproperlyConfigured, which names it and the one that is meant.",
        get_notes("slip?name=WEBSOCKET_ACEPT_ALL", said=["WEBSOCKET_ACEPT_ALL.", "WEBSOCKET_ACCEPT_ALL?"]),
        alone=True,
    )
    yield clause(
        "A setting with a value of no use raises ImproperlyConfigured, which names it.",
        get_notes("slip?name=WEBSOCKET_PING_INTERVAL", said=["WEBSOCKET_PING_INTERVAL"]),
        alone=True,
    )
