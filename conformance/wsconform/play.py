"""Plays of a case: when a case is repeated, and which of its plays counts.

Load must not affect a verdict, so a play that did not pass is repeated alone. That may excuse what load can cause, such
as silence or a lost connection. Wrong content, a wrong order, a message too many or a wrong code is certain at the
first play: the repetition is only recorded. If every case is played several times anyway, to find flaky ones, all plays
count and the worst has the verdict. A known failure of a server does not count against a target; an unexpected pass
does, once a second play has confirmed it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from wsconform.model import Judgement, Parity, Verdict

__all__ = [
    "FINE",
    "Outcome",
    "Play",
    "Timed",
    "cut_off",
    "decide",
    "fits_together",
    "harness_error",
    "lightened",
    "settle",
    "settle_one",
]

#: Verdicts that are not failures by themselves.
FINE = Verdict.PASS, Verdict.INFO, Verdict.DECLINED, Verdict.NOT_RUN
FINE_GRADES = {"OK", "INFORMATIONAL", "UNIMPLEMENTED"}
#: Verdicts from best to worst.
_RANKS = {
    verdict: rank
    for rank, verdict in enumerate((*FINE, Verdict.NON_STRICT, Verdict.FAIL, Verdict.CRASH, Verdict.HARNESS_ERROR))
}


class Timed(Protocol):
    """A transcript, as far as its duration goes."""

    @property
    def seconds(self) -> float:
        """How long the play took."""


C = TypeVar("C")  # a case
T = TypeVar("T", bound=Timed | None)


@dataclass(frozen=True, slots=True)
class Play(Generic[T]):
    """One play of a case, judged.

    Attributes:
        alone: nothing else was played on that server at the same time.
        started: seconds since the first case.
        transcript: None if the case was not played, the suite failed, or the play is a light copy.
        parity: Autobahn's grades, if Autobahn has the case.
        counts: the verdict of the case follows from this play and others; False if it may not be the case's fault.
        took: seconds, of a light copy.
        lost: the server ended the connection without a Close. Beside others, it may have died because of another case.
    """

    judgement: Judgement
    alone: bool
    started: float
    transcript: T | None = None
    parity: Parity | None = None
    counts: bool = True
    took: float = 0.0
    lost: bool = False

    @property
    def passed(self) -> bool:
        """Whether our verdict is not a failure."""
        return self.judgement.verdict in FINE

    @property
    def is_fine(self) -> bool:
        """Whether neither our verdict nor Autobahn's grades are failures."""
        return self.passed and (self.parity is None or {self.parity.behavior, self.parity.close} <= FINE_GRADES)

    @property
    def seconds(self) -> float:
        """How long the play took; 0 if the case was not played."""
        return self.transcript.seconds if self.transcript is not None else self.took

    def agrees(self, other: Play[T]) -> bool:
        """Whether the two plays have the same verdict and grades."""
        return self.judgement.verdict is other.judgement.verdict and self.parity == other.parity


@dataclass(frozen=True, slots=True)
class Outcome(Generic[C, T]):
    """All plays of a case, in order, and the one that has the verdict, with known failures already applied."""

    case: C
    final: Play[T]
    plays: tuple[Play[T], ...]


def decide(
    case: C,
    plays: Sequence[Play[T]],
    *,
    repeat: int = 1,
    known_failure: str = "",
    replays: bool = True,
    for_grades: bool = False,
) -> Outcome[C, T] | None:
    """Return the outcome of a case, or None if the case has to be played once more.

    A play that did not pass, or that passed in spite of a known failure, is repeated alone. The repetition counts if it
    agrees with the first play or crashed the server; otherwise the worse of two plays alone does. A repetition beside
    others in which the connection was lost proves nothing. A play whose verdict is certain counts whatever the
    repetition says. If every case is played several times, all plays count; a crash during a play alone ends them.

    Args:
        case: the case.
        plays: all plays so far, in order; the first may have been made under load.
        repeat: how often every case is played.
        known_failure: why the case cannot pass on this server; empty if it can.
        replays: whether to repeat plays at all.
        for_grades: also repeat a play that passed if one of Autobahn's grades did not.
    """
    counted = [play for play in plays if play.counts]
    if repeat > 1:
        crashed = bool(plays) and plays[-1].alone and plays[-1].judgement.verdict is Verdict.CRASH
        return _outcome(case, plays, counted, known_failure) if crashed or len(counted) >= repeat else None
    first, *repeated = plays
    if not (replays and _is_suspicious(first, known_failure, for_grades)):
        return _outcome(case, plays, plays, known_failure)
    alone = [play for play in repeated if play.alone]
    certain = [play for play in plays if play.judgement.certain and not play.passed]
    if repeated and certain and not known_failure:
        final = repeated[-1] if repeated[-1].agrees(first) else None
        return _outcome(case, plays, [*certain, *alone], known_failure, final=final)
    if len(alone) > 1:
        return _outcome(case, plays, alone, known_failure)
    if repeated and repeated[-1].judgement.verdict is Verdict.CRASH:
        counted = [play for play in plays if play.alone or not play.lost]
        return _outcome(case, plays, counted, known_failure, final=repeated[-1])
    if repeated and _confirms(repeated[-1], first):
        return _outcome(case, plays, plays, known_failure, final=repeated[-1])
    return None


