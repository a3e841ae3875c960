"""Refused requests: malformed handshakes, plain requests, pages from foreign origins."""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.cases.api.builders import clause, howto, open_websocket, readmes, ruling, tutorial, usage
from wsconform.cases.api.http_steps import echo, expect_refusal, get, no_view_entered, plain_handshake
from wsconform.contract.model import ApiClause
from wsconform.script import steps

__all__ = ["refusals"]

_ERRORS = readmes("Error handling")
_KEY, _VERSION = "Sec-WebSocket-Key", "Sec-WebSocket-Version"

#: The fault of an opening handshake: changed fields, rest of the request, statuses, a word of the body.
_MALFORMED: dict[str, tuple[dict[str, str | None], dict[str, str], tuple[int, ...], str]] = {
    "without a key": ({_KEY: None}, {}, (400,), "key"),
    "with an empty key": ({_KEY: ""}, {}, (400,), "key"),
    "with a key of 8 bytes": ({_KEY: "c2hvcnQhIQ=="}, {}, (400,), "key"),
    "with a key that is not base64": ({_KEY: "this is not in base64 at"}, {}, (400,), "key"),
    "without a Connection field": ({"Connection": None}, {}, (400,), "connection"),
    "with a Connection field that does not contain Upgrade": ({"Connection": "keep-alive"}, {}, (400,), "connection"),
    "without a version": ({_VERSION: None}, {}, (400, 426), "version"),
    "with version 8": ({_VERSION: "8"}, {}, (400, 426), "version"),
    "with a version that is not a number": ({_VERSION: "new"}, {}, (400, 426), "version"),
    "by POST": ({}, {"method": "POST"}, (400, 405), "get"),
    "by HEAD": ({}, {"method": "HEAD"}, (400, 405), ""),
    "by HTTP/1.0": ({"Host": "localhost"}, {"http": "1.0"}, (400, 426, 505), "http/1.1"),
}


def refusals() -> Iterator[ApiClause]:
    """Yield clauses about malformed handshakes, plain requests and foreign origins."""
    yield from _malformed()
    yield from _elsewhere()
    yield from _required()
    yield from _own_origins()
    yield from _listed_origins()


def _malformed() -> Iterator[ApiClause]:
    for what, (change, request, statuses, word) in _MALFORMED.items():
        ask = plain_handshake("accept-any", change, **request)
        yield clause(
            f"An opening handshake {what} is refused without calling the view.",
            ask,
            steps.ExpectResponse(statuses),
            no_view_entered,
            bases=_ERRORS,
        )
        if word:
            yield clause(f"The refusal of an opening handshake {what} names the fault.", ask, _says(statuses, word))
    yield clause(
        "The refusal of an unsupported version is a 426 that names version 13.",
        plain_handshake("accept", {_VERSION: "8"}),
        steps.ExpectResponse((426,), ((_VERSION, "13"), ("Upgrade", "websocket"))),
    )
    yield clause(
        "The refusal of a method other than GET is a 405 that allows GET.",
        plain_handshake("accept-any", method="POST"),
        steps.ExpectResponse((405,), (("Allow", "GET"),)),
    )
    yield clause(
        "After a refused opening handshake, the next one is accepted.",
        plain_handshake("accept", {_KEY: None}),
        steps.ExpectResponse((400,)),
        echo("accept"),
    )


def _says(statuses: tuple[int, ...], word: str) -> steps.ExpectResponse:
    return steps.ExpectResponse(statuses, contains=(word,))


def _elsewhere() -> Iterator[ApiClause]:
    """Yield the same for require_websocket and with the middleware listed."""
    for site, view, where in (
        ("decorators", "require", "with require_websocket"),
        ("middleware", "accept", "with accept_websocket, with the middleware listed,"),
        ("middleware", "flagged", "with the attribute accept_websocket = True"),
        ("middleware", "bare", "without a decorator, with the middleware listed,"),
    ):
        yield clause(
            f"An opening handshake without a key for a view {where} is refused with 400, and the view is not called.",
            plain_handshake(view, {_KEY: None}),
            steps.ExpectResponse((400,)),
            no_view_entered,
            site=site,
            bases=_ERRORS,
        )
    yield clause(
        "The refusal of a WebSocket to a view without a decorator says that this URL has no WebSocket.",
        plain_handshake("bare"),
        steps.ExpectResponse((400,), contains=("websocket", "/a/bare")),
        site="middleware",
    )


