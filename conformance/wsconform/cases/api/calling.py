"""Parts of conversations with views that take messages, above all with the view that makes the calls in its URL.

Where a document promises something of messages, they are binary, since dwebsocket 0.5 gives text as bytes as well;
that is a clause of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wsconform.cases.api.builders import clause, open_websocket
from wsconform.contract.model import ApiClause, Basis
from wsconform.script import steps

__all__ = ["ONE_TWO_THREE", "SILENCE", "as_bytes", "calls", "exception", "expect_results", "thousand_messages"]

#: Long enough to see that nothing comes.
SILENCE = steps.ExpectSilence(0.25)
ONE_TWO_THREE = (steps.Send(b"one"), steps.Send(b"two"), steps.Send(b"three"))


def calls(names: str, **request: Any) -> tuple[steps.Step, ...]:
    """The opening handshake for the view, which then makes the calls of these names, separated by spaces."""
    return open_websocket(f"calls?do={','.join(names.split())}", **request)


def expect_results(*values: object) -> steps.ExpectNotes:
    """What the calls gave, those that only prepare left out."""
    return steps.ExpectNotes({"gave": list(values), "raised": None})


def as_bytes(text: str) -> Mapping[str, str]:
    """How bytes look in notes."""
    return {"bytes": text}


def exception(name: str) -> Mapping[str, str]:
    """How an exception looks among what calls gave."""
    return {"raised": name}


def thousand_messages(what: str, by: str, bases: Sequence[Basis]) -> ApiClause:
    """A clause about many messages in a row; `by` is a way of `wsconform_site.contract.read`."""
    return clause(
        f"{what} gives a thousand messages that come without a pause complete and in order.",
        open_websocket(f"numbered?by={by}&count=1000"),
        steps.SendNumbered(1000),
        steps.ExpectClose(),
        steps.ExpectNotes({"in order": True, "raised": None}),
        bases=bases,
    )
