"""What a page shows, as values: tallies, columns, outcomes, drawers, families; knows no HTML."""

from __future__ import annotations

from dataclasses import dataclass

from wsreport.records import Attribution, CaseInfo, PlannedCell, Result
from wsreport.run import CellRun, Run
from wsreport.words import ATTENTION, MISSING, NOT_PLANNED, UNSUPPORTED

__all__ = ["CaseRow", "Column", "Contract", "Family", "Finding", "Outcome", "Page", "Part", "Tally", "ending", "gap"]


@dataclass(frozen=True, slots=True)
class Tally:
    """How often each verdict occurs, in the order of ``STATUSES``, which has words for none too."""

    counts: dict[str, int]

    @property
    def total(self) -> int:
        """All results that were planned."""
        return sum(self.counts.values())

    @property
    def played(self) -> int:
        """All results that there are."""
        return self.total - self.counts.get(MISSING, 0) - self.counts.get(UNSUPPORTED, 0)

    @property
    def quiet(self) -> bool:
        """Whether none of the results that there are needs attention."""
        return not any(verdict in self.counts for verdict in ATTENTION)


@dataclass(frozen=True, slots=True)
class Column:
    """A cell of one of the runs; ``cell`` is None if it was never begun.

    ``head`` has the lines that stand over it: run and target if there are several, and the server.
    """

    name: str
    head: tuple[str, ...]
    anchor: str
    planned: PlannedCell
    run: Run
    cell: CellRun | None
    tally: Tally

    @property
    def status(self) -> str:
        """How the cell ended, a key of ``CELL_MEANINGS``."""
        return ending(self.cell)

    @property
    def shown(self) -> bool:
        """Whether the table of cases has a column for it; one that was not to be played has none."""
        return self.status != UNSUPPORTED or self.tally.played > 0

    def gap(self, case: str) -> str:
        """Give the word that stands where there is no result of ``case``."""
        return gap(self.cell) if case in self.run.header.plan.cases else NOT_PLANNED

    def result(self, case: str) -> Result | None:
        """Give what came of ``case`` here, if anything did."""
        return self.cell.results.get(case) if self.cell else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a case in a column, with what differs from the case's description."""

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
    def line(self) -> tuple[object, ...]:
        """What a line says of it, but for the column, the time and the port."""
        result = self.result
        if result is None:
            return (self.verdict,)
        seen = result.observed if self.verdict != "pass" else ()
        return self.verdict, result.closing, result.reason, seen, self.plays

    @property
    def attribution(self) -> Attribution | None:
        """Whose failure it is, if that was found out."""
        cell = self.column.cell
        return cell.attributions.get(self.result.case) if cell and self.result else None

    @property
    def told(self) -> bool:
        """Whether there is more to tell of it than fits into a line."""
        return self.pressing or bool(self.result and self.result.wire)


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
    def told(self) -> tuple[Outcome, ...]:
        """The outcomes that are told at length."""
        return tuple(outcome for outcome in self.outcomes if outcome.told)

    @property
    def untold(self) -> tuple[tuple[Outcome, ...], ...]:
        """The outcomes that a line says enough of; those that it says the same of stand together."""
        alike: dict[tuple[object, ...], list[Outcome]] = {}
        for outcome in self.outcomes:
            if not outcome.told:
                alike.setdefault(outcome.line, []).append(outcome)
        return tuple(map(tuple, alike.values()))

    @property
    def differs(self) -> bool:
        """Whether the columns do not agree."""
        return len({outcome.verdict for outcome in self.outcomes}) > 1

    @property
    def commands(self) -> tuple[str, ...]:
        """What to type to play just this case where it did not pass, or else in the first column."""
        chosen = self.pressing or self.outcomes[:1]
        return tuple(dict.fromkeys(outcome.command for outcome in chosen if outcome.command))


@dataclass(frozen=True, slots=True)
class Family:
    """The cases whose ids begin alike; folded in the page when ``tally`` is quiet."""

    id: str
    name: str
    anchor: str
    rows: tuple[CaseRow, ...]
    tally: Tally


@dataclass(frozen=True, slots=True)
class Finding:
    """A case that needs attention, its outcomes grouped by verdict and reason; and others of which the same is said."""

    row: CaseRow
    groups: tuple[tuple[Outcome, ...], ...]
    alike: tuple[CaseRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Contract:
    """What a target keeps of the clauses of the API contract, on all its servers together.

    ``profile`` says whose promises count. Of ``played`` clauses ``kept`` are kept wherever they were played;
    ``broken`` bind the target, by its own promise or what others told its users; ``unbound`` do not.
    """

    target: str
    profile: str
    played: int
    kept: int
    broken: tuple[Finding, ...]
    unbound: tuple[Finding, ...]

    @property
    def breaks(self) -> int:
        """Clauses that bind the target and are broken."""
        return sum(1 + len(finding.alike) for finding in self.broken)

    @property
    def strays(self) -> int:
        """Clauses that do not bind it and are not kept."""
        return sum(1 + len(finding.alike) for finding in self.unbound)


@dataclass(frozen=True, slots=True)
class Part:
    """One of the runs of the page, with its name if there are several."""

    name: str
    run: Run
    word: str
    exit_code: int
    meaning: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class Page:
    """All that the template needs."""

    word: str
    parts: tuple[Part, ...]
    columns: tuple[Column, ...]
    shown: tuple[Column, ...]
    servers: tuple[str, ...]
    targets: tuple[str, ...]
    matrix: dict[tuple[str, str], tuple[Column, ...]]
    findings: tuple[Finding, ...]
    contracts: tuple[Contract, ...]
    families: tuple[Family, ...]
    tally: Tally


def ending(cell: CellRun | None) -> str:
    """Say how ``cell`` ended, a key of ``CELL_MEANINGS``."""
    return cell.end.status if cell and cell.end else "unfinished"


def gap(cell: CellRun | None) -> str:
    """Give the word that stands where ``cell`` has no result of a case of its plan."""
    return UNSUPPORTED if ending(cell) == UNSUPPORTED else MISSING
