"""`accept_websocket` and `require_websocket`, alone, on all that can be a view, and together."""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.cases.api.builders import clause, howto, readmes, ruling, tutorial, usage
from wsconform.cases.api.http_steps import PAGE, echo, get, get_notes, no_view_entered
from wsconform.cases.api.stacked_decorators import stacked_decorators
from wsconform.contract.model import ApiClause
from wsconform.script import steps

__all__ = ["decorators"]

USAGE = (*readmes("Usage"), howto("III. usage"))
_OURS = {"accept": "accept_websocket", "require": "require_websocket"}
_KINDS = {"partial": "a functools.partial", "callable": "an object that is no function"}
_PLACES = {
    "dispatch": "on dispatch()",
    "get": "on get()",
    "class": "on the class, by name",
    "as_view": "on what as_view() gives",
}
_METHODS = "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"


def decorators() -> Iterator[ApiClause]:
    """Each decorator on every kind of view, then both, then among others."""
    yield from _alone()
    yield from _other_methods()
    yield from _attributes()
    yield from _arguments()
    yield from _kinds()
    yield from _classes()
    yield from _subprotocols()
    yield from _twice()
    yield from stacked_decorators()


def _alone() -> Iterator[ApiClause]:
    yield clause("A view behind accept_websocket is reached by a WebSocket.", echo("accept"), bases=USAGE)
    yield clause(
        "A view behind accept_websocket is reached by a plain request.",
        get("accept", body=PAGE),
        steps.ExpectNotes({"entered": 1, "is_websocket": False, "websocket": None, "raised": None}),
        bases=USAGE,
    )
    yield clause(
        "A view behind require_websocket is reached by a WebSocket.",
        echo("require"),
        bases=(*USAGE, tutorial("Server-Side (Django Views)")),
    )
    yield clause(
        "A view behind require_websocket is not reached by a plain request, which gets 400.",
        get("require", 400),
        no_view_entered,
        bases=(*USAGE, tutorial("Server-Side (Django Views)"), *usage(15)),
    )


def _other_methods() -> Iterator[ApiClause]:
    for method in _METHODS:
        yield clause(
            f"A view behind accept_websocket is reached by a plain {method}.",
            get("accept-any", method=method, body=b"" if method == "HEAD" else PAGE),
            steps.ExpectNotes({"entered": 1, "method": method, "websocket": None, "raised": None}),
            bases=USAGE,
        )
    for method in _METHODS:
        yield clause(
            f"A view behind require_websocket is not reached by a plain {method}, which gets 400.",
            get("require-any", 400, method=method),
            no_view_entered,
            bases=USAGE,
        )


def _attributes() -> Iterator[ApiClause]:
    for name, ours in _OURS.items():
        yield clause(
            f"{ours} keeps a view's name, docstring and other attributes.",
            get_notes("attributes", **{name: {"name": "view", "doc": "Do something.", "mark": 7}}),
            bases=usage(12),
        )
        yield clause(
            f"{ours} leaves the attribute accept_websocket = True on a view.",
            get_notes("attributes", **{name: {"accept_websocket": True}}),
            bases=usage(12),
        )
        yield clause(
            f"{ours} refuses an asynchronous view by a TypeError that says so.",
            get_notes("asynchronous", **{name: True}),
        )


def _arguments() -> Iterator[ApiClause]:
    for name, ours in _OURS.items():
        yield clause(
            f"A WebSocket's view behind {ours} gets the parts of its URL.",
            echo(f"{name}-room/7/blue", args=[], kwargs={"room": 7, "name": "blue"}),
            bases=USAGE,
        )
        yield clause(
            f"A WebSocket's view behind {ours} gets positional and named arguments.",
            echo(f"{name}-arguments", args=[1, "two"], kwargs={"room": "blue"}),
            bases=usage(12),
        )
    yield clause(
        "A plain request's view behind accept_websocket gets the parts of its URL.",
        get("accept-room/7/blue", body=PAGE),
        steps.ExpectNotes({"args": [], "kwargs": {"room": 7, "name": "blue"}, "raised": None}),
        bases=USAGE,
    )
    yield clause(
        "A plain request's view behind accept_websocket gets positional and named arguments.",
        get("accept-arguments", body=PAGE),
        steps.ExpectNotes({"args": [1, "two"], "kwargs": {"room": "blue"}, "raised": None}),
        bases=usage(12),
    )


def _kinds() -> Iterator[ApiClause]:
    for kind, what in _KINDS.items():
        for name, ours in _OURS.items():
            yield clause(f"{ours} can be put on {what}.", echo(f"{name}-{kind}"))


def _classes() -> Iterator[ApiClause]:
    for place, where in _PLACES.items():
        for name, ours in _OURS.items():
            view = f"{name}-on-{place}"
            yield clause(
                f"A class-based view with {ours} {where} is reached by a WebSocket.", echo(view), bases=usage(12)
            )
            plain = (
                (get(view, body=PAGE), steps.ExpectNotes({"entered": 1, "websocket": None, "raised": None}))
                if name == "accept"
                else (get(view, 400), no_view_entered)
            )
            yield clause(
                f"A class-based view with {ours} {where} is {'' if name == 'accept' else 'not '}reached by a "
                "plain request.",
                *plain,
                bases=usage(12),
            )
        yield clause(
            f"A class-based view with accept_websocket {where} is reached by a WebSocket behind the middleware, too.",
            echo(f"accept-on-{place}"),
            site="middleware",
            bases=usage(12, 17),
        )


#: What a client offers, and what is agreed with a view that speaks chat.v2 and chat.v1.
_AGREED = {
    "the only one that both speak": (("mqtt", "chat.v1"), "chat.v1"),
    "the first of the client's that the view speaks": (("chat.v1", "chat.v2"), "chat.v1"),
    "none when the view speaks none of the client's": (("mqtt",), None),
    "none when the client offers none": ((), None),
}


def _subprotocols() -> Iterator[ApiClause]:
    for name, ours in _OURS.items():
        for which, (offered, agreed) in _AGREED.items():
            yield clause(
                f"@{ours}(subprotocols=[...]) agrees on {which}.",
                steps.Request(f"/a/{name}-speaking", subprotocols=offered),
                *_agreement(agreed),
                bases=ruling(24) if agreed else (),
            )


def _agreement(agreed: str | None) -> tuple[steps.Step, ...]:
    return steps.ExpectUpgrade(agreed), steps.ExpectMessage(str(agreed)), steps.ExpectClose()


_BOTH = {
    "accept-require": ("accept_websocket above require_websocket", 400),
    "require-accept": ("require_websocket above accept_websocket", 400),
    "accept-accept": ("accept_websocket twice", 200),
    "require-require": ("require_websocket twice", 400),
}


def _twice() -> Iterator[ApiClause]:
    for name, (how, status) in _BOTH.items():
        yield clause(f"A view behind {how} is reached by a WebSocket, once.", echo(f"twice-{name}"))
        yield clause(f"A view behind {how} answers a plain request with {status}.", get(f"twice-{name}", status))
