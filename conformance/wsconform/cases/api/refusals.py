"""What is refused: handshakes that are malformed, plain requests, pages of others."""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.cases.api.builders import clause, howto, open_websocket, readmes, ruling, tutorial, usage
from wsconform.cases.api.http_steps import echo, expect_refusal, get, no_view_entered, plain_handshake
from wsconform.contract.model import ApiClause
from wsconform.script import steps

__all__ = ["refusals"]

_ERRORS = readmes("Error handling")
_KEY, _VERSION = "Sec-WebSocket-Key", "Sec-WebSocket-Version"

#: What is wrong with an opening handshake: the changed fields, the rest of the request, statuses, a word of the body.
_MALFORMED: dict[str, tuple[dict[str, str | None], dict[str, str], tuple[int, ...], str]] = {
    "without a key": ({_KEY: None}, {}, (400,), "key"),
    "with an empty key": ({_KEY: ""}, {}, (400,), "key"),
    "with a key of 8 octets": ({_KEY: "c2hvcnQhIQ=="}, {}, (400,), "key"),
    "with a key that is no base64": ({_KEY: "this is not in base64 at"}, {}, (400,), "key"),
    "without Connection": ({"Connection": None}, {}, (400,), "connection"),
    "with a Connection that does not name Upgrade": ({"Connection": "keep-alive"}, {}, (400,), "connection"),
    "without a version": ({_VERSION: None}, {}, (400, 426), "version"),
    "of version 8": ({_VERSION: "8"}, {}, (400, 426), "version"),
    "of a version that is no number": ({_VERSION: "new"}, {}, (400, 426), "version"),
    "by POST": ({}, {"method": "POST"}, (400, 405), "get"),
    "by HEAD": ({}, {"method": "HEAD"}, (400, 405), ""),
    "by HTTP/1.0": ({"Host": "localhost"}, {"http": "1.0"}, (400, 426, 505), "http/1.1"),
}


def refusals() -> Iterator[ApiClause]:
    """Malformed handshakes, plain requests, foreign origins."""
    yield from _malformed()
    yield from _elsewhere()
    yield from _required()
    yield from _own_origins()
    yield from _listed_origins()


def _malformed() -> Iterator[ApiClause]:
    for what, (change, request, statuses, word) in _MALFORMED.items():
        ask = plain_handshake("accept-any", change, **request)
        yield clause(
            f"An opening handshake {what} is refused, and its view not entered.",
            ask,
            steps.ExpectResponse(statuses),
            no_view_entered,
            bases=_ERRORS,
        )
        if word:
            yield clause(f"The refusal of an opening handshake {what} says what is wrong.", ask, _says(statuses, word))
    yield clause(
        "The refusal of a version that is not spoken names the one that is.",
        plain_handshake("accept", {_VERSION: "8"}),
        steps.ExpectResponse((426,), ((_VERSION, "13"), ("Upgrade", "websocket"))),
    )
    yield clause(
        "The refusal of another method names the right one.",
        plain_handshake("accept-any", method="POST"),
        steps.ExpectResponse((405,), (("Allow", "GET"),)),
    )
    yield clause(
        "After a handshake that is refused, the next one is served.",
        plain_handshake("accept", {_KEY: None}),
        steps.ExpectResponse((400,)),
        echo("accept"),
    )


def _says(statuses: tuple[int, ...], word: str) -> steps.ExpectResponse:
    return steps.ExpectResponse(statuses, contains=(word,))


def _elsewhere() -> Iterator[ApiClause]:
    """The same behind require_websocket and behind the middleware."""
    for site, view, where in (
        ("decorators", "require", "behind require_websocket"),
        ("middleware", "accept", "behind accept_websocket and the middleware"),
        ("middleware", "flagged", "with the attribute accept_websocket = True"),
        ("middleware", "bare", "without decorator, behind the middleware"),
    ):
        yield clause(
            f"An opening handshake without a key to a view {where} is refused with 400, and the view not entered.",
            plain_handshake(view, {_KEY: None}),
            steps.ExpectResponse((400,)),
            no_view_entered,
            site=site,
            bases=_ERRORS,
        )
    yield clause(
        "The refusal of a WebSocket to a view without decorator says that there is none.",
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
        "require_websocket says in its answer to a plain GET that a WebSocket is required.",
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
        "After an answer of 426, the next WebSocket is served.",
        get("require", 426),
        open_websocket("require", origin=""),
        _echoed,
        site="strict",
    )


_echoed: tuple[steps.Step, ...] = (steps.Send("one"), steps.ExpectMessage("one"), steps.ExpectClose())


def _own_origins() -> Iterator[ApiClause]:
    yield clause("A page of the site itself may connect.", open_websocket("accept"), _echoed, bases=ruling(23))
    yield clause(
        "A client that sends no Origin, as no browser does, may connect.",
        open_websocket("accept", origin=""),
        _echoed,
        bases=ruling(23),
    )
    for origin in ("https://evil.example", "http://127.0.0.1.evil.example", "null", "http://127.0.0.1:1"):
        yield clause(
            f"A page of another site may not connect: Origin {origin} gets 403.",
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


#: What WEBSOCKET_ALLOWED_ORIGINS of the strict site makes of origins.
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
            f"WEBSOCKET_ALLOWED_ORIGINS lets {origin or 'a client without Origin'} connect, as it is listed.",
            open_websocket("accept", origin=origin),
            _echoed,
            site="strict",
        )
    for origin in _FORBIDDEN:
        yield clause(
            f"WEBSOCKET_ALLOWED_ORIGINS does not let {origin} connect, as it is not listed.",
            expect_refusal("accept", 403, Origin=origin),
            site="strict",
        )
    yield clause(
        "WEBSOCKET_ALLOWED_ORIGINS does not let the site itself connect, if it is not listed.",
        steps.Request("/a/accept"),
        steps.ExpectResponse((403,)),
        no_view_entered,
        site="strict",
    )
