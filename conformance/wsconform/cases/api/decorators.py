"""`accept_websocket` and `require_websocket`, alone and together, on every kind of view."""

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
_KINDS = {"partial": "a functools.partial object", "callable": "an instance of a class with __call__()"}
_PLACES = {
    "dispatch": "on dispatch()",
    "get": "on get()",
    "class": 'on the class (name="dispatch")',
    "as_view": "on the result of as_view()",
}
_METHODS = "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"


def decorators() -> Iterator[ApiClause]:
    """Yield clauses about each decorator on every kind of view, then both together, then with other decorators."""
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
    yield clause("A WebSocket reaches a view with accept_websocket.", echo("accept"), bases=USAGE)
    yield clause(
        "A plain request reaches a view with accept_websocket.",
        get("accept", body=PAGE),
        steps.ExpectNotes({"entered": 1, "is_websocket": False, "websocket": None, "raised": None}),
        bases=USAGE,
    )
    yield clause(
        "A WebSocket reaches a view with require_websocket.",
        echo("require"),
        bases=(*USAGE, tutorial("Server-Side (Django Views)")),
    )
    yield clause(
        "A plain request does not reach a view with require_websocket and is answered with 400.",
        get("require", 400),
        no_view_entered,
        bases=(*USAGE, tutorial("Server-Side (Django Views)"), *usage(15)),
    )


def _other_methods() -> Iterator[ApiClause]:
    for method in _METHODS:
        yield clause(
            f"A plain {method} reaches a view with accept_websocket.",
            get("accept-any", method=method, body=b"" if method == "HEAD" else PAGE),
            steps.ExpectNotes({"entered": 1, "method": method, "websocket": None, "raised": None}),
            bases=USAGE,
        )
    for method in _METHODS:
        yield clause(
            f"A plain {method} does not reach a view with require_websocket and is answered with 400.",
            get("require-any", 400, method=method),
            no_view_entered,
            bases=USAGE,
        )


def _attributes() -> Iterator[ApiClause]:
    for name, ours in _OURS.items():
        yield clause(
            f"{ours} preserves the name, docstring and other attributes of a view.",
            get_notes("attributes", **{name: {"name": "view", "doc": "Do something.", "mark": 7}}),
            bases=usage(12),
        )
        yield clause(
            f"{ours} sets the attribute accept_websocket = True on a view.",
            get_notes("attributes", **{name: {"accept_websocket": True}}),
            bases=usage(12),
        )
        yield clause(
            f"{ours} raises a TypeError with a clear message for an asynchronous view.",
            get_notes("asynchronous", **{name: True}),
        )


def _arguments() -> Iterator[ApiClause]:
    for name, ours in _OURS.items():
        yield clause(
            f"For a WebSocket, a view with {ours} gets the captured parts of its URL.",
            echo(f"{name}-room/7/blue", args=[], kwargs={"room": 7, "name": "blue"}),
            bases=USAGE,
        )
        yield clause(
            f"For a WebSocket, a view with {ours} gets positional and keyword arguments.",
            echo(f"{name}-arguments", args=[1, "two"], kwargs={"room": "blue"}),
            bases=usage(12),
        )
    yield clause(
        "For a plain request, a view with accept_websocket gets the captured parts of its URL.",
        get("accept-room/7/blue", body=PAGE),
        steps.ExpectNotes({"args": [], "kwargs": {"room": 7, "name": "blue"}, "raised": None}),
        bases=USAGE,
    )
    yield clause(
        "For a plain request, a view with accept_websocket gets positional and keyword arguments.",
        get("accept-arguments", body=PAGE),
        steps.ExpectNotes({"args": [1, "two"], "kwargs": {"room": "blue"}, "raised": None}),
        bases=usage(12),
    )


def _kinds() -> Iterator[ApiClause]:
    for kind, what in _KINDS.items():
        for name, ours in _OURS.items():
            yield clause(f"{ours} can decorate {what}.", echo(f"{name}-{kind}"))


def _classes() -> Iterator[ApiClause]:
    for place, where in _PLACES.items():
        for name, ours in _OURS.items():
            view = f"{name}-on-{place}"
            yield clause(f"A WebSocket reaches a class-based view with {ours} {where}.", echo(view), bases=usage(12))
            plain = (
                (get(view, body=PAGE), steps.ExpectNotes({"entered": 1, "websocket": None, "raised": None}))
                if name == "accept"
                else (get(view, 400), no_view_entered)
            )
            yield clause(
                f"A plain request {'reaches' if name == 'accept' else 'does not reach'} a class-based view with {ours} "
                f"{where}.",
                *plain,
                bases=usage(12),
            )
        yield clause(
            f"With the middleware listed, a WebSocket reaches a class-based view with accept_websocket {where}.",
            echo(f"accept-on-{place}"),
            site="middleware",
            bases=usage(12, 17),
        )


#: The client's offer, and the subprotocol that a view with chat.v2 and chat.v1 selects.
_AGREED = {
    "the only subprotocol that both support": (("mqtt", "chat.v1"), "chat.v1"),
    "the first of the client's subprotocols that the view supports": (("chat.v1", "chat.v2"), "chat.v1"),
    "no subprotocol if the view supports none of the client's": (("mqtt",), None),
    "no subprotocol if the client offers none": ((), None),
}


def _subprotocols() -> Iterator[ApiClause]:
    for name, ours in _OURS.items():
        for which, (offered, agreed) in _AGREED.items():
            yield clause(
                f"@{ours}(subprotocols=[...]) selects {which}.",
                steps.Request(f"/a/{name}-speaking", subprotocols=offered),
                *_agreement(agreed),
                bases=ruling(24) if agreed else (),
            )


def _agreement(agreed: str | None) -> tuple[steps.Step, ...]:
    return steps.ExpectUpgrade(agreed), steps.ExpectMessage(str(agreed)), steps.ExpectClose()


_BOTH = {
    "accept-require": ("accept_websocket above require_websocket", 400),
    "require-accept": ("require_websocket above accept_websocket", 400),
    "accept-accept": ("accept_websocket applied twice", 200),
    "require-require": ("require_websocket applied twice", 400),
}


def _twice() -> Iterator[ApiClause]:
    for name, (how, status) in _BOTH.items():
        yield clause(f"A WebSocket reaches a view with {how} exactly once.", echo(f"twice-{name}"))
        yield clause(f"A plain request to a view with {how} is answered with {status}.", get(f"twice-{name}", status))
