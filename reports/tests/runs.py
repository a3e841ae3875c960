"""Build runs in memory from a table of verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from wsreport.model import (
    CaseInfo,
    CellEnd,
    CellRun,
    CellStart,
    Footer,
    Header,
    Plan,
    PlannedCell,
    Play,
    Result,
    Run,
    Suite,
)

VERSIONS = {"gevent": "25.9.1", "Django": "5.2.19"}


def result(verdict: str, reason: str = "", plays: str = "") -> Result:
    """Make a result; `plays` has a letter for each play: p for pass, f for fail."""
    words = {"p": "pass", "f": "fail"}
    return Result("", "", verdict, reason=reason, plays=tuple(Play(words[letter]) for letter in plays))


def run_of(table: Mapping[str, Mapping[str, str | Result]], *, profile: str = "standard", complete: bool = True) -> Run:
    """Make a run.

    Args:
        table: by cell (`target/server`) and case: a verdict, or a result.
        profile: of the plan.
        complete: whether it has a footer.
    """
    cases = tuple(dict.fromkeys(case for row in table.values() for case in row))
    planned = tuple(PlannedCell(cell, *cell.rsplit("/", 1)) for cell in table)
    header = Header(Suite("wsconform", "1"), "2026-03-01T12:00:00Z", Plan(planned, cases, profile))
    cells = {
        cell: CellRun(
            _start(cell), {case: _at(each, cell, case) for case, each in row.items()}, CellEnd(cell, "complete")
        )
        for cell, row in table.items()
    }
    run = Run(header, {case: CaseInfo(case, "A title", case.split(".")[0]) for case in cases}, cells)
    if not complete:
        return run
    counts = {cell: run.counts(cell) for cell in cells}
    return replace(run, footer=Footer("2026-03-01T12:01:00Z", "complete", 60.0, counts, run.verdict_digest))


def _start(cell: str) -> CellStart:
    target, server = cell.rsplit("/", 1)
    return CellStart(cell, {"name": target}, {"name": server}, versions=VERSIONS)


def _at(value: str | Result, cell: str, case: str) -> Result:
    return replace(value if isinstance(value, Result) else result(value), cell=cell, case=case)