def _required() -> Iterator[ApiClause]:
    yield clause(
        "require_websocket answers a plain GET with 400.",
        get("require", 400),
        no_view_entered,
        bases=(*readmes("Usage"), howto("III. usage"), tutorial("Server-Side (Django Views)"), *usage(15)),
    )
    yield clause(
        "The answer of require_websocket to a plain GET says that a WebSocket is required.",
        steps.Request("/a/require", websocket=False),
        steps.ExpectResponse((400,), contains=("websocket", "required")),
    )
    for method in ("GET", "POST", "HEAD"):
        yield clause(
            f"With WEBSOCKET_UPGRADE_REQUIRED, require_websocket answers a plain {method} with 426 and Upgrade.",
            steps.Request("/a/require-any", websocket=False, method=method),
            steps.ExpectResponse((426,), (("Upgrade", "websocket"),)),
            no_view_entered,
            site="strict",
        )
    yield clause(
        "After a 426 answer, the next WebSocket is accepted.",
        get("require", 426),
        open_websocket("require", origin=""),
        _echoed,
        site="strict",
    )


_echoed: tuple[steps.Step, ...] = (steps.Send("one"), steps.ExpectMessage("one"), steps.ExpectClose())


def _own_origins() -> Iterator[ApiClause]:
    yield clause("A page of the site itself may connect.", open_websocket("accept"), _echoed, bases=ruling(23))
    yield clause(
        "A client without an Origin field, which cannot be a browser, may connect.",
        open_websocket("accept", origin=""),
        _echoed,
        bases=ruling(23),
    )
    for origin in ("https://evil.example", "http://127.0.0.1.evil.example", "null", "http://127.0.0.1:1"):
        yield clause(
            f"A page of another site may not connect: Origin {origin} is refused with 403.",
            plain_handshake("accept", {"Origin": origin}),
            steps.ExpectResponse((403,), contains=("origin",)),
            no_view_entered,
            bases=ruling(23),
        )
    yield clause(
        "A page of a site in CSRF_TRUSTED_ORIGINS may connect.",
        open_websocket("accept", origin="https://trusted.example"),
        _echoed,
        site="installed",
    )
    yield clause(
        "A page of a site that is not in CSRF_TRUSTED_ORIGINS may not connect.",
        expect_refusal("accept", 403, Origin="https://trusted.example.evil.example"),
        site="installed",
    )


#: Origins that WEBSOCKET_ALLOWED_ORIGINS of the strict site allows and forbids.
_ALLOWED = "https://site.example", "HTTPS://Site.Example", "https://a.wide.example", "https://b.a.wide.example", ""
_FORBIDDEN = (
    "http://site.example",
    "https://site.example:444",
    "https://site.example.evil.example",
    "https://a.site.example",
    "https://wide.example",
    "https://evilwide.example",
    "http://a.wide.example",
    "https://elsewhere.example",
    "null",
)


def _listed_origins() -> Iterator[ApiClause]:
    for origin in _ALLOWED:
        yield clause(
            "WEBSOCKET_ALLOWED_ORIGINS allows "
            + (f"the listed origin {origin}." if origin else "a client without Origin."),
            open_websocket("accept", origin=origin),
            _echoed,
            site="strict",
        )
    for origin in _FORBIDDEN:
        yield clause(
            f"WEBSOCKET_ALLOWED_ORIGINS refuses the unlisted origin {origin} with 403.",
            expect_refusal("accept", 403, Origin=origin),
            site="strict",
        )
    yield clause(
        "WEBSOCKET_ALLOWED_ORIGINS refuses the site's own origin with 403 if it is not listed.",
        steps.Request("/a/accept"),
        steps.ExpectResponse((403,)),
        no_view_entered,
        site="strict",
    )
