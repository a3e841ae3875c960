"""Sum up a run in one word, one sentence and one exit code."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from wsreport.formats.walk import Cell, cells, entries
from wsreport.gate import Gate, pass_gate
from wsreport.run import Run
from wsreport.terms import STATUSES

__all__ = ["Summary", "count", "counted", "summarize"]


@dataclass(frozen=True, slots=True)
class Summary:
    """A run in a few words.

    Attributes:
        counts: the number of results by key of `STATUSES`, in its order, without zeros.
        problems: why the run is incomplete; empty if it is complete.
        gate: whether the run passes, with the counts in one sentence.
    """

    counts: dict[str, int]
    problems: tuple[str, ...]
    gate: Gate

    @property
    def word(self) -> str:
        """PASSED, FAILED or INCOMPLETE."""
        if self.problems:
            return "INCOMPLETE"
        return "FAILED" if self.gate.code else "PASSED"


def summarize(run: Run, outcome: Gate | None = None) -> Summary:
    """Sum up a run.

    Args:
        run: the run, complete or not.
        outcome: the outcome of its gate; None: of a gate without baseline and older run.
    """
    total: Counter[str] = Counter()
    for cell in cells(run):
        total.update(count(run, cell))
    counts = {word: total[word] for word in STATUSES if total[word]}
    return Summary(counts, run.problems, outcome or pass_gate(run))


def count(run: Run, cell: Cell) -> Counter[str]:
    """Count the entries of a cell by key of `STATUSES`."""
    return Counter(entry.verdict for entry in entries(run, cell))


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural where it is due."""
    return f"{number:,} {noun}{'s' * (number != 1)}"
