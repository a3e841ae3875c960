"""Merge the shards of a run, or say why they do not fit together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import islice

from wsreport.records import Footer, Header, PlannedCell, Shard
from wsreport.run import Run, RunError

__all__ = ["MergeError", "merge"]


class MergeError(RunError):
    """The runs are not the shards of one run, or not all of them; the message says which and why."""


#: How many missing shards a message names.
_NAMED = 5

#: What all shards must have in common, by the name that a message uses. Another format means another suite, also where
#: neither knows its commit; what both judged could differ.
_COMMON: dict[str, Callable[[Run], object]] = {
    "a different plan": lambda run: _shard(run).whole,
    "a different number of shards": lambda run: _shard(run).count,
    "different cases": lambda run: run.header.plan.cases,
    "a different profile": lambda run: run.header.plan.profile,
    "a different format": lambda run: run.format,
    "a different version of the suite": lambda run: run.header.suite,
    "a different seed": lambda run: run.header.seed,
}


def merge(runs: Sequence[Run]) -> Run:
    """Merge shards into the complete run.

    Args:
        runs: all shards, in any order.

    Returns:
        The whole run, its cells in the order of the whole plan.

    Raises:
        MergeError: a run is no shard, was cut short, or is of another plan or suite; a shard is missing or given twice.
    """
    for number, run in enumerate(runs, 1):
        _require_shard(f"run {number}", run)
    _require_common(runs)
    shards = {_shard(run).index: run for run in runs}
    _require_all(shards, runs)
    ordered = [shards[index] for index in sorted(shards)]
    header = _header(ordered)
    cells = {cell.id: run.cells[cell.id] for cell in header.plan.cells for run in ordered if cell.id in run.cells}
    whole = Run(header, ordered[0].cases, cells)
    return replace(whole, footer=_footer(whole, ordered))


def _shard(run: Run) -> Shard:
    assert run.header.plan.shard is not None, "checked before"
    return run.header.plan.shard


def _require_shard(name: str, run: Run) -> None:
    if run.header.plan.shard is None:
        raise MergeError(f"{name} is not a shard: it was played without --shard")
    shard = _shard(run)
    if run.footer is None or run.footer.status == "interrupted" or run.flaws:
        why = next(iter(run.problems))
        raise MergeError(f"{name}, shard {shard.index} of {shard.count}, is incomplete: {why}")


def _require_common(runs: Sequence[Run]) -> None:
    for what, value in _COMMON.items():
        for number, run in enumerate(runs, 1):
            if value(run) != value(runs[0]):
                raise MergeError(f"run {number} has {what} than run 1")


def _require_all(shards: dict[int, Run], runs: Sequence[Run]) -> None:
    indices = [_shard(run).index for run in runs]
    if twice := sorted({index for index in indices if indices.count(index) > 1}):
        raise MergeError(f"given more than once: {_named(twice)}")
    count = _shard(runs[0]).count
    if left := count - len(shards):
        missing = islice((index for index in range(1, count + 1) if index not in shards), _NAMED)
        more = f" and {left - _NAMED} more" if left > _NAMED else ""
        raise MergeError(f"the plan has {count} shards; missing: {_named(missing)}{more}")


def _named(indices: Iterable[int]) -> str:
    return ", ".join(f"shard {index}" for index in indices)


def _header(ordered: Sequence[Run]) -> Header:
    first = ordered[0].header
    plan = replace(first.plan, cells=_undealt([run.header.plan.cells for run in ordered]), shard=None, digest="")
    if plan.digest != _shard(ordered[0]).whole:
        raise MergeError("the cells of the shards do not match the plan that they are parts of")
    names = dict.fromkeys(name for run in ordered for name in run.header.machine)
    machine = {
        name: ", ".join(dict.fromkeys(run.header.machine[name] for run in ordered if name in run.header.machine))
        for name in names
    }
    return replace(first, plan=plan, machine=machine, started=min(run.header.started for run in ordered))


def _undealt(hands: Sequence[tuple[PlannedCell, ...]]) -> tuple[PlannedCell, ...]:
    """Undo `Plan.part`: the first cell of each shard, then the second of each, and so on."""
    longest = max(map(len, hands))
    return tuple(hand[turn] for turn in range(longest) for hand in hands if turn < len(hand))


def _footer(whole: Run, parts: Sequence[Run]) -> Footer:
    footers = [run.footer for run in parts if run.footer is not None]
    return Footer(
        finished=max(footer.finished for footer in footers),
        status="complete",
        seconds=max(footer.seconds for footer in footers),
        counts={cell: whole.counts(cell) for cell in whole.cells},
        digest=whole.verdict_digest,
    )
