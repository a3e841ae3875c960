"""Sum up a run in one word, one sentence and one exit code."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from wsreport.formats.walk import Cell, cells, entries
from wsreport.gate import EXIT_CODES, gate
from wsreport.run import Run
from wsreport.terms import MISSING, STATUSES, UNSUPPORTED

__all__ = ["Summary", "count", "counted", "summarize"]

#: How a sentence names each verdict after its number, the most pressing first, behind what passed.
_WORDS = {
    "pass": "passed",
    "crash": "crashed the server",
    "fail": "failed",
    "harness-error": "with a harness error",
    "not-run": "not run",
    MISSING: "not played",
    "non-strict": "non-strict",
    "info": "informational",
    "declined": "declined",
}


@dataclass(frozen=True, slots=True)
class Summary:
    """A run in a few words.

    Attributes:
        counts: the number of results by key of `STATUSES`, in its order, without zeros.
        unsupported: the number of cells that the target does not support.
        problems: why the run is incomplete; empty if it is complete.
        exit_code: a key of `EXIT_CODES`.
    """

    counts: dict[str, int]
    unsupported: int
    problems: tuple[str, ...]
    exit_code: int

    @property
    def word(self) -> str:
        """PASSED, FAILED or INCOMPLETE."""
        if self.problems:
            return "INCOMPLETE"
        return "FAILED" if self.exit_code else "PASSED"

    @property
    def meaning(self) -> str:
        """What the exit code means."""
        return EXIT_CODES[self.exit_code]

    @property
    def sentence(self) -> str:
        """The counts in words, such as `1,672 passed, 3 failed`."""
        parts = [f"{self.counts[verdict]:,} {words}" for verdict, words in _WORDS.items() if self.counts.get(verdict)]
        if self.unsupported:
            parts.append(f"{counted(self.unsupported, 'cell')} unsupported")
        return ", ".join(parts) or "no results"


def summarize(run: Run, *, strict: bool = False) -> Summary:
    """Sum up a run.

    Args:
        run: the run, complete or not.
        strict: let the verdict non-strict fail the gate.
    """
    every = cells(run)
    total: Counter[str] = Counter()
    for cell in every:
        total.update(count(run, cell))
    return Summary(
        counts={word: total[word] for word in STATUSES if total[word]},
        unsupported=sum(1 for cell in every if cell.status == UNSUPPORTED),
        problems=run.problems,
        exit_code=gate(run, strict=strict),
    )


def count(run: Run, cell: Cell) -> Counter[str]:
    """Count the entries of a cell by key of `STATUSES`."""
    return Counter(entry.verdict for entry in entries(run, cell))


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural where it is due."""
    return f"{number:,} {noun}{'s' * (number != 1)}"
