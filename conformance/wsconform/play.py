"""Plays of a case: when a case is repeated, and which of its plays counts.

Load must not affect a verdict, so a play that did not pass is repeated alone. A known failure of a server does not
count against a target; an unexpected pass does, once a second play has confirmed it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from wsconform.model import Judgement, Parity, Verdict

__all__ = ["FINE", "Outcome", "Play", "decide", "harness_error", "settle", "settle_one"]

#: Verdicts that are not failures by themselves.
FINE = Verdict.PASS, Verdict.INFO, Verdict.DECLINED, Verdict.NOT_RUN
FINE_GRADES = {"OK", "INFORMATIONAL", "UNIMPLEMENTED"}

C = TypeVar("C")  # a case
T = TypeVar("T")  # a transcript


@dataclass(frozen=True, slots=True)
class Play(Generic[T]):
    """One play of a case, judged.

    Attributes:
        alone: nothing else was played on that server at the same time.
        started: seconds since the first case.
        transcript: None if the case was not played or the suite failed.
        parity: Autobahn's grades, if Autobahn has the case.
    """

    judgement: Judgement
    alone: bool
    started: float
    transcript: T | None = None
    parity: Parity | None = None

    @property
    def passed(self) -> bool:
        """Whether our verdict is not a failure."""
        return self.judgement.verdict in FINE

    @property
    def is_fine(self) -> bool:
        """Whether neither our verdict nor Autobahn's grades are failures."""
        return self.passed and (self.parity is None or {self.parity.behavior, self.parity.close} <= FINE_GRADES)

    def agrees(self, other: Play[T]) -> bool:
        """Whether the two plays have the same verdict and grades."""
        return self.judgement.verdict is other.judgement.verdict and self.parity == other.parity


@dataclass(frozen=True, slots=True)
class Outcome(Generic[C, T]):
    """All plays of a case, in order, and the one that counts, with known failures already applied."""

    case: C
    final: Play[T]
    plays: tuple[Play[T], ...]


def decide(
    plays: Sequence[Play[T]], *, known_failure: str = "", replays: bool = True, for_grades: bool = False
) -> Play[T] | None:
    """Return the play that counts, or None if the case has to be played once more, alone.

    A play that did not pass, or that passed in spite of a known failure, is repeated. The repetition counts if it
    agrees with the first play or crashed the server; otherwise the worse of two plays alone does.

    Args:
        plays: all plays so far, in order; the first may have been made under load.
        known_failure: why the case cannot pass on this server; empty if it can.
        replays: whether to repeat plays at all.
        for_grades: also repeat a play that passed if one of Autobahn's grades did not.
    """
    first, *repeated = plays
    if not (replays and _is_suspicious(first, known_failure, for_grades)):
        return _with_known_failure(plays[-1], known_failure)
    alone = [play for play in repeated if play.alone]
    if len(alone) > 1:
        return _with_known_failure(max(alone, key=_badness), known_failure)
    if repeated and (repeated[-1].judgement.verdict is Verdict.CRASH or repeated[-1].agrees(first)):
        return _with_known_failure(repeated[-1], known_failure)
    return None


def settle(
    case: C, first: Play[T], again: Callable[[], Play[T]], *, known_failure: str = "", replays: bool = True
) -> Outcome[C, T]:
    """Repeat a play until `decide` has an answer.

    Args:
        case: the case.
        first: its first play.
        again: plays the case again, alone.
        known_failure: see `decide`.
        replays: see `decide`.
    """
    plays = [first]
    while (final := decide(plays, known_failure=known_failure, replays=replays)) is None:
        plays.append(again())
    return Outcome(case, final, tuple(plays))


def settle_one(case: C, play: Play[T], *, known_failure: str = "") -> Outcome[C, T]:
    """Return the outcome of a case that cannot or need not be repeated."""
    return Outcome(case, _with_known_failure(play, known_failure), (play,))


def harness_error(error: object, *, alone: bool, started: float) -> Play[T]:
    """Return the play of a case in which the suite itself failed."""
    what = f"{type(error).__name__}: {error}" if isinstance(error, BaseException) else str(error)
    return Play(Judgement(Verdict.HARNESS_ERROR, f"the suite failed: {what}"), alone, started)


def _is_suspicious(play: Play[T], known_failure: str, for_grades: bool) -> bool:
    if known_failure:
        return play.judgement.verdict is Verdict.PASS
    return not (play.is_fine if for_grades else play.passed)


def _badness(play: Play[T]) -> tuple[bool, bool]:
    return not play.passed, not play.is_fine


def _with_known_failure(play: Play[T], reason: str) -> Play[T]:
    verdict = play.judgement.verdict
    if not reason or verdict is Verdict.HARNESS_ERROR:
        return play
    if verdict is Verdict.PASS:
        unexpected = f"passed, although it is listed as a known failure: correct the table of servers ({reason})"
        return replace(play, judgement=Judgement(Verdict.FAIL, unexpected))
    return replace(play, judgement=Judgement(Verdict.INFO, f"{reason} ({play.judgement.reason})"))
