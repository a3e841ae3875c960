"""Build runs in memory, of any size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from reports.tests import fixtures
from wsreport.model import CaseInfo, CellEnd, Footer, Result, Run
from wsreport.run import CellRun

#: Every twentieth result is none that passed.
TROUBLE = ("fail", "non-strict", "crash", "harness-error", "info", "declined")


def build(
    infos: Iterable[CaseInfo],
    cells: Mapping[str, Iterable[Result] | None],
    *,
    ends: Mapping[str, CellEnd] | None = None,
    finished: bool = True,
) -> Run:
    """Build a run.

    Args:
        infos: the cases of the plan.
        cells: the results of each planned cell; None if it was never begun.
        ends: how cells ended that are not complete.
        finished: whether there is a footer.
    """
    infos = list(infos)
    head = fixtures.header(infos)
    planned = tuple(
        fixtures.header(infos, (cell.partition("/")[2],), cell.partition("/")[0]).plan.cells[0] for cell in cells
    )
    head = replace(head, plan=replace(head.plan, cells=planned, digest=""))
    played = {
        cell: CellRun(
            fixtures.begin(cell),
            {result.case: result for result in results},
            (ends or {}).get(cell) or CellEnd(cell, "complete", seconds=19.4),
        )
        for cell, results in cells.items()
        if results is not None
    }
    run = Run(head, {info.id: info for info in infos}, played)
    if not finished:
        return run
    counts = {cell: run.counts(cell) for cell in played}
    return replace(run, footer=Footer("2026-03-01T12:01:01Z", "complete", 61.5, counts, run.verdict_digest))


def one(verdict: str, **fields: object) -> Run:
    """Build a run of one cell and one case with this verdict; other fields of the result as given."""
    (info,) = fixtures.cases({"5": 1})
    result = replace(fixtures.passed("reference/gevent", info), verdict=verdict, **fields)
    return build([info], {"reference/gevent": [result]})


def large(cells: int = 40, cases: int = 1700, trouble: Callable[[int], str] | None = None) -> Run:
    """Build a run of many results; one in twenty did not pass."""
    infos = fixtures.cases({str(family): cases // 10 for family in range(1, 11)})
    choose = trouble or (lambda number: TROUBLE[number // 20 % len(TROUBLE)] if number % 20 == 0 else "pass")
    return build(
        infos, {f"reference/server{n}": _results(f"reference/server{n}", n, infos, choose) for n in range(cells)}
    )


def _results(cell: str, shift: int, infos: list[CaseInfo], choose: Callable[[int], str]) -> list[Result]:
    results = []
    for number, info in enumerate(infos, shift):
        result, verdict = fixtures.passed(cell, info, number), choose(number)
        if verdict != "pass":
            reason = f"the message came back with other bytes from byte {number} on"
            result = replace(
                result, verdict=verdict, reason=reason, clauses=info.clauses[:1], wire=fixtures.wire("text")
            )
        results.append(result)
    return results
