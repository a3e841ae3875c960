"""A clause of the API contract: a sentence, where it is written, and a conversation with a view that shows it.

The view is in the site (`wsconform_site.contract`); a clause names it by its path.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from wsconform.model import Level
from wsconform.script.steps import (
    Disconnect,
    ExpectClose,
    ExpectEnd,
    ExpectNotes,
    ExpectResponse,
    Request,
    Step,
    placed,
)

__all__ = [
    "ApiClause",
    "Basis",
    "Document",
    "Strength",
]


class Strength(Enum):
    """How a sentence binds an implementation whose users read the document."""

    PROMISED = "promised"  # its own documentation says so
    IMPLIED = "implied"  # others told people so, or their programs count on it
    OURS = "ours"  # the reference says so


@dataclass(frozen=True, slots=True)
class _Written:
    title: str
    strength: Strength
    address: str


_USAGE = "docs/reference/usage.md"


class Document(Enum):
    """Where a sentence is written, and how far that binds."""

    DWEBSOCKET = _Written("README of dwebsocket", Strength.PROMISED, "https://pypi.org/project/dwebsocket/0.5.12/")
    DJANGO_WEBSOCKET = _Written(
        "README of django-websocket", Strength.PROMISED, "https://pypi.org/project/django-websocket/0.3.0/"
    )
    HOWTO = _Written(
        "How to use Websockets in Django (dwebsocket2)", Strength.IMPLIED, f"{_USAGE}#the-how-to-for-dwebsocket2"
    )
    TUTORIAL = _Written("tutorial on dwebsocket with a chat", Strength.IMPLIED, "https://jerry.net.cn/post/15756.html")
    WILD = _Written("how public projects use it", Strength.IMPLIED, _USAGE)
    RULING = _Written("ruling on how public projects use it", Strength.OURS, f"{_USAGE}#rulings")
    OURS = _Written("README of the reference", Strength.OURS, "reference_impl/README.md")

    @property
    def title(self) -> str:
        """What a reader would look for."""
        return self.value.title

    @property
    def strength(self) -> Strength:
        """How it binds the targets that it is about."""
        return self.value.strength

    @property
    def address(self) -> str:
        """Where it can be read: a path in this repository or a URL."""
        return self.value.address


@dataclass(frozen=True, slots=True)
class Basis:
    """A place where the sentence is written.

    Attributes:
        place: a heading, or "row 9" of how public projects use it.
    """

    document: Document
    place: str


@dataclass(frozen=True, slots=True)
class ApiClause:
    """A sentence of the contract, and the conversation that shows whether it is kept.

    Attributes:
        id: family and numbers, such as ``A.4.1``.
        title: the sentence.
        bases: where it is written; without any it is only in the README of the reference.
        site: the settings that it is played under, one of `wsconform.contract.sites.SITES`.
        slow: takes seconds; such clauses have an instance of the server to themselves, beside the others.
        alone: nothing else may happen on that instance meanwhile.
        silent: the server's log may not complain; such a clause is played alone.
    """

    id: str
    title: str
    steps: tuple[Step, ...]
    bases: tuple[Basis, ...] = ()
    site: str = "decorators"
    slow: bool = False
    alone: bool = False
    silent: bool = False

    level = Level.MUST
    informational = False

    @property
    def family(self) -> str:
        """The group the id starts with."""
        return self.id.partition(".")[0]

    @property
    def needs(self) -> int:
        """Connections that are open at the same time, with that of a plain request."""
        return max(1, *self._open_connections())

    def _open_connections(self) -> Iterator[int]:
        sockets: set[int] = set()
        for number, step in map(placed, self.steps):
            match step:
                case Request(websocket=True):
                    sockets.add(number)
                case Request() | ExpectNotes():
                    yield len(sockets) + 1
                case ExpectResponse() | ExpectClose() | ExpectEnd() | Disconnect():
                    sockets.discard(number)
            yield len(sockets)