def settle(
    case: C,
    plays: Sequence[Play[T]],
    again: Callable[[], Play[T]],
    *,
    repeat: int = 1,
    known_failure: str = "",
    replays: bool = True,
) -> Outcome[C, T]:
    """Play a case until `decide` has an answer.

    Args:
        case: the case.
        plays: its first plays, at least one.
        again: plays the case again, alone.
        repeat: see `decide`.
        known_failure: see `decide`.
        replays: see `decide`.
    """
    plays = list(plays)
    while (outcome := decide(case, plays, repeat=repeat, known_failure=known_failure, replays=replays)) is None:
        plays.append(again())
        if repeat > 1:
            plays = lightened(plays)
    return outcome


def _confirms(again: Play[T], first: Play[T]) -> bool:
    """Return whether a repetition confirms the first play."""
    return again.agrees(first) and (again.alone or not again.lost)


def settle_one(case: C, play: Play[T], *, known_failure: str = "") -> Outcome[C, T]:
    """Return the outcome of a case that cannot or need not be repeated."""
    return _outcome(case, [play], [play], known_failure)


def fits_together(plays: Sequence[Play[T]], repeat: int) -> bool:
    """Return whether the next play of a case may be made at the same time as others, after these plays.

    The last of several is made alone if one before did not pass, so that a crash is blamed on the right case.
    """
    return len(plays) + 1 < repeat or all(play.passed for play in plays)


def cut_off(play: Play[T]) -> Play[T]:
    """Return a play during which another case may have crashed the server: it counts if it passed or is certain."""
    return play if play.passed or play.judgement.certain else replace(play, counts=False)


def lightened(plays: Sequence[Play[T]]) -> list[Play[T]]:
    """Return plays of a case that is played several times, without transcripts that its outcome will not need.

    Only the worst play so far and the last one keep theirs.
    """
    kept = (_worst([play for play in plays if play.counts] or plays), plays[-1])
    return [
        play if any(play is each for each in kept) else replace(play, transcript=None, took=play.seconds)
        for play in plays
    ]


def harness_error(error: object, *, alone: bool, started: float) -> Play[T]:
    """Return the play of a case in which the suite itself failed."""
    what = f"{type(error).__name__}: {error}" if isinstance(error, BaseException) else str(error)
    return Play(Judgement(Verdict.HARNESS_ERROR, f"the suite failed: {what}"), alone, started)


def _outcome(
    case: C,
    plays: Sequence[Play[T]],
    counted: Sequence[Play[T]],
    known_failure: str,
    *,
    final: Play[T] | None = None,
) -> Outcome[C, T]:
    """Return the outcome that follows from some of the plays: the worst one, unless ``final`` says which."""
    final = final or _worst(counted)
    marked = (play if any(play is each for each in counted) else replace(play, counts=False) for play in plays)
    return Outcome(case, _with_known_failure(final, known_failure), tuple(marked))


def _is_suspicious(play: Play[T], known_failure: str, for_grades: bool) -> bool:
    if known_failure:
        return play.judgement.verdict in (Verdict.PASS, Verdict.CRASH)
    return not (play.is_fine if for_grades else play.passed)


def _worst(plays: Sequence[Play[T]]) -> Play[T]:
    """Return the first of the worst plays."""
    return max(plays, key=lambda play: (_RANKS[play.judgement.verdict], not play.is_fine))


def _with_known_failure(play: Play[T], reason: str) -> Play[T]:
    verdict = play.judgement.verdict
    if not reason or verdict in (Verdict.HARNESS_ERROR, Verdict.CRASH):
        return play
    if verdict is Verdict.PASS:
        unexpected = f"passed, although it is a known failure: remove it from servers/baseline.toml ({reason})"
        return replace(play, judgement=Judgement(Verdict.FAIL, unexpected))
    return replace(play, judgement=Judgement(Verdict.INFO, f"{reason} ({play.judgement.reason})"))
