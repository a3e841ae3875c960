"""Ours against Autobahn's, case by case: what differs, what of it is known, what is known and gone. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wsconform.oracle.grades import Grades, Pair, by_number
from wsconform.oracle.known import Known

__all__ = ["Comparison", "Difference", "compare"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A case, what both say of it, and the reason why they differ if there is one."""

    case: str
    ours: tuple[Pair, ...]
    theirs: tuple[Pair, ...]
    known: Known | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of it.

    Attributes:
        agreed: ids of which both say the same, or have said the same once if a case gives now this, now that.
        racing: those of them of which we said more than one thing.
        unexplained: they differ, and nobody knows why.
        explained: they differ for a reason that is known.
        gone: they agree where a known difference should be.
        only_ours: ids that Autobahn's tool has not played.
        only_theirs: ids that we have not played.
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
        """How many cases both have played."""
        return len(self.agreed) + len(self.unexplained) + len(self.explained)

    @property
    def is_fine(self) -> bool:
        """Nothing differs without a reason, and no reason is without a difference."""
        return not self.unexplained and not self.gone


def compare(ours: Grades, theirs: Grades, known: Sequence[Known] = (), peer: str = "") -> Comparison:
    """Compare two sets of grades.

    Args:
        ours: what our suite says.
        theirs: what Autobahn's tool says.
        known: the differences that are known, the more special ones first.
        peer: the name of the server, on which a known difference may depend.
    """
    both = sorted(ours.keys() & theirs.keys(), key=by_number)
    here = [each for each in known if each.is_about(peer)]
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


def _reason(known: Iterable[Known], id_: str, ours: Grades, theirs: Grades) -> Known | None:
    return next((each for each in known if each.explains(id_, ours[id_], theirs[id_])), None)


def _gone(known: Sequence[Known], agreeing: Iterable[Difference]) -> Iterable[Difference]:
    for each in agreeing:
        for one in known:
            if one.demands(each.case, each.ours):
                yield Difference(each.case, each.ours, each.theirs, one)
                break
