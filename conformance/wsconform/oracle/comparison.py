"""Compare our grades with Autobahn's, case by case, in the light of the known differences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wsconform.oracle.grades import Grades, Pair, by_number
from wsconform.oracle.known import KnownDifference

__all__ = ["Comparison", "Difference", "compare"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A case with the grades of both sides, and the known difference that explains them if there is one."""

    case: str
    ours: tuple[Pair, ...]
    theirs: tuple[Pair, ...]
    known: KnownDifference | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result of a comparison.

    Attributes:
        agreed: ids of cases for which both sides gave the same pair of grades at least once.
        racing: agreed cases for which we gave more than one pair.
        unexplained: cases that differ for an unknown reason.
        explained: cases that differ for a known reason.
        gone: cases that agree although a known difference was expected.
        only_ours: ids of cases that Autobahn's tool has not played.
        only_theirs: ids of cases that we have not played.
    """

    agreed: tuple[str, ...]
    racing: tuple[Difference, ...]
    unexplained: tuple[Difference, ...]
    explained: tuple[Difference, ...]
    gone: tuple[Difference, ...]
    only_ours: tuple[str, ...]
    only_theirs: tuple[str, ...]

    @property
    def compared(self) -> int:
        """The number of cases that both have played."""
        return len(self.agreed) + len(self.unexplained) + len(self.explained)

    @property
    def is_fine(self) -> bool:
        """Whether every difference is known and every known difference still occurs."""
        return not self.unexplained and not self.gone


def compare(ours: Grades, theirs: Grades, known: Sequence[KnownDifference] = (), peer: str = "") -> Comparison:
    """Compare two sets of grades.

    Args:
        ours: our grades.
        theirs: the grades of Autobahn's tool.
        known: the known differences, the more specific ones first.
        peer: the name of the server, on which a known difference may depend.
    """
    both = sorted(ours.keys() & theirs.keys(), key=by_number)
    here = [each for each in known if each.applies_to(peer)]
    common = {id_ for id_ in both if set(ours[id_]) & set(theirs[id_])}
    differing = [Difference(id_, ours[id_], theirs[id_], _reason(here, id_, ours, theirs)) for id_ in both]
    return Comparison(
        agreed=tuple(d.case for d in differing if d.case in common),
        racing=tuple(d for d in differing if d.case in common and len(d.ours) > 1),
        unexplained=tuple(d for d in differing if d.case not in common and d.known is None),
        explained=tuple(d for d in differing if d.case not in common and d.known is not None),
        gone=tuple(_gone(here, (d for d in differing if d.case in common))),
        only_ours=tuple(sorted(ours.keys() - theirs.keys(), key=by_number)),
        only_theirs=tuple(sorted(theirs.keys() - ours.keys(), key=by_number)),
    )


def _reason(known: Iterable[KnownDifference], id_: str, ours: Grades, theirs: Grades) -> KnownDifference | None:
    return next((each for each in known if each.explains(id_, ours[id_], theirs[id_])), None)


def _gone(known: Sequence[KnownDifference], agreeing: Iterable[Difference]) -> Iterable[Difference]:
    for each in agreeing:
        for one in known:
            if one.is_expected(each.case, each.ours):
                yield Difference(each.case, each.ours, each.theirs, one)
                break
