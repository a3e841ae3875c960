"""Arrange runs side by side as their page shows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from wsreport.explanation import explain
from wsreport.findings import Finding, Place, find
from wsreport.gate import Gate, pass_gate
from wsreport.page import CaseRow, Column, Contract, Family, Listed, Outcome, Page, Part, Tally, gap
from wsreport.records import CaseInfo, PlannedCell, Result
from wsreport.run import Run
from wsreport.terms import ATTENTION, CONTRACT, STATUSES
from wsreport.text import anchor

__all__ = ["arrange"]

#: From worst to best, for the word at the top of a page with several runs.
_WORDS = ("INCOMPLETE", "FAILED", "PASSED")


def arrange(runs: Sequence[Run], gates: Sequence[Gate] = ()) -> Page:
    """Arrange runs side by side.

    Args:
        runs: at least one run; the columns have this order, and within a run the order of its plan.
        gates: the outcome of each run's gate; empty: of gates without baselines and older runs.

    Returns:
        The page.

    Raises:
        ValueError: there is no run.
    """
    if not runs:
        raise ValueError("a report needs at least one run")
    gates = gates or [pass_gate(run) for run in runs]
    names = [f"run {number}" if len(runs) > 1 else "" for number in range(1, len(runs) + 1)]
    gated = list(zip(names, runs, gates, strict=True))
    columns = [column for each in gated for column in _columns(*each)]
    shown = _headed([column for column in columns if column.shown])
    rows = [_row(info, shown) for info in _cases(runs).values()]
    return Page(
        word=min((_word(run, gate) for _, run, gate in gated), key=_WORDS.index),
        parts=tuple(_part(*each, columns) for each in gated),
        columns=tuple(columns),
        shown=shown,
        servers=tuple(dict.fromkeys(column.planned.server for column in columns)),
        targets=tuple(dict.fromkeys(column.planned.target for column in columns)),
        matrix=_matrix(columns),
        findings=_findings(shown),
        anchors={column.name: column.anchor for column in columns},
        excused=_listed(rows, excused=True),
        contracts=_contracts([row for row in rows if row.info.family == CONTRACT], shown),
        families=_families(rows, _titles(runs)),
        tally=_sum(column.tally for column in columns),
    )


def _word(run: Run, gate: Gate) -> str:
    if not run.complete:
        return "INCOMPLETE"
    return "FAILED" if gate.code else "PASSED"


def _part(name: str, run: Run, gate: Gate, columns: Iterable[Column]) -> Part:
    tally = _sum(column.tally for column in columns if column.run is run)
    return Part(name, run, _word(run, gate), gate, tuple(explain(gate)), tally)


def _columns(prefix: str, run: Run, gate: Gate) -> list[Column]:
    return [_column(prefix, run, gate, cell) for cell in run.planned_cells]


def _headed(columns: Sequence[Column]) -> tuple[Column, ...]:
    """Drop from the heads what all columns have in common, apart from the server."""
    common = [len({column.head[line] for column in columns}) == 1 for line in range(2)]
    skipped = {line for line, same in enumerate(common) if same}
    return tuple(replace(column, head=_lines(column.head, skipped)) for column in columns)


def _lines(head: tuple[str, ...], skipped: set[int]) -> tuple[str, ...]:
    kept = tuple(text for line, text in enumerate(head) if text and line not in skipped)
    return kept or tuple(text for text in head if text)


def _column(prefix: str, run: Run, gate: Gate, planned: PlannedCell) -> Column:
    cell = run.cells.get(planned.id)
    verdicts = Counter(result.verdict for result in cell.results.values()) if cell else Counter[Any]()
    missing = sum(1 for case in run.header.plan.cases if not cell or case not in cell.results)
    verdicts[gap(cell)] += missing
    return Column(
        name=f"{prefix}: {planned.id}" if prefix else planned.id,
        head=(prefix, planned.target, planned.server + _versions(planned)),
        anchor=anchor(prefix.replace(" ", ""), planned.id) if prefix else anchor(planned.id),
        planned=planned,
        run=run,
        cell=cell,
        gate=gate,
        tally=_tally(verdicts, sum(result.is_flaky for result in cell.results.values()) if cell else 0),
    )


def _versions(planned: PlannedCell) -> str:
    """Return what distinguishes a cell from others of the same target and server."""
    common = f"{planned.target}/{planned.server}"
    return planned.id.removeprefix(common) if planned.id.startswith(f"{common}@") else ""


def _cases(runs: Iterable[Run]) -> dict[str, CaseInfo]:
    """Return every case of the plans, described or not, then the cases that were played without a plan."""
    cases: dict[str, CaseInfo] = {}
    for run in runs:
        played = (case for cell in run.cells.values() for case in cell.results)
        for case in (*run.header.plan.cases, *played):
            cases.setdefault(case, run.info(case))
    return cases


def _row(info: CaseInfo, columns: Iterable[Column]) -> CaseRow:
    return CaseRow(info, f"case-{anchor(info.id)}", tuple(_outcome(info.id, column) for column in columns))


def _outcome(case: str, column: Column) -> Outcome:
    result = column.result(case)
    return Outcome(
        column=column,
        verdict=result.verdict if result else column.gap(case),
        anchor=f"{column.anchor}:{anchor(case)}",
        result=result,
        plays=_plays(result) if result else "",
        command=column.run.command(column.planned.id, case),
    )


def _plays(result: Result) -> str:
    """Return how many plays passed, if the case was played more than once, not all passed, and it is not flaky."""
    good = sum(play.passed for play in result.plays)
    count = len(result.plays)
    return f"{good} of {count}" if good < count > 1 and not result.is_flaky else ""


def _matrix(columns: Iterable[Column]) -> dict[tuple[str, str], tuple[Column, ...]]:
    matrix: dict[tuple[str, str], tuple[Column, ...]] = {}
    for column in columns:
        place = (column.planned.server, column.planned.target)
        matrix[place] = (*matrix.get(place, ()), column)
    return matrix


def _titles(runs: Iterable[Run]) -> dict[str, str]:
    """Return the titles of families; for the same family the first run that has one decides."""
    titles: dict[str, str] = {}
    for run in runs:
        titles = run.header.families | titles
    return titles


def _families(rows: Iterable[CaseRow], titles: Mapping[str, str]) -> tuple[Family, ...]:
    grouped: dict[str, list[CaseRow]] = {}
    for row in rows:
        grouped.setdefault(row.info.family, []).append(row)
    return tuple(_family(id_, titles.get(id_, id_), members) for id_, members in grouped.items())


def _family(id_: str, title: str, rows: Sequence[CaseRow]) -> Family:
    outcomes = [outcome for row in rows for outcome in row.outcomes]
    tally = _tally(Counter(outcome.verdict for outcome in outcomes), sum(bool(each.flaky) for each in outcomes))
    return Family(id_, title, f"family-{anchor(id_)}", tuple(rows), tally)


def _findings(columns: Iterable[Column]) -> tuple[Finding, ...]:
    """Return the mistakes behind what the gates count."""
    cells = [(column, column.cell) for column in columns if column.cell]
    counted = {
        id(result)
        for column, cell in cells
        for result in cell.results.values()
        if result.verdict in ATTENTION and not column.gate.excuse(result.cell, result.case)
    }
    return find([Place(column.name, column.run, cell) for column, cell in cells], lambda one: id(one) in counted)


def _listed(rows: Iterable[CaseRow], *, excused: bool | None = None) -> tuple[Listed, ...]:
    """Return the cases that did not pass: the worst verdict first, then what is wrong in most columns.

    Args:
        rows: all cases.
        excused: only outcomes that the gate does not count, or only those that it counts; None: all.
    """
    found = [(row, [each for each in row.pressing if excused in (None, bool(each.excuse))]) for row in rows]
    ranked = sorted((pair for pair in found if pair[1]), key=lambda pair: _pressure(pair[1]))
    return tuple(Listed(row, _groups(outcomes)) for row, outcomes in ranked)


def _contracts(rows: Sequence[CaseRow], columns: Iterable[Column]) -> tuple[Contract, ...]:
    """Return which clauses each target keeps, targets in the order of the columns."""
    found: dict[tuple[str, str], list[Column]] = {}
    for column in columns:
        if column.cell and (profile := column.cell.start.target.get("contract")):
            found.setdefault((column.planned.target, profile), []).append(column)
    return tuple(_contract(*names, rows, of_target) for names, of_target in found.items())


def _contract(target: str, profile: str, rows: Sequence[CaseRow], columns: Sequence[Column]) -> Contract:
    own = [replace(row, outcomes=tuple(o for o in row.outcomes if o.column in columns)) for row in rows]
    played = [row for row in own if any(outcome.result for outcome in row.outcomes)]
    otherwise = [row for row in played if not row.pressing and any(outcome.unbound for outcome in row.outcomes)]
    broken = _listed(played)
    unbound = [Listed(row, _groups(outcome for outcome in row.outcomes if outcome.unbound)) for row in otherwise]
    return Contract(
        target, profile, len(played), len(played) - len(broken) - len(unbound), _together(broken), _together(unbound)
    )


def _together(listed: Iterable[Listed]) -> tuple[Listed, ...]:
    """Merge cases with the same verdicts and reasons in the same columns."""
    found: dict[tuple[object, ...], list[Listed]] = {}
    for one in listed:
        key = tuple((*_key(group[0]), *(outcome.column.name for outcome in group)) for group in one.groups)
        found.setdefault(key, []).append(one)
    return tuple(replace(first, alike=tuple(other.row for other in others)) for first, *others in found.values())


def _groups(outcomes: Iterable[Outcome]) -> tuple[tuple[Outcome, ...], ...]:
    groups: dict[tuple[str, ...], list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(_key(outcome), []).append(outcome)
    return tuple(tuple(group) for group in groups.values())


def _key(outcome: Outcome) -> tuple[str, str, str, str]:
    return outcome.verdict, outcome.flaky, outcome.reason, outcome.attribution.owner if outcome.attribution else ""


def _pressure(outcomes: Sequence[Outcome]) -> tuple[int, int]:
    worst = min(ATTENTION.index(outcome.verdict) for outcome in outcomes)
    return worst, -len(outcomes)


def _tally(counts: Mapping[str, int], flaky: int) -> Tally:
    return Tally({word: counts[word] for word in STATUSES if counts.get(word)}, flaky)


def _sum(tallies: Iterable[Tally]) -> Tally:
    total: Counter[str] = Counter()
    flaky = 0
    for tally in tallies:
        total.update(tally.counts)
        flaky += tally.flaky
    return _tally(total, flaky)
