"""Parts of clauses: where sentences are written, how conversations begin and end."""

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
    """Rows of the table of how public projects use it."""
    return tuple(Basis(Document.WILD, f"row {number}") for number in numbers)


def ruling(*numbers: int) -> tuple[Basis, ...]:
    """Rows of the rulings: what the reference does where usage has worked in no release."""
    return tuple(Basis(Document.RULING, f"row {number}") for number in numbers)


def readmes(place: str) -> tuple[Basis, ...]:
    """A heading that the READMEs of dwebsocket and of django-websocket have in common."""
    return dwebsocket(place), django_websocket(place)


def open_websocket(view: str, **request: Any) -> tuple[steps.Step, ...]:
    """An opening handshake for a view that succeeds."""
    return steps.Request(f"/a/{view}", **request), steps.ExpectUpgrade()


#: Pages behind which a clause writes into the database of the site.
WRITES = "/a/tables", "/a/login", "/a/remember"

#: The end of TCP in any way, and nothing before it.
END = steps.ExpectEnd(steps.ANY_END, within=4.0)
#: The client closes, the server answers.
close_handshake: tuple[steps.Step, ...] = (steps.Close(), steps.ExpectClose())


def clause(
    sentence: str, *taken: steps.Step | Sequence[steps.Step], bases: Sequence[Basis] = (), **more: Any
) -> ApiClause:
    """A clause, whose number follows from its place; steps may be given one by one or as tuples."""
    flat = [one for step in taken for one in (step if isinstance(step, tuple) else (step,))]
    if any(isinstance(step, steps.Request) and step.path.startswith(WRITES) for step in flat):
        # Greenlets of one thread that wait for each other's transaction would never end.
        more["alone"] = True
    return ApiClause("", sentence, tuple(flat), tuple(bases), **more)
