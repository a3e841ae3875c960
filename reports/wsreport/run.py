"""A run as a whole: its plan, its results, and what is missing."""

from __future__ import annotations

import hashlib
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from wsreport.records import (
    FORMAT,
    VERDICTS,
    Attribution,
    CaseInfo,
    CellEnd,
    CellStart,
    Footer,
    Header,
    Result,
    Verdict,
)

__all__ = ["CellRun", "Run", "RunError", "count_verdicts", "digest_verdicts"]

#: How many ids of a long list a problem names.
_NAMED = 5


class RunError(Exception):
    """A run is not what it should be; the message is for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class CellRun:
    """One cell of a run.

    Attributes:
        results: by case.
        end: None while the cell is played, or if it was cut off.
        attributions: by case.
    """

    start: CellStart
    results: dict[str, Result]
    end: CellEnd | None = None
    attributions: dict[str, Attribution] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """A run file that was read.

    Attributes:
        cases: by id.
        cells: by id.
        footer: None if the run was cut off.
        flaws: contradictions within the file, in its order.
        format: the format of the file; what was read is converted to today's.
    """

    header: Header
    cases: dict[str, CaseInfo]
    cells: dict[str, CellRun]
    footer: Footer | None = None
    flaws: tuple[str, ...] = ()
    format: int = FORMAT

    @property
    def complete(self) -> bool:
        """Whether every case of the plan has its result on every cell, and the file says so."""
        return not self.problems

    @property
    def problems(self) -> tuple[str, ...]:
        """Why the run is not complete, a sentence each; empty if it is."""
        return (*self.flaws, *self._footer_problems(), *self._case_problems(), *self._cell_problems())

    def counts(self, cell: str) -> dict[str, int]:
        """Count the results of a cell by verdict, best verdict first, without zeros.

        Raises:
            KeyError: there is no such cell in the run.
        """
        return count_verdicts(result.verdict for result in self.cells[cell].results.values())

    def command(self, cell: str, case: str) -> str:
        """Return the command that plays just this case on this cell; empty if the file does not say how."""
        planned = next((each for each in self.header.plan.cells if each.id == cell), None)
        url = self.cells[cell].start.server.get("url") if cell in self.cells else None
        if url:
            return shlex.join(["wsconform", "run", url, "--cases", case])
        if planned is None or cell not in self.cells:
            return ""
        place = planned.options or ("--target", planned.target, "--server", planned.server)
        return shlex.join(["wsconform", "matrix", *place, "--cases", case])

    @property
    def verdict_digest(self) -> str:
        """SHA-256 of the verdicts alone: equal for equal verdicts, whatever the times and the order."""
        return digest_verdicts(
            {cell: {case: r.verdict for case, r in run.results.items()} for cell, run in self.cells.items()}
        )

    def _footer_problems(self) -> Iterator[str]:
        if self.footer is None:
            yield "There is no footer: the run was cut off."
            return
        if self.footer.status == "interrupted":
            yield "The run was interrupted."
        if self.footer.counts != {cell: self.counts(cell) for cell in self.cells}:
            yield "The counts in the footer differ from the results."
        if self.footer.digest != self.verdict_digest:
            yield "The digest in the footer differs from the results."

    def _case_problems(self) -> Iterator[str]:
        if unknown := [case for case in self.header.plan.cases if case not in self.cases]:
            yield f"Cases of the plan without a description: {_listed(unknown)}."
        if not any(run.results for run in self.cells.values()):
            yield "Nothing was played: there is no result at all."

    def _cell_problems(self) -> Iterator[str]:
        planned = [cell.id for cell in self.header.plan.cells]
        for cell in planned:
            yield from self._coverage(cell)
        for cell, run in self.cells.items():
            if cell not in planned:
                yield f"Cell {cell} is unknown: it is not in the plan."
            if extra := [case for case in run.results if case not in self.header.plan.cases]:
                yield f"Cell {cell} has results of unknown cases, not in the plan: {_listed(extra)}."

    def _coverage(self, cell: str) -> Iterator[str]:
        run = self.cells.get(cell)
        if run is None:
            yield f"Cell {cell} was not begun."
            return
        yield from _ending(cell, run.end)
        if run.end is not None and run.end.status == "unsupported":
            return  # it is in the plan so that the report can say why it was left out
        cases = self.header.plan.cases
        if missing := [case for case in cases if case not in run.results]:
            yield f"Cell {cell} lacks {len(missing)} of {len(cases)} results: {_listed(missing)}."


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
        yield f"Cell {cell} was begun and did not end."
    elif end.status in {"interrupted", "not-run", "setup-error"}:
        yield f"Cell {cell} ended with {end.status}" + (f": {end.reason}" if end.reason else ".")


def _listed(ids: list[str]) -> str:
    more = len(ids) - _NAMED
    return ", ".join(ids[:_NAMED]) + (f" and {more} more" if more > 0 else "")
