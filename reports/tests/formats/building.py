"""Build runs in memory, of any size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date

from reports.tests import fixtures
from wsreport.baseline.entries import parse
from wsreport.baseline.judging import Judged, Problem, hold
from wsreport.compare import Change, Comparison, compare
from wsreport.gate import Gate, pass_gate
from wsreport.model import CaseInfo, CellEnd, Footer, Result, Run
from wsreport.run import CellRun

#: Every twentieth result is none that passed.
TROUBLE = ("fail", "non-strict", "crash", "harness-error", "info", "declined")

#: An entry of a baseline for the first failure of `one`.
ENTRY = "[[accepted]]\ncell = 'reference/*'\ncase = '5.1'\nverdict = 'fail'\nwhy = 'known since May'\n"


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


def gated(run: Run, *, old: Run | None = None, baseline: str = "", strict: bool = False) -> Gate:
    """Judge a run.

    Args:
        run: the run.
        old: what to compare it with.
        baseline: the entries of a baseline, in TOML.
        strict: whether the verdict non-strict, and each change, fails.
    """
    judged = hold(run, parse(f"format = 1\n{baseline}", "b.toml"), date(2026, 6, 1)) if baseline else None
    return pass_gate(run, strict=strict, judged=judged, comparison=compare(old, run) if old else None)


def saying(run: Run, *texts: str) -> Gate:
    """Judge a run as one in which each text is a regression, and a problem of its baseline."""
    new = fixtures.passed("a/b", fixtures.cases({"5": 1})[0])
    changes = tuple(Change("regressed", text, text, new=replace(new, verdict="fail", reason=text)) for text in texts)
    judged = Judged({}, tuple(Problem(number, text) for number, text in enumerate(texts)), texts[0])
    return pass_gate(run, strict=True, judged=judged, comparison=Comparison(changes))


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
