"""Which cases: patterns and profiles. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from wsconform.contract.model import ApiClause
from wsconform.conversation.model import Case, CompressedTrips, Echoes, Pause, RoundTrips
from wsconform.errors import NothingSelectedError
from wsconform.model import KiB
from wsconform.script.model import ScriptCase

__all__ = ["PROFILES", "Profile", "select", "with_profile"]

AnyCase = TypeVar("AnyCase", bound=Case | ScriptCase | ApiClause)


@dataclass(frozen=True, slots=True)
class Profile:
    """How much of each case is played.

    A case of so many round trips makes as many of them as it takes to send ``octets``, but at least ``least``
    and at most ``most``.

    Attributes:
        long: play what takes long: large messages, and raw cases that mostly wait.
        largest: octets of the largest compressed message that is played.
        of_a_group: cases of each group of our own families, where a group is a table; None: all.
        patience: seconds of a pause, and of the deadline where Autobahn gives one second, at most: a peer that
            does nothing wrong answers in milliseconds, and one that does keeps us waiting twice.
    """

    most: int
    octets: int
    least: int
    long: bool = True
    largest: int = 128 * KiB
    of_a_group: int | None = None
    patience: float = 1.0

    def trips(self, size: int) -> int:
        """Round trips with messages of this size."""
        return max(self.least, min(self.most, -(-self.octets // max(size, 1))))


#: `standard` counts beyond 256 where messages are small, sends more than four windows of 32 KiB through every
#: connection where they are not, and goes round in the corpus: what `full` finds with a thousand, it finds.
PROFILES = {
    "fast": Profile(most=4, octets=64 * KiB, least=2, long=False, largest=64, of_a_group=3, patience=0.25),
    "standard": Profile(most=300, octets=160 * KiB, least=4),
    "full": Profile(most=1000, octets=1000 * 128 * KiB, least=1000),
}


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
    how = PROFILES[profile]
    if kept := [case for case in cases if how.long or not _is_long(case, how)]:
        return [_adapted(case, how) for case in kept]
    raise NothingSelectedError(
        f"the profile {profile} leaves out family 9, other large messages, most of P and X, and what mostly waits, "
        "and nothing else was selected"
    )


def _is_long(case: Case | ScriptCase | ApiClause, how: Profile) -> bool:
    if isinstance(case, ScriptCase | ApiClause):
        return case.slow
    number = case.id.rpartition(".")[2]
    if how.of_a_group and not case.is_autobahns and int(number) > how.of_a_group:
        return True
    samples = [step.sample for step in case.send if isinstance(step, CompressedTrips)]
    return any(sample.size > how.largest for sample in samples) if samples else case.weight > 1


def _adapted(case: AnyCase, how: Profile) -> AnyCase:
    return case if isinstance(case, ScriptCase | ApiClause) else replace(case, **_changes(case, how))


def _changes(case: Case, how: Profile) -> dict[str, Any]:
    """What makes it a case with fewer round trips, or with shorter pauses."""
    for step in case.send:
        if isinstance(step, RoundTrips | CompressedTrips):  # then it is the only one
            return _fewer_trips(case, step, how)
    shorter = (replace(s, seconds=min(s.seconds, how.patience)) if isinstance(s, Pause) else s for s in case.send)
    return {"send": tuple(shorter), "within": case.within if case.within > 1.0 else min(case.within, how.patience)}


def _fewer_trips(case: Case, step: RoundTrips | CompressedTrips, how: Profile) -> dict[str, Any]:
    trips = how.trips(step.sample.size if isinstance(step, CompressedTrips) else len(step.payload))
    if step.count <= trips:
        return {}
    return {
        "title": case.title.replace(str(step.count), str(trips), 1),
        "send": (replace(step, count=trips),),
        "expect": tuple(Echoes(trips) if isinstance(event, Echoes) else event for event in case.expect),
    }


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
