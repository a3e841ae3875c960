"""Turn a run into the exit code of a gate; knows nothing of how it was played or is shown."""

from __future__ import annotations

from collections.abc import Iterator

from wsreport.run import Run

__all__ = ["EXIT_CODES", "gate"]

#: What the exit codes of a gate mean. The higher, the less is known of the peer.
EXIT_CODES = {
    0: "every verdict is acceptable",
    1: "a case failed, crashed the server or timed out",
    3: "the suite itself failed in a case",
    4: "the run is incomplete",
    6: "a cell could not be set up",
}

_BY_VERDICT = {
    "pass": 0,
    "info": 0,
    "declined": 0,
    "non-strict": 0,
    "fail": 1,
    "crash": 1,
    "timeout": 1,
    "harness-error": 3,
    "not-run": 4,
    "setup-error": 6,
}
_BY_STATUS = {"complete": 0, "unsupported": 0, "crashed": 1, "interrupted": 4, "not-run": 4, "setup-error": 6}


def gate(run: Run, *, strict: bool = False) -> int:
    """Give the exit code that ``run`` deserves: the highest that any of it deserves.

    Args:
        run: The run to be judged.
        strict: Whether the verdict non-strict fails the gate too.

    Returns:
        A key of ``EXIT_CODES``. The order is 6, 4, 3, 1, 0: a cell that could not be set up
        outweighs a run that is incomplete, that a failure of the suite, that a failed case.

    """
    return max(_codes(run, strict), default=0)


def _codes(run: Run, strict: bool) -> Iterator[int]:
    if not run.complete:
        yield 4
    by_verdict = _BY_VERDICT | ({"non-strict": 1} if strict else {})
    for cell in run.cells.values():
        yield from (by_verdict[result.verdict] for result in cell.results.values())
        if cell.end is not None:
            yield _BY_STATUS[cell.end.status]
