"""What a page shows, as values: tallies, columns, outcomes, drawers, families."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsreport.explanation import Section
from wsreport.gate import Gate
from wsreport.records import Attribution, CaseInfo, PlannedCell, Play, Result
from wsreport.run import CellRun, Run
from wsreport.terms import ATTENTION, MISSING, NOT_PLANNED, UNSUPPORTED, reason_with_binding

if TYPE_CHECKING:
    from wsreport.findings import Finding

__all__ = ["CaseRow", "Column", "Contract", "Family", "Listed", "Outcome", "Page", "Part", "Tally", "ending", "gap"]


@dataclass(frozen=True, slots=True)
class Tally:
    """How often each key of `STATUSES` occurs, in its order.

    Attributes:
        flaky: how many of the results are flaky.
    """

    counts: dict[str, int]
    flaky: int = 0

    @property
    def total(self) -> int:
        """All results that were planned."""
        return sum(self.counts.values())

    @property
    def played(self) -> int:
        """The results that exist."""
        return self.total - self.counts.get(MISSING, 0) - self.counts.get(UNSUPPORTED, 0)

    @property
    def quiet(self) -> bool:
        """Whether no result needs attention."""
        return not any(verdict in self.counts for verdict in ATTENTION)


@dataclass(frozen=True, slots=True)
class Column:
    """A cell of one of the runs.

    Attributes:
        head: the lines over the column: run and target if there are several, and the server.
        cell: None if it was never begun.
        gate: the outcome of the run's gate.
    """

    name: str
    head: tuple[str, ...]
    anchor: str
    planned: PlannedCell
    run: Run
    cell: CellRun | None
    gate: Gate
    tally: Tally

    @property
    def status(self) -> str:
        """How the cell ended, a key of `CELL_MEANINGS`."""
        return ending(self.cell)

    @property
    def shown(self) -> bool:
        """Whether the table of cases has a column for the cell: not if it is unsupported and has no results."""
        return self.status != UNSUPPORTED or self.tally.played > 0

    def gap(self, case: str) -> str:
        """Return what is shown in the place of a missing result of this case."""
        return gap(self.cell) if case in self.run.header.plan.cases else NOT_PLANNED

    def result(self, case: str) -> Result | None:
        """Return the result of a case, if it has one."""
        return self.cell.results.get(case) if self.cell else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A case in a column.

    Attributes:
        verdict: a key of `STATUSES`.
        result: None if it is missing.
        plays: how many plays passed, if there were several, they differ or failed, and the case is not flaky.
        command: what to type to play just this case here; empty if that is not known.
    """

    column: Column
    verdict: str
    anchor: str
    result: Result | None
    plays: str
    command: str

    @property
    def pressing(self) -> bool:
        """Whether a reader has to look at it."""
        return self.verdict in ATTENTION

    @property
    def excuse(self) -> str:
        """Why the gate does not count it, although it did not pass; empty if it does."""
        return self.column.gate.excuse(self.result.cell, self.result.case) if self.result else ""

    @property
    def flaky(self) -> str:
        """The class and rate of a flaky case, such as ``flaky 7 of 20``; empty if it is not flaky."""
        return self.result.flaky if self.result else ""

    @property
    def unbound(self) -> bool:
        """Whether a sentence was not kept that does not bind the target."""
        return bool(self.result and self.result.unbound)

    @property
    def reason(self) -> str:
        """The reason of the result, if it has one, and whether the target does not promise the sentence."""
        return self.reason_of(self.result) if self.result else ""

    def reason_of(self, judged: Result | Play) -> str:
        """Return the reason of the result or of one of its plays, likewise."""
        profile = self.column.cell.start.target.get("contract", "") if self.column.cell else ""
        return reason_with_binding(judged, self.result.binding if self.result else None, profile)

    @property
    def line(self) -> tuple[object, ...]:
        """What a line shows, apart from the column, the time and the port."""
        result = self.result
        if result is None:
            return (self.verdict,)
        seen = result.observed if self.verdict != "pass" else ()
        return self.verdict, result.closing, self.reason, seen, self.plays

    @property
    def attribution(self) -> Attribution | None:
        """Which part the failure belongs to, if that is known."""
        cell = self.column.cell
        return cell.attributions.get(self.result.case) if cell and self.result else None

    @property
    def detailed(self) -> bool:
        """Whether there is more to show than fits into a line."""
        return self.pressing or bool(self.result and (self.result.wire or self.result.is_flaky))


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case and its outcome in each column."""

    info: CaseInfo
    anchor: str
    outcomes: tuple[Outcome, ...]

    @property
    def pressing(self) -> tuple[Outcome, ...]:
        """The outcomes that a reader has to look at."""
        return tuple(outcome for outcome in self.outcomes if outcome.pressing)

    @property
    def detailed(self) -> tuple[Outcome, ...]:
        """The outcomes that are shown at length."""
        return tuple(outcome for outcome in self.outcomes if outcome.detailed)

    @property
    def brief(self) -> tuple[tuple[Outcome, ...], ...]:
        """The outcomes that fit into a line, equal lines together."""
        alike: dict[tuple[object, ...], list[Outcome]] = {}
        for outcome in self.outcomes:
            if not outcome.detailed:
                alike.setdefault(outcome.line, []).append(outcome)
        return tuple(map(tuple, alike.values()))

    @property
    def flaky(self) -> bool:
        """Whether the case is flaky in a column."""
        return any(outcome.flaky for outcome in self.outcomes)

    @property
    def differs(self) -> bool:
        """Whether the columns do not agree."""
        return len({outcome.verdict for outcome in self.outcomes}) > 1

    @property
    def commands(self) -> tuple[str, ...]:
        """The commands that play just this case where it did not pass, or else in the first column."""
        chosen = self.pressing or self.outcomes[:1]
        return tuple(dict.fromkeys(outcome.command for outcome in chosen if outcome.command))


@dataclass(frozen=True, slots=True)
class Family:
    """The cases of a family; folded in the page if `tally` is quiet."""

    id: str
    name: str
    anchor: str
    rows: tuple[CaseRow, ...]
    tally: Tally


@dataclass(frozen=True, slots=True)
class Listed:
    """A case that is listed with its outcomes.

    Attributes:
        groups: the outcomes, by verdict and reason.
        alike: other cases with the same outcomes.
    """

    row: CaseRow
    groups: tuple[tuple[Outcome, ...], ...]
    alike: tuple[CaseRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Contract:
    """Which clauses of the API contract a target keeps, on all its servers together.

    Attributes:
        profile: the documents that bind the target.
        played: the number of clauses that were played.
        kept: the number of clauses that were kept wherever they were played.
        broken: clauses that bind the target and are not kept.
        unbound: clauses that do not bind it and are not kept.
    """

    target: str
    profile: str
    played: int
    kept: int
    broken: tuple[Listed, ...]
    unbound: tuple[Listed, ...]

    @property
    def breaks(self) -> int:
        """The number of broken clauses that bind the target."""
        return sum(1 + len(listed.alike) for listed in self.broken)

    @property
    def strays(self) -> int:
        """The number of clauses that do not bind the target and are not kept."""
        return sum(1 + len(listed.alike) for listed in self.unbound)


@dataclass(frozen=True, slots=True)
class Part:
    """One of the runs of the page.

    Attributes:
        name: empty if the page has only one run.
        gate: the outcome of its gate.
        explanation: what changed, and what is wrong with the baseline.
    """

    name: str
    run: Run
    word: str
    gate: Gate
    explanation: tuple[Section, ...]
    tally: Tally


@dataclass(frozen=True, slots=True)
class Page:
    """The whole page.

    Attributes:
        columns: all cells of all runs.
        shown: the columns of the table of cases.
        matrix: columns by server and target.
        findings: the mistakes behind what needs attention.
        anchors: the anchors of columns by their names.
        excused: cases that did not pass and that the gate does not count.
    """

    word: str
    parts: tuple[Part, ...]
    columns: tuple[Column, ...]
    shown: tuple[Column, ...]
    servers: tuple[str, ...]
    targets: tuple[str, ...]
    matrix: dict[tuple[str, str], tuple[Column, ...]]
    findings: tuple[Finding, ...]
    anchors: dict[str, str]
    excused: tuple[Listed, ...]
    contracts: tuple[Contract, ...]
    families: tuple[Family, ...]
    tally: Tally


def ending(cell: CellRun | None) -> str:
    """Return how a cell ended, a key of `CELL_MEANINGS`."""
    return cell.end.status if cell and cell.end else "unfinished"


def gap(cell: CellRun | None) -> str:
    """Return what is shown where a cell has no result of a case of its plan."""
    return UNSUPPORTED if ending(cell) == UNSUPPORTED else MISSING
