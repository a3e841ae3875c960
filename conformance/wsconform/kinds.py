"""The table of the kinds of case; a new kind is a folder with a `kind` module, and a line here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from wsconform.contract import kind as contract
from wsconform.conversation import kind as conversation
from wsconform.kind import AnyCase, Kind
from wsconform.script import kind as script

__all__ = ["KINDS", "by_kind", "kind_of"]

#: In the order in which they are played on a cell.
KINDS: tuple[Kind[Any, Any], ...] = (
    conversation.KIND,
    script.KIND,
    contract.KIND,
)


def kind_of(case: AnyCase) -> Kind[Any, Any]:
    """Return the kind of a case."""
    return next(kind for kind in KINDS if isinstance(case, kind.case))


def by_kind(cases: Sequence[AnyCase]) -> Iterator[tuple[Kind[Any, Any], list[AnyCase]]]:
    """Yield each kind that any of the cases is of, with its cases in order."""
    for kind in KINDS:
        if own := [case for case in cases if kind_of(case) is kind]:
            yield kind, own
