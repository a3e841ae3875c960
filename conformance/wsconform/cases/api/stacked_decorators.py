"""Other decorators above and below ours, with and without the middleware."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from wsconform.cases.api.builders import clause, open_websocket, usage
from wsconform.cases.api.http_steps import PAGE, echo, get, no_view_entered, plain_handshake
from wsconform.contract.model import ApiClause
from wsconform.script import steps

__all__ = ["stacked_decorators"]

_OURS = {"accept": "accept_websocket", "require": "require_websocket"}


@dataclass(frozen=True, slots=True)
class _Other:
    """Another decorator: the notes of the view about it, and the steps it needs first."""

    what: str
    notes: Mapping[str, bool] = field(default_factory=dict)
    before: tuple[steps.Step, ...] = ()


_LOGIN = get("login")
_OTHERS = {
    "csrf_exempt": _Other("csrf_exempt"),
    "login_required": _Other("login_required", {"known": True}, _LOGIN),
    "atomic": _Other("transaction.atomic", {"atomic": True}),
    "login_check": _Other("a custom decorator", {"checked": True}),
    "careless_check": _Other("a custom decorator without functools.wraps", {"checked": True}),
    "never_cache": _Other("never_cache"),
    "require_safe": _Other("require_safe"),
    "gzip_page": _Other("gzip_page"),
}
_SITES = {"decorators": "", "middleware": ", with the middleware listed"}


def stacked_decorators() -> Iterator[ApiClause]:
    """Yield clauses about each other decorator above and below ours."""
    for site, where in _SITES.items():
        for name, other in _OTHERS.items():
            for order in ("above", "below"):
                yield from _stack(name, other, order, site, where)
    yield from _without_login()
    yield from _forms()
    yield from _caches()


def _stack(name: str, other: _Other, order: str, site: str, where: str) -> Iterator[ApiClause]:
    bases = usage(12, 17) if where else usage(12)
    for ours, decorator in _OURS.items():
        view = f"{name}-{order}-{ours}"
        yield clause(
            f"A WebSocket reaches a view with {other.what} {order} {decorator} exactly once{where}.",
            other.before,
            echo(view, **other.notes),
            get(view, body=PAGE) if ours == "accept" else get(view, 400),
            site=site,
            bases=bases,
        )


def _without_login() -> Iterator[ApiClause]:
    for site, where in _SITES.items():
        for ours, decorator in _OURS.items():
            yield clause(
                f"login_required above {decorator} redirects an anonymous opening handshake to the login page{where}.",
                plain_handshake(f"login_required-above-{ours}"),
                steps.ExpectResponse((302,), (("Location", "/a/login"),)),
                no_view_entered,
                site=site,
                bases=usage(12),
            )
    for ours, decorator in _OURS.items():
        yield clause(
            f"login_required below {decorator} closes an anonymous WebSocket without calling the view.",
            open_websocket(f"login_required-below-{ours}"),
            steps.ExpectClose(),
            no_view_entered,
            bases=usage(12),
        )


def _forms() -> Iterator[ApiClause]:
    for order in ("above", "below"):
        yield clause(
            f"A POST without a CSRF token reaches a view with csrf_exempt {order} accept_websocket.",
            get(f"csrf_exempt-{order}-accept", body=PAGE, method="POST"),
            steps.ExpectNotes({"entered": 1, "method": "POST", "raised": None}),
            bases=usage(12),
        )
    yield clause(
        "A POST without a CSRF token does not reach a view with accept_websocket but no csrf_exempt.",
        get("accept", 403, method="POST"),
        no_view_entered,
        bases=usage(12),
    )


def _caches() -> Iterator[ApiClause]:
    view = "cache_page-above-accept"
    yield clause(
        "A view with cache_page above accept_websocket is called for each WebSocket.",
        echo(view),
        echo(view, entered=2),
    )
    yield clause(
        "A WebSocket reaches a view with cache_page above accept_websocket after its page was cached.",
        get(view, body=PAGE),
        echo(view, entered=2),
    )
    yield clause(
        "A view with cache_page above accept_websocket returns its page after a WebSocket.",
        echo(view),
        get(view, body=PAGE),
    )
