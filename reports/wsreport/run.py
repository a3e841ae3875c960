"""A run as a whole: its plan, its results, and what is missing."""

from __future__ import annotations

import hashlib
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from wsreport.records import (
    FORMAT,
    VERDICTS,
    Attribution,
    CaseInfo,
    CellEnd,
    CellStart,
    Footer,
    Header,
    PlannedCell,
    Result,
    Verdict,
)

__all__ = ["CellRun", "Run", "RunError", "count_verdicts", "digest_verdicts"]

#: How many ids of a long list a problem names.
_NAMED = 5


class RunError(Exception):
    """A run, or a file of it, cannot be used; the message is for the user."""


@dataclass(frozen=True, slots=True)
class CellRun:
    """One cell of a run.

    Attributes:
        results: by case.
        end: None while the cell is being played, or if the run ended prematurely.
        attributions: by case.
    """

    start: CellStart
    results: dict[str, Result]
    end: CellEnd | None = None
    attributions: dict[str, Attribution] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """The contents of a run file. Do not change it after `problems` was asked for: the answer is kept.

    Attributes:
        cases: by id.
        cells: by id.
        footer: None if the run ended prematurely.
        flaws: contradictions within the file, in the order of the file.
        format: the format of the file. The contents are converted to the current format.
    """

    header: Header
    cases: dict[str, CaseInfo]
    cells: dict[str, CellRun]
    footer: Footer | None = None
    flaws: tuple[str, ...] = ()
    format: int = FORMAT

    @property
    def complete(self) -> bool:
        """Whether every case of the plan has a result on every cell, and the footer says so."""
        return not self.problems

    @cached_property
    def problems(self) -> tuple[str, ...]:
        """Why the run is not complete, one sentence for each reason; empty if it is complete."""
        return (*self.flaws, *self._footer_problems(), *self._case_problems(), *self._cell_problems())

    @property
    def planned_cells(self) -> tuple[PlannedCell, ...]:
        """The cells in the order of the plan, then the cells that were played without being in it."""
        planned = {cell.id: cell for cell in self.header.plan.cells}
        for id_, played in self.cells.items():
            target, server = played.start.target.get("name", "?"), played.start.server.get("name", "?")
            planned.setdefault(id_, PlannedCell(id_, target, server))
        return tuple(planned.values())

    def info(self, case: str) -> CaseInfo:
        """Return the description of a case, or a placeholder if the file has none."""
        return self.cases.get(case) or CaseInfo(case, "(not described in the run file)", case.split(".")[0])

    def counts(self, cell: str) -> dict[str, int]:
        """Count the results of a cell by verdict, best verdict first, without zeros.

        Raises:
            KeyError: there is no such cell in the run.
        """
        return count_verdicts(result.verdict for result in self.cells[cell].results.values())

    def command(self, cell: str, case: str) -> str:
        """Return the command that replays this case on this cell; empty if the file does not have it."""
        planned = next((each for each in self.header.plan.cells if each.id == cell), None)
        url = self.cells[cell].start.server.get("url") if cell in self.cells else None
        if url:
            words = (planned.options if planned else ()) or (url,)
            return shlex.join(["wsconform", "run", *words, "--cases", case, *self._repeat])
        if planned is None or cell not in self.cells:
            return ""
        place = planned.options or ("--target", planned.target, "--server", planned.server)
        command = ("matrix",) if place[0].startswith("-") else ()  # the words may begin with another command
        return shlex.join(["wsconform", *command, *place, "--cases", case, *self._repeat])

    @property
    def _repeat(self) -> tuple[str, ...]:
        """The option that plays a case as often as in this run."""
        repeat = self.header.plan.repeat
        return ("--repeat", str(repeat)) if repeat > 1 else ()

    @property
    def verdict_digest(self) -> str:
        """SHA-256 of the verdicts: equal for equal verdicts, regardless of times and order."""
        return digest_verdicts(
            {cell: {case: r.verdict for case, r in run.results.items()} for cell, run in self.cells.items()}
        )

    def _footer_problems(self) -> Iterator[str]:
        if self.footer is None:
            yield "The run file has no footer: the run ended prematurely."
            return
        if self.footer.status == "interrupted":
            yield "The run was interrupted."
        if self.footer.counts != {cell: self.counts(cell) for cell in self.cells}:
            yield "The counts in the footer differ from the results."
        if self.footer.digest != self.verdict_digest:
            yield "The digest in the footer differs from the results."

    def _case_problems(self) -> Iterator[str]:
        if unknown := [case for case in self.header.plan.cases if case not in self.cases]:
            yield f"The plan has cases without a description: {_listed(unknown)}."
        if not any(run.results for run in self.cells.values()):
            yield "No case was played: there are no results."

    def _cell_problems(self) -> Iterator[str]:
        planned = {cell.id: None for cell in self.header.plan.cells}
        cases = frozenset(self.header.plan.cases)
        for cell in planned:
            yield from self._coverage(cell)
        for cell, run in self.cells.items():
            if cell not in planned:
                yield f"Cell {cell} is not in the plan."
            if extra := [case for case in run.results if case not in cases]:
                yield f"Cell {cell} has results of cases that are not in the plan: {_listed(extra)}."

    def _coverage(self, cell: str) -> Iterator[str]:
        run = self.cells.get(cell)
        if run is None:
            yield f"Cell {cell} was not started."
            return
        yield from _ending(cell, run.end)
        if run.end is not None and run.end.status == "unsupported":
            return  # it is in the plan so that the report can show why it was not played
        cases = self.header.plan.cases
        if missing := [case for case in cases if case not in run.results]:
            yield f"Cell {cell} has no result for {len(missing)} of {len(cases)} cases: {_listed(missing)}."


def count_verdicts(verdicts: Iterable[Verdict]) -> dict[str, int]:
    """Count verdicts, best first, without zeros."""
    counter = Counter(verdicts)
    return {verdict: counter[verdict] for verdict in VERDICTS if counter[verdict]}


def digest_verdicts(verdicts: Mapping[str, Mapping[str, str]]) -> str:
    """Return the SHA-256, in hexadecimal, of the sorted lines "cell case verdict".

    Args:
        verdicts: by cell and case.
    """
    lines = sorted(f"{cell} {case} {verdict}\n" for cell, cases in verdicts.items() for case, verdict in cases.items())
    return hashlib.sha256("".join(lines).encode("utf-8", "backslashreplace")).hexdigest()


def _ending(cell: str, end: CellEnd | None) -> Iterator[str]:
    if end is None:
        yield f"Cell {cell} was started but did not end."
    elif end.status in {"interrupted", "not-run", "setup-error"}:
        yield f"Cell {cell} ended with {end.status}" + (f": {end.reason}" if end.reason else ".")


def _listed(ids: list[str]) -> str:
    more = len(ids) - _NAMED
    return ", ".join(ids[:_NAMED]) + (f" and {more} more" if more > 0 else "")
