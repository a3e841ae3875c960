"""A toy kind of case: the right answer is 42."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from conformance.tests.support.processes import crooked_process
from wsconform.matrix.serving import ExternalServer

__all__ = ["ToyCase", "serve"]


@dataclass(frozen=True)
class ToyCase:
    """A case that needs no server."""

    id: str
    title: str
    answer: int

    @property
    def family(self) -> str:
        return "T"

    @property
    def own_server(self) -> bool:
        return False


@contextmanager
def serve() -> Iterator[object]:
    """A server that the cell can measure."""
    with crooked_process("honest") as server:
        yield ExternalServer(server.url)
