"""Parts of conversations with views that receive messages, mostly with the view that makes the calls in its URL.

Clauses with a documented basis send binary messages, since dwebsocket 0.5 returns text as bytes, too, and separate
clauses test the type.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wsconform.cases.api.builders import clause, open_websocket
from wsconform.contract.model import ApiClause, Basis
from wsconform.script import steps

__all__ = ["ONE_TWO_THREE", "SILENCE", "as_bytes", "calls", "exception", "expect_results", "thousand_messages"]

#: Long enough to show that nothing comes.
SILENCE = steps.ExpectSilence(0.25)
ONE_TWO_THREE = (steps.Send(b"one"), steps.Send(b"two"), steps.Send(b"three"))


def calls(names: str, **request: Any) -> tuple[steps.Step, ...]:
    """Open a WebSocket to the view that makes the named calls; names are separated by spaces."""
    return open_websocket(f"calls?do={','.join(names.split())}", **request)


def expect_results(*values: object) -> steps.ExpectNotes:
    """Expect these results of the calls, except calls that only prepare."""
    return steps.ExpectNotes({"gave": list(values), "raised": None})


def as_bytes(text: str) -> Mapping[str, str]:
    """Return the form of bytes in notes."""
    return {"bytes": text}


def exception(name: str) -> Mapping[str, str]:
    """Return the form of an exception among the results of calls."""
    return {"raised": name}


def thousand_messages(what: str, by: str, bases: Sequence[Basis]) -> ApiClause:
    """Return a clause about many messages in a row; `by` names a way to read in `wsconform_site.contract.read`."""
    return clause(
        f"{what} a thousand messages that arrive without a pause, all of them and in order.",
        open_websocket(f"numbered?by={by}&count=1000"),
        steps.SendNumbered(1000),
        steps.ExpectClose(),
        steps.ExpectNotes({"in order": True, "raised": None}),
        bases=bases,
    )
