"""What clauses have in common: where sentences are written, and how conversations begin."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from wsconform.contract.model import ApiClause, Basis, Document
from wsconform.script import steps

__all__ = [
    "END",
    "django_websocket",
    "dwebsocket",
    "howto",
    "opened",
    "over",
    "readmes",
    "row",
    "ruled",
    "said",
    "tutorial",
]

dwebsocket = partial(Basis, Document.DWEBSOCKET)
django_websocket = partial(Basis, Document.DJANGO_WEBSOCKET)
howto = partial(Basis, Document.HOWTO)
tutorial = partial(Basis, Document.TUTORIAL)


def row(*numbers: int) -> tuple[Basis, ...]:
    """Rows of the table of how public projects use it."""
    return tuple(Basis(Document.WILD, f"row {number}") for number in numbers)


def ruled(*numbers: int) -> tuple[Basis, ...]:
    """Rows of the same table that say what the reference does, and nobody else has ever done."""
    return tuple(Basis(Document.RULING, f"row {number}") for number in numbers)


def readmes(place: str) -> tuple[Basis, ...]:
    """A heading that the READMEs of dwebsocket and of django-websocket have in common."""
    return dwebsocket(place), django_websocket(place)


def opened(view: str, **request: object) -> tuple[steps.Step, ...]:
    """An opening handshake for a view that succeeds."""
    return steps.Request(f"/a/{view}", **request), steps.ExpectUpgrade()  # type: ignore[arg-type]


#: Pages behind which a clause writes into the database of the site.
WRITES = "/a/tables", "/a/login", "/a/remember"

#: The end of TCP in any way, and nothing before it.
END = steps.ExpectEnd(steps.ANY_END, within=4.0)
#: The client closes, the server answers.
over: tuple[steps.Step, ...] = (steps.Close(), steps.ExpectClose())


def said(
    sentence: str, *taken: steps.Step | Sequence[steps.Step], bases: Sequence[Basis] = (), **more: object
) -> ApiClause:
    """A clause whose number is given by its place; steps may be given one by one or several together."""
    flat = [one for step in taken for one in (step if isinstance(step, tuple) else (step,))]
    if any(isinstance(step, steps.Request) and step.path.startswith(WRITES) for step in flat):
        # Greenlets of one thread that wait for each other's transaction would wait for ever.
        more["alone"] = True
    return ApiClause("", sentence, tuple(flat), tuple(bases), **more)  # type: ignore[arg-type]
