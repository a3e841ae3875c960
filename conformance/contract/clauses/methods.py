"""Methods of request.websocket, one group for each."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.contract.clauses.words import opened, over, readmes, row, said
from conformance.contract.model import ApiClause, Notes, Say

__all__ = ["waiting"]


def waiting() -> Iterator[ApiClause]:
    """`wait()`."""
    yield said(
        "wait() returns one message at a time, and None when the client has closed.",
        opened("wait-twice"),
        Say("one"),
        Say("two"),
        over,
        Notes({"waited": ["one", "two", None], "raised": None}),
        bases=(*readmes("WebSocket.wait()"), *row(4)),
    )
