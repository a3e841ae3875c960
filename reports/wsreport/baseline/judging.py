"""Hold a run against a baseline: what is accepted, and what the baseline has wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from packaging.version import InvalidVersion, Version

from wsreport.baseline.entries import TODO, Baseline, Entry
from wsreport.patterns import CaseIndex, case_matcher, matcher, nearest
from wsreport.records import PASSING, VERDICTS, CellStart, Result
from wsreport.run import Run

__all__ = [
    "Judged",
    "Place",
    "Problem",
    "applying",
    "assigned_entries",
    "deviation",
    "hold",
    "is_for_cell",
    "passes",
]

Place = tuple[str, str]
"""A cell and a case."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something for which the gate fails.

    Attributes:
        line: of the entry, in the file.
        text: a sentence, without the line.
    """

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A run that was held against a baseline.

    Attributes:
        accepted: the entries by which deviations are accepted, by cell and case.
        problems: what is wrong with the baseline, in the order of its lines.
        name: of the baseline's file.
    """

    accepted: Mapping[Place, Entry]
    problems: tuple[Problem, ...]
    name: str = "baseline"


def hold(
    run: Run, baseline: Baseline, today: date, *, partial: bool = False, known_cases: Collection[str] = ()
) -> Judged:
    """Hold a run against a baseline.

    Args:
        run: the run.
        baseline: what is accepted. The first entry that applies to a result counts.
        today: an entry whose `expires` is not later is no longer valid.
        partial: the run is only a part of what the baseline is for: entries for other cells, and for other cases that
            are known, are not problems.
        known_cases: ids of all cases that exist; empty: only those of the run are known.
    """
    accepted: dict[Place, Entry] = {}
    problems: list[Problem] = []
    assigned = assigned_entries(run, baseline)
    for (cell, case), number in assigned.items():
        entry, result = baseline.entries[number], run.cells[cell].results[case]
        if text := deviation(result, entry):
            problems.append(Problem(entry.line, f"{case} on {cell}: {text}"))
        elif entry.why != TODO and not _is_expired(entry, today):
            accepted[cell, case] = entry
    problems += (Problem(entry.line, text) for entry in baseline.entries if (text := _invalid(entry, today)))
    if run.complete:
        known = CaseIndex(known_cases or run.header.plan.cases)
        used = set(assigned.values())
        for number, entry in enumerate(baseline.entries):
            if number not in used and (text := _why_unused(entry, run, known, partial)):
                problems.append(Problem(entry.line, text))
    return Judged(accepted, tuple(sorted(problems, key=lambda problem: problem.line)), baseline.name)


def assigned_entries(run: Run, baseline: Baseline) -> dict[Place, int]:
    """Return the number of the entry that counts for a result, by cell and case, where there is one."""
    cases = CaseIndex(run.header.plan.cases)
    assigned: dict[Place, int] = {}
    for cell, cell_run in run.cells.items():
        for number, entry in enumerate(baseline.entries):
            if is_for_cell(entry, cell_run.start):
                for case in (case for pattern in entry.cases for case in cases.find(pattern)):
                    if case in cell_run.results:
                        assigned.setdefault((cell, case), number)
    return assigned


def applying(run: Run, cell: str, case: str, entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries that apply to a result, in the order of the file; the first one counts."""
    return [entry for entry in entries if is_for_cell(entry, run.cells[cell].start) and entry.is_for_case(case)]


def deviation(result: Result, entry: Entry) -> str:
    """Say how a result differs from what the entry accepts; empty if it does not."""
    if entry.at_most is not None:
        return _flakiness(result, entry.at_most, entry)
    if result.verdict != entry.verdict:
        if passes(result.verdict) and not passes(entry.verdict):
            return f"unexpected pass: {entry.verdict} is accepted, and it passes now; remove the entry"
        reason = f": {result.reason}" if result.reason else ""
        return f"{entry.verdict} is accepted, and the verdict is {result.verdict}{reason}"
    if entry.reason and not matcher(entry.reason).fullmatch(result.reason):
        return f"another reason than {entry.reason!r}: {result.reason!r}"
    return ""


def is_for_cell(entry: Entry, start: CellStart) -> bool:
    """Tell whether a pattern of the entry names the cell, and the cell has the versions that the entry names."""
    return any(matcher(pattern).fullmatch(start.cell) for pattern in entry.cells) and _has_versions(
        entry, {name.lower(): version for name, version in start.versions.items()}
    )


def _has_versions(entry: Entry, versions: Mapping[str, str]) -> bool:
    for distribution, wanted in entry.versions.items():
        try:
            if not wanted.contains(Version(versions[distribution]), prereleases=True):
                return False
        except (KeyError, InvalidVersion):
            return False
    return True


def _flakiness(result: Result, at_most: float, entry: Entry) -> str:
    """Say why a case fails more often, or in a worse way, than its entry allows.

    With fewer plays than 1 / `at_most` one failure would be too much already, so only a case that fails in all of
    several plays is held to be broken then. A case that passes in all plays may be flaky all the same.
    """
    if VERDICTS.index(result.verdict) > VERDICTS.index(entry.verdict):
        reason = f": {result.reason}" if result.reason else ""
        return f"{entry.verdict} is accepted now and then, and the verdict is {result.verdict}{reason}"
    if entry.reason and not passes(result.verdict) and not matcher(entry.reason).fullmatch(result.reason):
        return f"another reason than {entry.reason!r}: {result.reason!r}"
    failed, count = result.failed_plays, len(result.counted)
    if not count:
        return ""
    too_often = failed / count > at_most if at_most >= 1 / count else failed == count > 1
    return f"{failed} of {count} plays did not pass, and {at_most:.0%} are accepted" if too_often else ""


def passes(verdict: str) -> bool:
    """Tell whether a verdict needs no entry in a baseline."""
    return verdict in PASSING


def _invalid(entry: Entry, today: date) -> str:
    if entry.why == TODO:
        return f"{entry.title}: why is still TODO; write the reason"
    if _is_expired(entry, today):
        return f"{entry.title}: expired on {entry.expires}; fix it, or renew the date"
    return ""


def _is_expired(entry: Entry, today: date) -> bool:
    return entry.expires is not None and entry.expires <= today


def _why_unused(entry: Entry, run: Run, known: CaseIndex, partial: bool) -> str:
    """Say why an entry applies to no result; empty if that is no problem."""
    for pattern in entry.cases:
        if not known.find(pattern):
            near = nearest(known.cases, pattern)
            return f"no case is called {pattern!r}" + (f"; did you mean {near!r}?" if near else "")
    if partial:
        return ""
    cells = [cell for cell in run.cells if any(matcher(pattern).fullmatch(cell) for pattern in entry.cells)]
    if not cells:
        near = nearest(run.cells, entry.cells[0])
        return f"no cell of this run is called {entry.cells[0]!r}" + (f"; did you mean {near!r}?" if near else "")
    if not any(is_for_cell(entry, run.cells[cell].start) for cell in cells):
        return f"{entry.title}: no cell has the versions that the entry names"
    played = {case for cell in cells for case in run.cells[cell].results}
    if not any(case_matcher(pattern).fullmatch(case) for pattern in entry.cases for case in played):
        return f"{entry.title}: this run did not play the case"
    return f"{entry.title}: earlier entries apply to all of its results; remove it"
