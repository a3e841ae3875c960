"""The decorators together with those of others: above and below, with the middleware and without."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from wsconform.cases.api.builders import opened, row, said
from wsconform.cases.api.http_steps import PAGE, asked, by_hand, served, untouched
from wsconform.contract.model import ApiClause
from wsconform.script import steps

__all__ = ["stacks"]

_OURS = {"accept": "accept_websocket", "require": "require_websocket"}


@dataclass(frozen=True, slots=True)
class _Other:
    """Another decorator: what the view notes for it, and what has to be done before."""

    what: str
    notes: Mapping[str, bool] = field(default_factory=dict)
    before: tuple[steps.Step, ...] = ()


_LOGIN = asked("login")
_OTHERS = {
    "csrf_exempt": _Other("csrf_exempt"),
    "login_required": _Other("login_required", {"known": True}, _LOGIN),
    "atomic": _Other("transaction.atomic", {"atomic": True}),
    "login_check": _Other("a check of the site's own", {"checked": True}),
    "careless_check": _Other("a check of the site's own without functools.wraps", {"checked": True}),
    "never_cache": _Other("never_cache"),
    "require_safe": _Other("require_safe"),
    "gzip_page": _Other("gzip_page"),
}
_SITES = {"decorators": "", "middleware": ", with the middleware"}


def stacks() -> Iterator[ApiClause]:
    """Stacked decorators."""
    for site, where in _SITES.items():
        for name, other in _OTHERS.items():
            for order in ("above", "below"):
                yield from _stack(name, other, order, site, where)
    yield from _strangers()
    yield from _forms()
    yield from _caches()


def _stack(name: str, other: _Other, order: str, site: str, where: str) -> Iterator[ApiClause]:
    bases = row(12, 17) if where else row(12)
    for ours, decorator in _OURS.items():
        view = f"{name}-{order}-{ours}"
        yield said(
            f"A view with {other.what} {order} {decorator} is reached by a WebSocket, once{where}.",
            other.before,
            served(view, **other.notes),
            asked(view, body=PAGE) if ours == "accept" else asked(view, 400),
            site=site,
            bases=bases,
        )


def _strangers() -> Iterator[ApiClause]:
    for site, where in _SITES.items():
        for ours, decorator in _OURS.items():
            yield said(
                f"login_required above {decorator} answers an opening handshake of nobody by its redirect{where}.",
                by_hand(f"login_required-above-{ours}"),
                steps.ExpectResponse((302,), (("Location", "/a/login"),)),
                untouched,
                site=site,
                bases=row(12),
            )
    for ours, decorator in _OURS.items():
        yield said(
            f"login_required below {decorator} ends the WebSocket of nobody, and the view is not entered.",
            opened(f"login_required-below-{ours}"),
            steps.ExpectClose(),
            untouched,
            bases=row(12),
        )


def _forms() -> Iterator[ApiClause]:
    for order in ("above", "below"):
        yield said(
            f"A view with csrf_exempt {order} accept_websocket is reached by a POST without a token.",
            asked(f"csrf_exempt-{order}-accept", body=PAGE, method="POST"),
            steps.ExpectNotes({"entered": 1, "method": "POST", "raised": None}),
            bases=row(12),
        )
    yield said(
        "A view with accept_websocket alone is not reached by a POST without a token.",
        asked("accept", 403, method="POST"),
        untouched,
        bases=row(12),
    )


def _caches() -> Iterator[ApiClause]:
    view = "cache_page-above-accept"
    yield said(
        "A view with cache_page above accept_websocket is entered for each WebSocket.",
        served(view),
        served(view, entered=2),
    )
    yield said(
        "A view with cache_page above accept_websocket is reached by a WebSocket after its page was asked for.",
        asked(view, body=PAGE),
        served(view, entered=2),
    )
    yield said(
        "A view with cache_page above accept_websocket answers with its page after a WebSocket.",
        served(view),
        asked(view, body=PAGE),
    )
