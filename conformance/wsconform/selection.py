"""Select cases by patterns, and shorten them by a profile."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

from wsconform.errors import NothingSelectedError
from wsconform.kind import AnyCase
from wsconform.kinds import kind_of
from wsconform.profile import PROFILES
from wsreport.patterns import CaseIndex

__all__ = ["nearest", "select", "with_profile"]

C = TypeVar("C", bound=AnyCase)


def select(catalogue: Mapping[str, C], patterns: Sequence[str], exclude: Sequence[str] = ()) -> list[C]:
    """Return the selected cases, in the catalogue's order.

    Args:
        catalogue: cases by id.
        patterns: ids, groups (``5`` and ``9.1`` are all ids that begin with them), or ids with ``*`` for any
            characters; one string may have several, separated by commas. Without patterns all cases are selected.
        exclude: patterns of the cases to leave out.

    Raises:
        NothingSelectedError: a pattern names nothing, or nothing is left.
    """
    wanted = _matching(catalogue, patterns) if patterns else set(catalogue)
    chosen = wanted - _matching(catalogue, exclude)
    if not chosen:
        raise NothingSelectedError(f"no case is left: --exclude {' '.join(exclude)} leaves out all selected cases")
    return [case for id_, case in catalogue.items() if id_ in chosen]


def with_profile(cases: Sequence[C], profile: str) -> list[C]:
    """Return the cases with as much work in them as the profile asks for.

    Raises:
        NothingSelectedError: the profile leaves out all of them.
    """
    shortened = (kind_of(case).shorten(case, PROFILES[profile]) for case in cases)
    if kept := [case for case in shortened if case is not None]:
        return kept
    raise NothingSelectedError(
        f"the profile {profile} leaves out all selected cases, as it does with large messages and with what takes "
        "seconds; choose --profile standard"
    )


def _matching(catalogue: Mapping[str, object], patterns: Sequence[str]) -> set[str]:
    index = CaseIndex(catalogue)
    found: set[str] = set()
    for pattern in (part.strip() for text in patterns for part in text.split(",")):
        ids = index.find(pattern)
        if not ids:
            raise NothingSelectedError(
                f"no case has the id {pattern!r}; the nearest are {', '.join(nearest(catalogue, pattern))}"
            )
        found.update(ids)
    return found


def nearest(catalogue: Mapping[str, object], pattern: str) -> list[str]:
    """Return the three most similar ids, first those of its family, then of its kind; else the nearest numbers."""
    pattern = pattern.upper()
    family = [id_ for id_ in catalogue if id_.split(".")[0] == pattern.split(".")[0]]
    kind = [id_ for id_ in catalogue if _letters(id_) == _letters(pattern)]
    alike = [id_ for group in (family, kind, catalogue) for id_ in difflib.get_close_matches(pattern, group)]
    return list(dict.fromkeys(alike))[:3] or sorted(catalogue, key=lambda id_: _distance(id_, pattern))[:3]


def _distance(one: str, two: str) -> tuple[bool, list[float]]:
    """Return the distance of an id from a pattern; ids of the same kind of family are nearest."""
    a, b = ([int(n) for n in re.findall(r"\d+", text)] for text in (one, two))
    numbers: list[float] = [abs(x - y) for x, y in zip(a, b, strict=False)] or [float("inf")]
    return _letters(one) != _letters(two), numbers


def _letters(id_: str) -> str:
    return "".join(filter(str.isalpha, id_)).upper()
