"""What follows from the verdicts on a crooked server: whether a fault was noticed, or a legal oddity accused."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from importlib import resources

from wsconform.crooked import Crooked
from wsconform.model import Level, Verdict

__all__ = ["KNOWN", "Known", "Outcome", "Played", "Score", "Tally", "outcome_of", "score"]

#: Verdicts by which a fault is noticed, by the level of the fault.
NOTICES = {
    Level.MUST: frozenset({Verdict.FAIL.value, Verdict.CRASH.value}),
    Level.SHOULD: frozenset({Verdict.FAIL.value, Verdict.CRASH.value, Verdict.NON_STRICT.value}),
}
#: Verdicts that accuse nobody.
FINE = frozenset(verdict.value for verdict in (Verdict.PASS, Verdict.INFO, Verdict.DECLINED))


class Outcome(Enum):
    """What became of a crooked server."""

    NOTICED = "noticed"  # a fault that the suite notices
    SURVIVED = "survived"  # a fault that it does not notice
    FINE = "fine"  # a legal oddity that it does not accuse
    ACCUSED = "accused"  # a legal oddity that it accuses
    UNFINISHED = "unfinished"  # it could not be played to the end


@dataclass(frozen=True, slots=True)
class Played:
    """A crooked server after it was played.

    Attributes:
        name: of the server.
        verdicts: the cases whose verdict is neither pass, info nor declined, with it.
        missed: cases that must notice the fault, were played, and did not.
        stopped: why the run ended before all cases were played, because of the server; empty if it did not.
        unfinished: why the server could not be played to the end, because of the suite; empty if it was.
    """

    name: str
    verdicts: Mapping[str, str]
    missed: tuple[str, ...] = ()
    stopped: str = ""
    unfinished: str = ""


def outcome_of(crooked: Crooked, played: Played) -> Outcome:
    """Return what became of a server."""
    if played.unfinished:
        return Outcome.UNFINISHED
    if crooked.is_legal:
        return Outcome.ACCUSED if played.verdicts or played.stopped else Outcome.FINE
    assert crooked.level is not None, "it is judged"
    noticed = bool(played.stopped) or any(one in NOTICES[crooked.level] for one in played.verdicts.values())
    return Outcome.NOTICED if noticed else Outcome.SURVIVED


@dataclass(frozen=True, slots=True)
class Known:
    """A fault that is known to survive, or an oddity that is known to be accused.

    Attributes:
        profiles: in which profiles.
        reason: why, in a sentence; for an oddity, by which sentence of an RFC it is not the best choice.
    """

    profiles: tuple[str, ...]
    reason: str


def _read() -> dict[str, Known]:
    table = tomllib.loads((resources.files(__package__) / "known.toml").read_text("utf-8"))
    return {name: Known(tuple(row["profiles"]), row["reason"]) for name, row in table.items()}


#: By name of the server.
KNOWN = _read()


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of some servers came out well."""

    good: int
    total: int

    def __str__(self) -> str:
        return f"{self.good}/{self.total}" if self.total else "-"


@dataclass(frozen=True, slots=True)
class Score:
    """The outcome of all servers in one profile.

    Attributes:
        profile: its name.
        outcomes: what became of each server.
        played: the servers by name.
    """

    profile: str
    outcomes: Mapping[str, Outcome]
    played: Mapping[str, Played]

    def tally(self, servers: Iterable[Crooked]) -> Tally:
        """Return how many of these servers were noticed, or were rightly not accused."""
        found = [self.outcomes[one.name] for one in servers if one.name in self.outcomes]
        return Tally(sum(one in (Outcome.NOTICED, Outcome.FINE) for one in found), len(found))

    def named(self, outcome: Outcome) -> list[str]:
        """Return the names of the servers with an outcome."""
        return [name for name, found in self.outcomes.items() if found is outcome]

    def unexplained(self, mutants: Mapping[str, Crooked], known: Mapping[str, Known]) -> Iterator[str]:
        """Yield the names of MUST faults that survived and of oddities that are accused, without a known reason."""
        for name, outcome in self.outcomes.items():
            bad = outcome is Outcome.ACCUSED or (outcome is Outcome.SURVIVED and mutants[name].level is Level.MUST)
            if bad and not (name in known and self.profile in known[name].profiles):
                yield name


def score(profile: str, mutants: Mapping[str, Crooked], played: Sequence[Played]) -> Score:
    """Return the outcome of servers that were played in a profile."""
    found = {one.name: one for one in played}
    ordered = {name: found[name] for name in mutants if name in found}
    return Score(profile, {name: outcome_of(mutants[name], one) for name, one in ordered.items()}, ordered)
