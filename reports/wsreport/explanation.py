"""Explain the outcome of a gate to a reader: what changed, and what is wrong with the baseline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wsreport.compare import CHANGES, WORSE, Change
from wsreport.gate import Gate

__all__ = ["Section", "explain"]


@dataclass(frozen=True, slots=True)
class Section:
    """Lines under a title, in plain text that may come from a peer."""

    title: str
    lines: tuple[str, ...]


def explain(outcome: Gate) -> Iterator[Section]:
    """Yield what got worse, what is wrong with the baseline, then other changes.

    Results that are new and pass are left out: the sentence of the gate counts them.
    """
    kinds = {kind: outcome.comparison.of(kind) if outcome.comparison else () for kind in CHANGES if kind != "new"}
    titles = {
        kind: Section(f"{kind.capitalize()}: {len(found):,}", _lines(outcome, found)) for kind, found in kinds.items()
    }
    yield from (section for kind, section in titles.items() if kind in WORSE and section.lines)
    if number := len(outcome.problems):
        problems = tuple(f"{outcome.baseline}:{problem.line}: {problem.text}" for problem in outcome.problems)
        yield Section(f"The baseline does not fit: {number:,} problem{'s' * (number > 1)}", problems)
    yield from (section for kind, section in titles.items() if kind not in WORSE and section.lines)


def _lines(outcome: Gate, changes: tuple[Change, ...]) -> tuple[str, ...]:
    whys = (outcome.accepted.get((change.cell, change.case)) for change in changes)
    return tuple(
        f"{change} (accepted: {why})" if why else str(change) for change, why in zip(changes, whys, strict=True)
    )
