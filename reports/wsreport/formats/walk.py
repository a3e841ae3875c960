"""Walk through a run: its cells, its cases, and the entry of each case on each cell, played or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wsreport.page import ending, gap
from wsreport.records import Attribution, CaseInfo, PlannedCell, Result
from wsreport.run import CellRun, Run
from wsreport.terms import ATTENTION, reason_with_binding

__all__ = ["Cell", "Entry", "cells", "entries", "family_label", "pressing", "rank"]

_RANKS: dict[str, int] = {verdict: number for number, verdict in enumerate(ATTENTION)}


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a run, in its plan or not.

    Attributes:
        played: None if the cell was never begun.
    """

    planned: PlannedCell
    played: CellRun | None

    @property
    def status(self) -> str:
        """How the cell ended, a key of `CELL_MEANINGS`."""
        return ending(self.played)

    @property
    def reason(self) -> str:
        """Why the cell ended as it did; empty if the file does not say."""
        return self.played.end.reason if self.played and self.played.end else ""

    @property
    def contract(self) -> str:
        """The profile by which the target is judged in family A; empty if there is none."""
        return self.played.start.target.get("contract", "") if self.played else ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A case on a cell.

    Attributes:
        verdict: a key of `STATUSES`.
        result: None if there is none.
    """

    cell: Cell
    info: CaseInfo
    verdict: str
    result: Result | None

    @property
    def reason(self) -> str:
        """The reason of the result; if the target does not promise the sentence, that comes first."""
        return reason_with_binding(self.result, self.result.binding, self.cell.contract) if self.result else ""

    @property
    def explanation(self) -> str:
        """The reason; of a flaky case, after the class and its rate."""
        return ": ".join(filter(None, (self.result.flaky if self.result else "", self.reason)))

    @property
    def attribution(self) -> Attribution | None:
        """Which part the failure belongs to, if that is known."""
        return self.cell.played.attributions.get(self.info.id) if self.cell.played else None


def cells(run: Run) -> tuple[Cell, ...]:
    """Return the planned cells in the order of the plan, then the cells that are not in it."""
    return tuple(Cell(each, run.cells.get(each.id)) for each in run.planned_cells)


def entries(run: Run, cell: Cell) -> Iterator[Entry]:
    """Yield the entry of each planned case, then of each case that was played without a plan.

    A case without a description in the run file gets a placeholder.
    """
    results = cell.played.results if cell.played else {}
    for case in dict.fromkeys((*run.header.plan.cases, *results)):
        result = results.get(case)
        yield Entry(cell, run.info(case), result.verdict if result else gap(cell.played), result)


def pressing(run: Run) -> list[Entry]:
    """Return the results that a reader has to look at, the worst verdict first, then in the order of the run."""
    found = [entry for cell in cells(run) for entry in entries(run, cell) if entry.verdict in ATTENTION]
    return sorted(found, key=lambda entry: rank(entry.verdict))


def rank(verdict: str) -> int:
    """Return how pressing a verdict is: 0 for the worst, the highest number for one that needs no attention."""
    return _RANKS.get(verdict, len(_RANKS))


def family_label(run: Run, info: CaseInfo) -> str:
    """Return the id of a case's family, with its title if the run file has one."""
    title = run.header.families.get(info.family, "")
    return f"{info.family} {title}" if title else info.family
