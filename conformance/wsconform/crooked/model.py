"""A crooked server as a value: its name, what it does in a sentence, and the parts in which it differs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

from wsconform.crooked.connection import Connection
from wsconform.crooked.deflate import Codec
from wsconform.crooked.negotiation import Negotiation
from wsconform.crooked.opening import Opening
from wsconform.model import Level

__all__ = ["Crooked", "acts", "helper", "legal", "must", "of_topic", "should"]

T = TypeVar("T")
_OPENING = Opening()


@dataclass(frozen=True, slots=True)
class Crooked:
    """A server, and where it differs from a correct one.

    Attributes:
        name: the name on the command line.
        summary: what it does, in one line: a predicate without a subject.
        level: MUST or SHOULD for a fault, by the clause that it breaks; MAY for something that the RFCs allow and the
            suite must not accuse; None for a server that is not judged, such as one that wants a password.
        clause: the id of the clause that is broken, or that allows what it does.
        caught: patterns of the cases that must all notice a fault.
        topic: the group of faults that it belongs to.
        connection: what it does after the opening handshake.
        codec: how it compresses and inflates.
        negotiation: how it answers offers of compression.
        opening: how it answers opening handshakes.
    """

    name: str
    summary: str
    level: Level | None = None
    clause: str = ""
    caught: str = ""
    topic: str = ""
    connection: type[Connection] = Connection
    codec: type[Codec] = Codec
    negotiation: type[Negotiation] = Negotiation
    opening: Opening = _OPENING

    @property
    def is_fault(self) -> bool:
        """Whether the suite must notice it."""
        return self.level in (Level.MUST, Level.SHOULD)

    @property
    def is_legal(self) -> bool:
        """Whether the suite must not accuse it."""
        return self.level is Level.MAY


Part = type[Connection] | type[Codec] | type[Negotiation] | Opening


def acts(base: type[T], **different: Any) -> type[T]:
    """Return a part of a server with other attributes or methods."""
    return cast("type[T]", type(base.__name__, (base,), different))


def must(name: str, summary: str, clause: str, caught: str, *parts: Part) -> Crooked:
    """Return a server that breaks a mandatory clause."""
    return _with(Crooked(name, summary, Level.MUST, clause, caught), parts)


def should(name: str, summary: str, clause: str, caught: str, *parts: Part) -> Crooked:
    """Return a server that breaks a recommendation, or does the second best of what a clause allows."""
    return _with(Crooked(name, summary, Level.SHOULD, clause, caught), parts)


def legal(name: str, summary: str, clause: str, *parts: Part) -> Crooked:
    """Return a server that does something unusual that a clause allows."""
    return _with(Crooked(name, summary, Level.MAY, clause), parts)


def helper(name: str, summary: str, *parts: Part) -> Crooked:
    """Return a server that is not judged: it serves tests of something else."""
    return _with(Crooked(name, summary), parts)


def of_topic(topic: str, servers: Iterable[Crooked]) -> tuple[Crooked, ...]:
    """Return the servers with their topic."""
    return tuple(replace(server, topic=topic) for server in servers)


def _with(server: Crooked, parts: Iterable[Part]) -> Crooked:
    for part in parts:
        if isinstance(part, Opening):
            server = replace(server, opening=part)
        elif issubclass(part, Connection):
            server = replace(server, connection=part)
        elif issubclass(part, Codec):
            server = replace(server, codec=part)
        else:
            server = replace(server, negotiation=part)
    return server
