"""Functions that build clauses: their sources, and the start and end of conversations."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from wsconform.contract.model import ApiClause, Basis, Document
from wsconform.script import steps

__all__ = [
    "END",
    "clause",
    "close_handshake",
    "django_websocket",
    "dwebsocket",
    "howto",
    "open_websocket",
    "readmes",
    "ruling",
    "tutorial",
    "usage",
]

dwebsocket = partial(Basis, Document.DWEBSOCKET)
django_websocket = partial(Basis, Document.DJANGO_WEBSOCKET)
howto = partial(Basis, Document.HOWTO)
tutorial = partial(Basis, Document.TUTORIAL)


def usage(*numbers: int) -> tuple[Basis, ...]:
    """Return rows of the table "How public projects use dwebsocket"."""
    return tuple(Basis(Document.WILD, f"row {number}") for number in numbers)


def ruling(*numbers: int) -> tuple[Basis, ...]:
    """Return rows of the rulings: what the reference does where common usage worked in no release."""
    return tuple(Basis(Document.RULING, f"row {number}") for number in numbers)


def readmes(place: str) -> tuple[Basis, ...]:
    """Return a heading found in the READMEs of both dwebsocket and django-websocket."""
    return dwebsocket(place), django_websocket(place)


def open_websocket(view: str, **request: Any) -> tuple[steps.Step, ...]:
    """Open a WebSocket to a view."""
    return steps.Request(f"/a/{view}", **request), steps.ExpectUpgrade()


#: Paths of views that write to the site's database.
WRITES = "/a/tables", "/a/login", "/a/remember"

#: TCP ends in any way, and nothing comes before.
END = steps.ExpectEnd(steps.ANY_END, within=4.0)
#: The client closes, the server answers.
close_handshake: tuple[steps.Step, ...] = (steps.Close(), steps.ExpectClose())


def clause(
    sentence: str, *taken: steps.Step | Sequence[steps.Step], bases: Sequence[Basis] = (), **more: Any
) -> ApiClause:
    """Return a clause, to be numbered by its position; steps may be single or tuples of steps."""
    flat = [one for step in taken for one in (step if isinstance(step, tuple) else (step,))]
    if any(isinstance(step, steps.Request) and step.path.startswith(WRITES) for step in flat):
        # Greenlets of one thread would deadlock on each other's transactions.
        more["alone"] = True
    return ApiClause("", sentence, tuple(flat), tuple(bases), **more)
