"""The middleware: not listed, first, in between and last, for every kind of view; and later middleware."""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.cases.api.builders import clause, howto, open_websocket, readmes, tutorial, usage
from wsconform.cases.api.http_steps import (
    PAGE,
    create_tables,
    echo,
    expect_refusal,
    get,
    no_view_entered,
    plain_handshake,
)
from wsconform.contract.model import ApiClause, Basis
from wsconform.script import steps

__all__ = ["middleware"]

_LISTED = (*readmes("Usage"), howto("III. usage"))
_BEHIND_COMMON = (*_LISTED, tutorial("Step 3: Configure Middleware"), *usage(17))
_ANYWHERE = (*readmes("Usage"), howto("III. usage"), *usage(17))

#: Sites by the position of the middleware.
_POSITIONS = {
    "decorators": "not listed",
    "middleware": "listed after CommonMiddleware",
    "first": "listed first",
    "last": "listed last",
}
_VIEWS = {
    "bare": "a view without a decorator",
    "accept": "a view with accept_websocket",
    "require": "a view with require_websocket",
    "flagged": "a view with the attribute accept_websocket = True",
}


def middleware() -> Iterator[ApiClause]:
    """Yield clauses about each position of the middleware with each kind of view, then about other middleware."""
    for site, position in _POSITIONS.items():
        for view, what in _VIEWS.items():
            yield _websocket(site, position, view, what)
            yield _plain(site, position, view, what)
    yield from _attributes()
    yield from _classes()
    yield from _others()
    yield from _failures()


def _websocket(site: str, position: str, view: str, what: str) -> ApiClause:
    """Return the clause about a WebSocket for one combination of the table."""
    listed, decorated = site != "decorators", view in ("accept", "require")
    if decorated or (listed and view == "flagged"):
        outcome, course = "reaches it exactly once", echo(view)
    elif listed:
        outcome, course = (
            "is refused with 400",
            (steps.Request(f"/a/{view}"), steps.ExpectResponse((400,)), *no_view_entered),
        )
    else:
        outcome, course = (
            "is treated as a plain request",
            (steps.Request(f"/a/{view}"), steps.ExpectResponse(body=PAGE)),
        )
    sentence = f"With the middleware {position}, a WebSocket to {what} {outcome}."
    return clause(sentence, course, site=site, bases=_bases(site, decorated))


def _plain(site: str, position: str, view: str, what: str) -> ApiClause:
    """Return the clause about a plain request for one combination of the table."""
    sentence = f"With the middleware {position}, a plain request to {what}"
    bases = _bases(site, view in ("accept", "require"))
    if view == "require":
        return clause(f"{sentence} is refused with 400.", get(view, 400), no_view_entered, site=site, bases=bases)
    entered = steps.ExpectNotes({"entered": 1, "raised": None})
    return clause(f"{sentence} reaches it.", get(view, body=PAGE), entered, site=site, bases=bases)


def _bases(site: str, decorated: bool) -> tuple[Basis, ...]:
    if site == "decorators":
        return _ANYWHERE if decorated else ()
    return _BEHIND_COMMON if site == "middleware" else _LISTED


def _attributes() -> Iterator[ApiClause]:
    for site in ("middleware", "first", "last"):
        for method in ("GET", "POST", "HEAD"):
            yield clause(
                f"With the middleware {_POSITIONS[site]}, request.is_websocket() returns False and request.websocket "
                f"is None for a plain {method} to a view without a decorator.",
                get("bare-any", method=method),
                steps.ExpectNotes({"is_websocket": False, "websocket": None, "raised": None}),
                site=site,
                bases=_LISTED,
            )


def _classes() -> Iterator[ApiClause]:
    yield clause(
        "With the middleware listed, a WebSocket reaches a class-based view with accept_websocket = True.",
        echo("flagged-class"),
        site="middleware",
    )
    yield clause(
        "With the middleware listed, a WebSocket to a class-based view without a decorator is refused with 400.",
        steps.Request("/a/bare-class"),
        steps.ExpectResponse((400,)),
        no_view_entered,
        site="middleware",
        bases=_LISTED,
    )


def _others() -> Iterator[ApiClause]:
    """Yield clauses about a later middleware, listed after the target's."""
    for view in ("accept", "require", "flagged"):
        yield clause(
            f"A later middleware that requires a login can refuse a WebSocket to {_VIEWS[view]} before it opens.",
            plain_handshake(f"members-{view}"),
            steps.ExpectResponse((403,), contains=("members only",)),
            no_view_entered,
            site="guarded",
        )
        yield clause(
            f"A later middleware that requires a login lets the WebSocket of a user reach {_VIEWS[view]}.",
            get("login"),
            echo(f"members-{view}", known=True),
            site="guarded",
        )
    for view in ("accept", "flagged"):
        yield clause(
            f"A later middleware is called once for a WebSocket to {_VIEWS[view]} and sees one response.",
            create_tables,
            echo(view),
            _calls("view", "response 200"),
            site="guarded",
        )
    yield clause(
        "A later middleware is called once for a plain request and sees one response.",
        create_tables,
        get("bare", body=PAGE),
        _calls("view", "response 200"),
        site="guarded",
    )
    yield clause(
        "A later middleware sees the 400, but no view, for a WebSocket to a view without a decorator.",
        expect_refusal("bare", 400),
        _calls("response 400"),
        site="guarded",
    )


def _failures() -> Iterator[ApiClause]:
    for view in ("accept", "require", "flagged"):
        yield clause(
            f"With the middleware listed, an exception in {_VIEWS[view]} closes the WebSocket with 1011.",
            _failed(f"{view}-raises"),
            site="middleware",
        )
        yield clause(
            f"A later middleware sees the exception in {_VIEWS[view]}, then a 500 response.",
            create_tables,
            _failed(f"{view}-raises"),
            _calls("view", "ValueError", "response 500"),
            site="guarded",
        )


def _failed(view: str) -> tuple[steps.Step, ...]:
    return (
        *open_websocket(view),
        steps.Send("go"),
        steps.ExpectClose((1011,)),
        steps.ExpectNotes({"raised": "ValueError: as it is meant to be"}),
    )


def _calls(*calls: str) -> tuple[steps.Step, ...]:
    """Expect these calls of the site's own middleware."""
    return *open_websocket("guard-calls"), steps.ExpectJson(list(calls)), steps.ExpectClose()
