"""Describe a comparison in lines for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from wsconform.oracle.comparison import Comparison, Difference
from wsconform.oracle.grades import Pair, ranges
from wsconform.oracle.known import KnownDifference

__all__ = ["describe"]


def describe(comparison: Comparison, where: str, once: Sequence[Difference] = ()) -> Iterator[str]:
    """Yield the lines that describe a comparison, the summary last.

    Args:
        comparison: the comparison to describe.
        where: the server or the cell that was compared.
        once: differences that did not occur again when the case was replayed.
    """
    racing = {each.case for each in comparison.racing}
    for word, differences in (
        ("known", comparison.explained),
        ("racing", comparison.racing),
        ("once", [each for each in once if each.case not in racing]),
        ("gone", comparison.gone),
        ("differ", comparison.unexplained),
    ):
        yield from _group(word, differences)
    for whom, ids in (("of ours", comparison.only_ours), ("of Autobahn's", comparison.only_theirs)):
        if ids:
            yield f"{_cases(len(ids))} {whom} only: {ranges(ids)}"
    yield f"{where}: {len(comparison.agreed)} of {_cases(comparison.compared)} get the same grades" + _tally(comparison)


def _tally(comparison: Comparison) -> str:
    counts = (
        (len(comparison.explained), "known to differ"),
        (len(comparison.unexplained), "unexplained"),
        (len(comparison.gone), "no longer differing"),
    )
    return "".join(f", {count} {label}" for count, label in counts if count)


def _group(word: str, differences: Iterable[Difference]) -> Iterator[str]:
    """Yield a line for all cases that differ in the same way."""
    ordered = sorted(differences, key=_likeness)
    for _, group in groupby(ordered, _likeness):
        alike = list(group)
        first = alike[0]
        yield f"{word:<7} {ranges(d.case for d in alike)}: {_grades(first)}"
        if first.known is not None:
            yield f"        {_explanation(word, first.known)}"


def _explanation(word: str, known: KnownDifference) -> str:
    reason = f"{known.reason} ({known.source})"
    return f"this known difference no longer occurs; remove it from the list: {reason}" if word == "gone" else reason


def _likeness(difference: Difference) -> tuple[tuple[Pair, ...], tuple[Pair, ...], str]:
    return difference.ours, difference.theirs, difference.known.reason if difference.known else ""


def _grades(difference: Difference) -> str:
    ours, theirs = (" or ".join(map("/".join, pairs)) for pairs in (difference.ours, difference.theirs))
    return f"ours {ours}, Autobahn's {theirs}"


def _cases(count: int) -> str:
    return f"{count} case{'s' * (count != 1)}"
