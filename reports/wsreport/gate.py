"""Turn a run into the exit code of a gate, alone or held against a baseline and an older run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsreport.compare import CHANGES, Change, Comparison
from wsreport.records import CellStatus, Result, Verdict
from wsreport.run import Run

if TYPE_CHECKING:  # baselines need `packaging`, and reading a run needs nothing
    from wsreport.baseline.judging import Judged, Place, Problem

__all__ = ["EXIT_CODES", "Gate", "gate", "pass_gate"]

#: What the exit codes of a gate mean. The higher the code, the less is known about the peer.
EXIT_CODES = {
    0: "every verdict is acceptable",
    1: "a case failed, was not run or crashed the server and nothing accepts it, or a baseline does not fit the run",
    3: "the suite itself failed in a case",
    4: "the run is incomplete",
    6: "a cell could not be set up",
}

_BY_VERDICT: dict[Verdict, int] = {
    "pass": 0,
    "info": 0,
    "declined": 0,
    "non-strict": 0,
    "fail": 1,
    "crash": 1,
    "not-run": 1,
    "harness-error": 3,
}
_BY_STATUS: dict[CellStatus, int] = {
    "complete": 0,
    "unsupported": 0,
    "crashed": 1,
    "interrupted": 4,
    "not-run": 4,
    "setup-error": 6,
}


@dataclass(frozen=True, slots=True)
class Gate:
    """The outcome of a gate.

    Attributes:
        code: a key of `EXIT_CODES`.
        sentence: one line of counts, such as ``1,672 passed, 3 failed (2 expected), 1 regressed``.
        failures: results that fail the gate.
        changes: changes against the older run that fail the gate.
        problems: what is wrong with the baseline.
    """

    code: int
    sentence: str
    failures: tuple[Result, ...] = ()
    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()


def gate(run: Run, *, strict: bool = False, accepted: Collection[Place] = ()) -> int:
    """Return the exit code of a run: the highest that any part of it deserves.

    Args:
        run: the run to be judged.
        strict: let the verdict non-strict fail the gate.
        accepted: cells and cases whose failures are accepted.

    Returns:
        A key of `EXIT_CODES`. The order is 6, 4, 3, 1, 0: a cell that could not be set up outweighs an incomplete
        run, then a failure of the suite, then a failed case.
    """
    return max(_codes(run, strict, accepted), default=0)


def pass_gate(
    run: Run, *, strict: bool = False, judged: Judged | None = None, comparison: Comparison | None = None
) -> Gate:
    """Judge a run by a baseline, by its changes against an older run, or by both.

    With a comparison only what got worse fails, unless `strict`; what failed before is not held against the run. A
    failure that the baseline accepts does not count as worse.

    Args:
        run: the run to be judged.
        strict: the verdict non-strict fails, and with a comparison every change does.
        judged: the run held against a baseline; None: there is none.
        comparison: the run compared with an older one; None: it was not.
    """
    expected: set[Place] = set(judged.accepted) if judged else set()
    changes: tuple[Change, ...] = ()
    lenient = set(expected)
    if comparison is not None:
        counted = comparison.changes if strict else comparison.worse
        changes = tuple(change for change in counted if (change.cell, change.case) not in expected)
        if not strict:
            lenient |= _failed_before(run, comparison)
    problems = judged.problems if judged else ()
    failures = tuple(
        result
        for cell, cell_run in run.cells.items()
        for case, result in cell_run.results.items()
        if (cell, case) not in lenient and _code(result.verdict, strict) == 1
    )
    code = max(gate(run, strict=strict, accepted=lenient), 1 if changes or problems else 0)
    return Gate(code, _sentence(run, expected, comparison, problems), failures, changes, problems)


def _codes(run: Run, strict: bool, accepted: Collection[Place]) -> Iterator[int]:
    if not run.complete:
        yield 4
    for cell, cell_run in run.cells.items():
        for case, result in cell_run.results.items():
            code = _code(result.verdict, strict)
            yield 0 if code == 1 and (cell, case) in accepted else code
        if cell_run.end is not None:
            yield _BY_STATUS[cell_run.end.status]


def _code(verdict: Verdict, strict: bool) -> int:
    return 1 if strict and verdict == "non-strict" else _BY_VERDICT[verdict]


def _failed_before(run: Run, comparison: Comparison) -> set[Place]:
    """Return the failures that are not worse than in the older run."""
    worse = {(change.cell, change.case) for change in comparison.worse}
    places = ((cell, case) for cell, cell_run in run.cells.items() for case in cell_run.results)
    return {place for place in places if place not in worse}


def _sentence(
    run: Run, expected: Collection[Place], comparison: Comparison | None, problems: Collection[Problem]
) -> str:
    counts: Counter[str] = Counter()
    for cell, cell_run in run.cells.items():
        for case, result in cell_run.results.items():
            word = _WORDS[result.verdict]
            counts[word] += 1
            counts[f"{word}, expected"] += (cell, case) in expected
    missing = sum(
        case not in cell_run.results
        for cell_run in run.cells.values()
        if cell_run.end is None or cell_run.end.status != "unsupported"
        for case in run.header.plan.cases
    )
    parts = [f"{counts['passed']:,} passed"]
    for word in ("not strict", "failed", "not run", "not judged by an error of the suite"):
        if counts[word] or word == "failed":
            inside = counts[f"{word}, expected"]
            parts.append(f"{counts[word]:,} {word}" + (f" ({inside:,} expected)" if inside else ""))
    if missing:
        parts.append(f"{missing:,} not played")
    if comparison is not None:
        parts += [f"{len(comparison.of(kind)):,} {kind}" for kind in CHANGES if comparison.of(kind)]
    if problems:
        parts.append(f"{len(problems):,} problem{'s' if len(problems) > 1 else ''} with the baseline")
    return ", ".join(parts)


_WORDS: dict[Verdict, str] = {
    "pass": "passed",
    "info": "passed",
    "declined": "passed",
    "non-strict": "not strict",
    "fail": "failed",
    "crash": "failed",
    "not-run": "not run",
    "harness-error": "not judged by an error of the suite",
}
