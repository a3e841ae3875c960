"""Turn a run into the exit code of a gate, alone or held against a baseline and an older run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wsreport.compare import CHANGES, Change, Comparison
from wsreport.records import CellStatus, Result, Verdict
from wsreport.run import Run
from wsreport.terms import MISSING, UNSUPPORTED

if TYPE_CHECKING:  # baselines need `packaging`, and reading a run needs nothing
    from wsreport.baseline.judging import Judged, Place, Problem

__all__ = ["EXIT_CODES", "Gate", "gate", "pass_gate"]

#: What the exit codes of a gate mean. The higher the code, the less is known about the peer.
EXIT_CODES = {
    0: "every verdict is accepted",
    1: "a verdict is not accepted, something got worse, or the baseline does not fit the run",
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
        sentence: one line of counts, such as ``1,672 passed, 3 failed (2 accepted), 1 regressed``.
        failures: results that fail the gate.
        changes: changes against the older run that fail the gate.
        problems: what is wrong with the baseline.
        accepted: why the baseline accepts a deviation, by cell and case.
        unchanged: failures that are not accepted, but are no worse than in the older run.
        strict: whether the verdict non-strict fails, and with a comparison every change.
        baseline: the name of the baseline's file; empty if there is none.
        comparison: all changes against the older run; None if there is none.
    """

    code: int
    sentence: str
    failures: tuple[Result, ...] = ()
    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()
    accepted: Mapping[Place, str] = field(default_factory=dict)
    unchanged: frozenset[Place] = frozenset()
    strict: bool = False
    baseline: str = ""
    comparison: Comparison | None = None

    @property
    def meaning(self) -> str:
        """What the exit code means; for code 1 only what is true of this run."""
        if self.code != 1:
            return EXIT_CODES[self.code]
        causes = (
            (self.failures, "a verdict is not accepted"),
            (self.changes, "the run differs from the older one" if self.strict else "something got worse"),
            (self.problems, "the baseline does not fit the run"),
        )
        return " and ".join(text for found, text in causes if found) or EXIT_CODES[1]

    def excuse(self, cell: str, case: str) -> str:
        """Return why a deviation does not fail the gate; empty if it does, or is none."""
        if why := self.accepted.get((cell, case)):
            return f"accepted: {why}"
        return "no worse than in the older run" if (cell, case) in self.unchanged else ""


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
    accepted = {place: entry.why for place, entry in judged.accepted.items()} if judged else {}
    changes: tuple[Change, ...] = ()
    unchanged: frozenset[Place] = frozenset()
    if comparison is not None:
        counted = comparison.changes if strict else comparison.worse
        changes = tuple(change for change in counted if (change.cell, change.case) not in accepted)
        if not strict:
            unchanged = frozenset(_failed_before(run, comparison, accepted))
    lenient = unchanged.union(accepted)
    problems = judged.problems if judged else ()
    failures = tuple(
        result
        for cell, cell_run in run.cells.items()
        for case, result in cell_run.results.items()
        if (cell, case) not in lenient and _code(result.verdict, strict) == 1
    )
    return Gate(
        max(gate(run, strict=strict, accepted=lenient), 1 if changes or problems else 0),
        _sentence(run, accepted, comparison, problems),
        failures,
        changes,
        problems,
        accepted,
        unchanged,
        strict,
        judged.name if judged else "",
        comparison,
    )


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


def _failed_before(run: Run, comparison: Comparison, expected: Collection[Place]) -> Iterator[Place]:
    """Yield the failures that are neither worse than in the older run nor accepted."""
    known = {(change.cell, change.case) for change in comparison.worse}.union(expected)
    for cell, cell_run in run.cells.items():
        for case, result in cell_run.results.items():
            if _code(result.verdict, strict=False) == 1 and (cell, case) not in known:
                yield cell, case


#: How the sentence names each verdict after its number.
_WORDS = {
    "pass": "passed",
    "crash": "crashed the server",
    "fail": "failed",
    "not-run": "not run",
    "harness-error": "with a harness error",
    MISSING: "not played",
    "non-strict": "non-strict",
    "info": "informational",
    "declined": "declined",
}


def _sentence(
    run: Run, expected: Collection[Place], comparison: Comparison | None, problems: Collection[Problem]
) -> str:
    counts: Counter[str] = Counter()
    accepted: Counter[str] = Counter()
    flaky: Counter[str] = Counter()
    for planned in run.planned_cells:
        cell = run.cells.get(planned.id)
        results = cell.results if cell else {}
        for case, result in results.items():
            counts[result.verdict] += 1
            accepted[result.verdict] += (planned.id, case) in expected
            flaky[result.verdict] += result.is_flaky
        if cell and cell.end and cell.end.status == UNSUPPORTED:
            counts[UNSUPPORTED] += 1
        else:
            counts[MISSING] += sum(case not in results for case in run.header.plan.cases)
    parts = [_part(counts[key], words, accepted[key], flaky[key]) for key, words in _WORDS.items() if counts[key]]
    if number := counts[UNSUPPORTED]:
        parts.append(f"{number:,} cell{'s' * (number > 1)} unsupported")
    if comparison is not None:
        parts += [f"{len(comparison.of(kind)):,} {kind}" for kind in CHANGES if comparison.of(kind)]
    if problems:
        parts.append(f"{len(problems):,} problem{'s' * (len(problems) > 1)} with the baseline")
    return ", ".join(parts) or "no results"


def _part(number: int, words: str, accepted: int, flaky: int) -> str:
    inside = [f"{count:,} {word}" for count, word in ((accepted, "accepted"), (flaky, "flaky")) if count]
    return f"{number:,} {words}" + (f" ({', '.join(inside)})" if inside else "")
