"""A clause of the API contract: a sentence, its sources, and a conversation with a view that tests it.

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
    """How strongly a document binds the implementation that it describes."""

    PROMISED = "promised"  # its own documentation says so
    IMPLIED = "implied"  # guides by others say so, or programs rely on it
    OURS = "ours"  # the reference says so


@dataclass(frozen=True, slots=True)
class _Written:
    title: str
    strength: Strength
    address: str


_USAGE = "docs/reference/usage.md"


class Document(Enum):
    """The documents that clauses come from, with their strength."""

    DWEBSOCKET = _Written("README of dwebsocket", Strength.PROMISED, "https://pypi.org/project/dwebsocket/0.5.12/")
    DJANGO_WEBSOCKET = _Written(
        "README of django-websocket", Strength.PROMISED, "https://pypi.org/project/django-websocket/0.3.0/"
    )
    HOWTO = _Written(
        "How to use Websockets in Django (dwebsocket2)", Strength.IMPLIED, f"{_USAGE}#the-how-to-for-dwebsocket2"
    )
    TUTORIAL = _Written("chat tutorial for dwebsocket", Strength.IMPLIED, "https://jerry.net.cn/post/15756.html")
    WILD = _Written("How public projects use dwebsocket", Strength.IMPLIED, _USAGE)
    RULING = _Written("ruling in How public projects use dwebsocket", Strength.OURS, f"{_USAGE}#rulings")
    OURS = _Written("README of the reference", Strength.OURS, "reference_impl/README.md")

    @property
    def title(self) -> str:
        """Its title, for readers."""
        return self.value.title

    @property
    def strength(self) -> Strength:
        """How strongly it binds the targets that it describes."""
        return self.value.strength

    @property
    def address(self) -> str:
        """Its address: a path in this repository or a URL."""
        return self.value.address


@dataclass(frozen=True, slots=True)
class Basis:
    """A source of a clause.

    Attributes:
        place: a heading of the document, or "row 9" of its table.
    """

    document: Document
    place: str


@dataclass(frozen=True, slots=True)
class ApiClause:
    """A sentence of the contract, and the conversation that tests it.

    Attributes:
        id: family and numbers, such as ``A.4.1``.
        title: the sentence.
        bases: its sources; if empty, only the README of the reference.
        site: the settings that it is played under, a name in `wsconform.contract.sites.SITES`.
        slow: takes seconds; slow clauses share a server instance of their own.
        alone: nothing else may be played on the instance at the same time.
        silent: the server must not log an error; such a clause is played alone.
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
    def own_server(self) -> bool:
        """Always True: the views of clauses are on the suite's site."""
        return True

    @property
    def needs(self) -> int:
        """The number of simultaneous connections, including plain requests."""
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
