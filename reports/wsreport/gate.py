"""Turn a run into the exit code of a gate."""

from __future__ import annotations

from collections.abc import Iterator

from wsreport.records import CellStatus, Verdict
from wsreport.run import Run

__all__ = ["EXIT_CODES", "gate"]

#: What the exit codes of a gate mean. The higher the code, the less is known about the peer.
EXIT_CODES = {
    0: "every verdict is acceptable",
    1: "a case failed or crashed the server",
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


def gate(run: Run, *, strict: bool = False) -> int:
    """Return the exit code of a run: the highest that any part of it deserves.

    Args:
        run: the run to be judged.
        strict: let the verdict non-strict fail the gate.

    Returns:
        A key of `EXIT_CODES`. The order is 6, 4, 3, 1, 0: a cell that could not be set up outweighs an incomplete
        run, then a failure of the suite, then a failed case.
    """
    return max(_codes(run, strict), default=0)


def _codes(run: Run, strict: bool) -> Iterator[int]:
    if not run.complete:
        yield 4
    for cell in run.cells.values():
        for result in cell.results.values():
            yield 1 if strict and result.verdict == "non-strict" else _BY_VERDICT[result.verdict]
        if cell.end is not None:
            yield _BY_STATUS[cell.end.status]
