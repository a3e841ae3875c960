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

__all__ = ["nearest", "select", "with_profile"]

C = TypeVar("C", bound=AnyCase)


def select(catalogue: Mapping[str, C], patterns: Sequence[str], exclude: Sequence[str] = ()) -> list[C]:
    """The cases that the patterns name, in the catalogue's order.

    Args:
        catalogue: cases by id.
        patterns: ids, groups (``5`` and ``9.1`` mean all that starts so), or whole ids with
            ``*`` for any characters; several may stand in one string, separated by commas. None means all.
        exclude: patterns of those that are left out.

    Raises:
        NothingSelectedError: a pattern names nothing, or nothing is left.
    """
    wanted = _matching(catalogue, patterns) if patterns else set(catalogue)
    chosen = wanted - _matching(catalogue, exclude)
    if not chosen:
        raise NothingSelectedError(f"no case is left: --exclude {' '.join(exclude)} leaves out all that were selected")
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
        f"the profile {profile} leaves out family 9, other large messages, most of P and X, and what mostly waits, "
        "and nothing else was selected"
    )


def _matching(catalogue: Mapping[str, object], patterns: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for pattern in (part.strip() for text in patterns for part in text.split(",")):
        ids = [id_ for id_ in catalogue if _matcher(pattern).fullmatch(id_)]
        if not ids:
            raise NothingSelectedError(
                f"no case is called {pattern!r}; the nearest are {', '.join(nearest(catalogue, pattern))}"
            )
        found.update(ids)
    return found


def _matcher(pattern: str) -> re.Pattern[str]:
    body = ".*".join(map(re.escape, pattern.rstrip(".").split("*")))
    return re.compile(body if "*" in pattern else body + r"(\..*)?")


def nearest(catalogue: Mapping[str, object], pattern: str) -> list[str]:
    """Ids that look like the pattern, those of its family first, then those of its kind; else the nearest numbers."""
    pattern = pattern.upper()
    family = [id_ for id_ in catalogue if id_.split(".")[0] == pattern.split(".")[0]]
    kind = [id_ for id_ in catalogue if _letters(id_) == _letters(pattern)]
    alike = [id_ for group in (family, kind, catalogue) for id_ in difflib.get_close_matches(pattern, group)]
    return list(dict.fromkeys(alike))[:3] or sorted(catalogue, key=lambda id_: _distance(id_, pattern))[:3]


def _distance(one: str, two: str) -> tuple[bool, list[float]]:
    """Of two ids: those of one kind of family are nearer than any others."""
    a, b = ([int(n) for n in re.findall(r"\d+", text)] for text in (one, two))
    numbers: list[float] = [abs(x - y) for x, y in zip(a, b, strict=False)] or [float("inf")]
    return _letters(one) != _letters(two), numbers


def _letters(id_: str) -> str:
    return "".join(filter(str.isalpha, id_)).upper()
