"""`request.is_websocket()` and `request.websocket`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wsconform.cases.api.builders import clause, howto, open_websocket, readmes, tutorial, usage
from wsconform.cases.api.http_steps import PAGE, echo, get, get_notes, plain_handshake
from wsconform.contract.model import ApiClause
from wsconform.script import steps

__all__ = ["requests"]

_IS_WEBSOCKET = (*readmes("request.is_websocket()"), howto("1.request.is_websocket()"))
_WEBSOCKET = (*readmes("request.websocket"), howto("2.request.websocket"))
_SITES = {"decorators": "", "middleware": ", with the middleware listed"}


def requests() -> Iterator[ApiClause]:
    """Yield clauses about both attributes of a request."""
    for site, where in _SITES.items():
        yield from _opened(site, where)
        yield from _plain(site, where)
    yield from _spellings()
    yield from _truth()
    yield from _conversation()


def _opened(site: str, where: str) -> Iterator[ApiClause]:
    for view in ("accept", "require"):
        yield clause(
            f"request.is_websocket() returns True for a WebSocket in a view with {view}_websocket{where}.",
            *open_websocket(view),
            steps.Send("one"),
            steps.ExpectMessage("one"),
            steps.ExpectClose(),
            steps.ExpectNotes({"is_websocket": True}),
            site=site,
            bases=_IS_WEBSOCKET,
        )
        yield clause(
            f"request.websocket is set for a WebSocket in a view with {view}_websocket{where}.",
            *open_websocket(view),
            steps.Send("one"),
            steps.ExpectMessage("one"),
            steps.ExpectClose(),
            steps.ExpectNotes({"websocket": "there"}),
            site=site,
            bases=_WEBSOCKET,
        )


def _plain(site: str, where: str) -> Iterator[ApiClause]:
    for method in ("GET", "POST", "HEAD"):
        yield clause(
            f"request.is_websocket() returns False for a plain {method}{where}.",
            get("accept-any", method=method),
            steps.ExpectNotes({"is_websocket": False, "raised": None}),
            site=site,
            bases=_IS_WEBSOCKET,
        )
        yield clause(
            f"request.websocket is None for a plain {method}{where}.",
            get("accept-any", method=method),
            steps.ExpectNotes({"websocket": None, "raised": None}),
            site=site,
            bases=_WEBSOCKET,
        )


#: Header fields of opening handshakes as some browsers and proxies write them.
_GOOD = {
    "Upgrade": "WebSocket",
    "Connection": "keep-alive, Upgrade",
}
_OTHER: Mapping[str, Mapping[str, str | None]] = {
    "an Upgrade to another protocol": {"Upgrade": "h2c"},
    "no Upgrade field": {"Upgrade": None},
}


def _spellings() -> Iterator[ApiClause]:
    for name, value in _GOOD.items():
        yield clause(
            f'An opening handshake with "{name}: {value}" is accepted.',
            plain_handshake("accept", {name: value}),
            steps.ExpectResponse((101,)),
            steps.ExpectNotes({"is_websocket": True, "websocket": "there"}),
            bases=_IS_WEBSOCKET,
        )
    for what, change in _OTHER.items():
        yield clause(
            f"A request with {what} is treated as a plain request.",
            plain_handshake("accept", change),
            steps.ExpectResponse(body=PAGE),
            steps.ExpectNotes({"is_websocket": False, "websocket": None, "raised": None}),
            bases=_IS_WEBSOCKET,
        )


def _truth() -> Iterator[ApiClause]:
    yield clause(
        "The attribute request.is_websocket, if not called, is true for a plain request.",
        get_notes("uncalled", taken_for="a WebSocket", websocket=None),
        bases=usage(6),
    )
    yield clause(
        "The attribute request.is_websocket, if not called, is true for a WebSocket.",
        open_websocket("uncalled"),
        steps.ExpectClose(),
        steps.ExpectNotes({"taken_for": "a WebSocket", "websocket": "there", "raised": None}),
        bases=usage(6),
    )


def _conversation() -> Iterator[ApiClause]:
    yield clause(
        "The view receives from and sends to its client through request.websocket.",
        echo("accept"),
        bases=(*_WEBSOCKET, tutorial("Server-Side (Django Views)")),
    )
    yield clause(
        "request.is_websocket() and request.websocket do not change when the WebSocket is closed.",
        open_websocket("after-close"),
        steps.ExpectClose(),
        steps.ExpectNotes({"is_websocket": True, "same": True, "raised": None}),
        bases=_IS_WEBSOCKET,
    )
