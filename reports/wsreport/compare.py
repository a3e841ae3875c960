"""Compare two runs: what got worse, what got better, what is new and what is gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from wsreport.records import Plan, Result, Verdict
from wsreport.run import Run, RunError

__all__ = ["CHANGES", "WORSE", "Change", "CompareError", "Comparison", "Kind", "compare", "require_comparable"]

Kind = Literal["regressed", "newly failing", "vanished", "fixed", "new", "changed reason", "changed"]

#: What a kind of change means, the worst first.
CHANGES: dict[Kind, str] = {
    "regressed": "the verdict is worse than before",
    "newly failing": "a case or cell that was not in the old run does not pass",
    "vanished": "a case or cell of the old run was not played",
    "fixed": "the verdict is better than before",
    "new": "a case or cell that was not in the old run passes",
    "changed reason": "the verdict is as bad as before, for another reason",
    "changed": "the verdict is another one, and neither better nor worse",
}
#: The changes for the worse.
WORSE: tuple[Kind, ...] = ("regressed", "newly failing", "vanished")

_RANKS: dict[Verdict, int] = {
    "pass": 0,
    "info": 0,
    "declined": 0,
    "non-strict": 1,
    "fail": 2,
    "crash": 3,
    "not-run": 4,
    "harness-error": 4,
}


class CompareError(RunError):
    """Two runs cannot be compared; the message says why."""


@dataclass(frozen=True, slots=True)
class Change:
    """A difference between two runs.

    Attributes:
        case: empty for a cell as a whole.
        old: the old result; None if there is none.
        new: the new result; None if there is none.
    """

    kind: Kind
    cell: str
    case: str
    old: Result | None = None
    new: Result | None = None

    def __str__(self) -> str:
        """Return the change as a phrase, such as ``5.1 on reference/gevent: pass → fail: …``."""
        if not self.case:
            return f"{self.cell}: the whole cell"
        words = " → ".join(result.verdict for result in (self.old, self.new) if result is not None)
        reason = self.new.explanation if self.new is not None else ""
        return f"{self.case} on {self.cell}: {words}" + (f": {reason}" if reason else "")


@dataclass(frozen=True)
class Comparison:
    """All differences between two runs.

    Attributes:
        changes: the worst first, then in the order of cells and cases.
    """

    changes: tuple[Change, ...] = field(default=())

    def at(self, cell: str, case: str) -> Change | None:
        """Return the change of a result; None if it did not change."""
        return self._by_place.get((cell, case))

    @cached_property
    def _by_place(self) -> dict[tuple[str, str], Change]:
        return {(change.cell, change.case): change for change in self.changes}

    def of(self, kind: Kind) -> tuple[Change, ...]:
        """Return the changes of one kind."""
        return tuple(change for change in self.changes if change.kind == kind)

    @property
    def worse(self) -> tuple[Change, ...]:
        """The changes for the worse."""
        return tuple(change for change in self.changes if change.kind in WORSE)


def compare(old: Run, new: Run) -> Comparison:
    """Compare a run with an older one, or with one of another branch.

    Args:
        old: what to compare with.
        new: what is judged.

    Raises:
        CompareError: see `require_comparable`.
    """
    require_comparable(old, new.header.plan)
    order = {kind: number for number, kind in enumerate(CHANGES)}
    return Comparison(tuple(sorted(_changes(old, new), key=lambda change: order[change.kind])))


def require_comparable(old: Run, plan: Plan) -> None:
    """Check that a run with a plan can be compared with an older one.

    Raises:
        CompareError: the old run is incomplete, was played with another profile, or has none of the plan's cells.
    """
    if old.header.plan.profile != plan.profile:
        raise CompareError(
            f"the old run was played with the profile {old.header.plan.profile}, and this one with {plan.profile}: "
            "play both with the same"
        )
    if not old.complete:
        raise CompareError(f"the old run is incomplete, so it cannot be compared with: {old.problems[0]}")
    planned = {cell.id for cell in plan.cells}
    if not planned.intersection(old.cells):
        raise CompareError(
            f"the runs have no cell in common: {', '.join(sorted(old.cells)[:3])} then, "
            f"{', '.join(sorted(planned)[:3])} now"
        )


def _changes(old: Run, new: Run) -> Iterator[Change]:
    for cell in old.cells:
        if cell not in new.cells:
            yield Change("vanished", cell, "")
    for cell, run in new.cells.items():
        before = old.cells[cell].results if cell in old.cells else {}
        yield from (Change("vanished", cell, case, before[case]) for case in before if case not in run.results)
        for case, result in run.results.items():
            kind = _kind(before.get(case), result)
            if kind:
                yield Change(kind, cell, case, before.get(case), result)


def _kind(old: Result | None, new: Result) -> Kind | None:
    rank = _RANKS[new.verdict]
    if old is None:
        return "newly failing" if rank > _RANKS["non-strict"] else "new"
    if rank != _RANKS[old.verdict]:
        return "regressed" if rank > _RANKS[old.verdict] else "fixed"
    if new.verdict != old.verdict:
        return "changed"
    return "changed reason" if rank and new.reason != old.reason else None
