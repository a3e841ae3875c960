"""Which cases: patterns and profiles. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from conformance.errors import NothingSelectedError
from conformance.model import Case, Echoes, RoundTrips
from conformance.raw.model import RawCase

__all__ = ["PROFILES", "select", "with_profile"]

AnyCase = TypeVar("AnyCase", bound=Case | RawCase)

#: Round trips of the long cases, by profile; None leaves those cases out, and the raw ones that mostly wait.
PROFILES: dict[str, int | None] = {"fast": None, "standard": 100, "full": 1000}


def select(catalogue: Mapping[str, AnyCase], patterns: Sequence[str], exclude: Sequence[str] = ()) -> list[AnyCase]:
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


def with_profile(cases: Sequence[AnyCase], profile: str) -> list[AnyCase]:
    """The cases with as much work in them as the profile asks for.

    Raises:
        NothingSelectedError: the profile leaves out all of them.
    """
    trips = PROFILES[profile]
    if trips is None:
        if kept := [case for case in cases if not _is_long(case)]:
            return kept
        raise NothingSelectedError(
            f"the profile {profile} leaves out family 9 and what mostly waits, and nothing else was selected"
        )
    return [_with_trips(case, trips) for case in cases]


def _is_long(case: Case | RawCase) -> bool:
    return case.slow if isinstance(case, RawCase) else case.family == "9"


def _with_trips(case: AnyCase, trips: int) -> AnyCase:
    if isinstance(case, RawCase):
        return case
    (first, *_), expect = case.send, case.expect
    if not isinstance(first, RoundTrips) or first.count <= trips:
        return case
    return replace(
        case,
        title=case.title.replace(str(first.count), str(trips), 1),
        send=(replace(first, count=trips),),
        expect=tuple(Echoes(trips) if isinstance(event, Echoes) else event for event in expect),
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
    """Ids that look like the pattern, else those with the nearest numbers."""
    close = difflib.get_close_matches(pattern.upper(), catalogue, n=3)
    return close or sorted(catalogue, key=lambda id_: _distance(id_, pattern))[:3]


def _distance(one: str, two: str) -> tuple[bool, list[float]]:
    """Of two ids: those of one kind of family are nearer than any others."""
    a, b = ([int(n) for n in re.findall(r"\d+", text)] for text in (one, two))
    numbers: list[float] = [abs(x - y) for x, y in zip(a, b, strict=False)] or [float("inf")]
    return _letters(one) != _letters(two), numbers


def _letters(id_: str) -> str:
    return "".join(filter(str.isalpha, id_)).upper()
