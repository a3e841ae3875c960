"""The interface of a kind of case, and the context of a cell that plays it. `kinds` has the table of kinds."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from pkgutil import resolve_name
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from wsconform.model import Judgement, Verdict
from wsconform.play import Outcome, Play, Timed, settle, settle_one
from wsconform.profile import Profile
from wsreport.model import CaseInfo, Result

if TYPE_CHECKING:
    from wsconform.launching.running import Running
    from wsconform.trust import Trust
    from wsconform.wire.opening import Additions

__all__ = ["AnyCase", "Calibration", "CellContext", "CellServer", "Kind", "Launch", "Settings"]

#: Seconds that a server which is not ours has to come back by itself, multiplied by ``--timeout-scale``.
RETURNS_WITHIN = 5.0
_POLL = 0.05

USUAL_ROUND_TRIP = 0.02  # seconds; the time limits of the cases assume it
LARGEST_SCALE = 20.0

#: Launches one more server of the cell with additional Django settings.
Launch = Callable[[Mapping[str, object]], AbstractContextManager["Running"]]


class AnyCase(Protocol):
    """The common interface of cases of all kinds."""

    @property
    def id(self) -> str:
        """Family and numbers, such as ``5.15``."""

    @property
    def title(self) -> str:
        """The subject of the case, in a sentence."""

    @property
    def family(self) -> str:
        """The first part of the id."""

    @property
    def own_server(self) -> bool:
        """Whether it needs a server that the suite starts, so that it cannot be played against a URL."""


class NeedingCase(AnyCase, Protocol):
    """A case with a known number of connections."""

    @property
    def needs(self) -> int:
        """The number of simultaneous connections."""


class CellServer(Protocol):
    """The server of a cell, started by us or not."""

    @property
    def url(self) -> str:
        """Its current address."""

    @property
    def trust(self) -> Trust:
        """The certificates to trust, if it uses TLS."""

    @property
    def additions(self) -> Additions:
        """Further fields of every opening handshake."""

    def restart(self) -> bool:
        """Restart it after a crash; return False if we did not start it."""

    def cpu_seconds(self) -> float | None:
        """Return its user and system time so far; None if unknown."""

    def log_text(self) -> str:
        """Return its output."""

    def answer(self) -> str:
        """Describe its answer to an opening handshake, in a line."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings for playing the cases of a cell.

    Attributes:
        concurrency: maximum number of simultaneous connections.
        timeout_scale: multiplies every time limit, in addition to the measured factor.
        seed: for the masking keys.
        replays: repeat plays that did not pass.
        repeat: how often every case is played; with more than once, all plays count.
        for_grades: also repeat plays that passed if one of Autobahn's grades did not.
    """

    concurrency: int = 32
    timeout_scale: float = 1.0
    seed: int = 0
    replays: bool = True
    repeat: int = 1
    for_grades: bool = True


@dataclass(frozen=True, slots=True)
class Calibration:
    """Measurements of a server before its cases are played.

    Attributes:
        reached: a TCP connection was established.
        answered: the opening handshake was answered by HTTP.
        refusal: why the connection or the opening handshake failed; empty if it succeeded.
        round_trip: seconds; None if no echo arrived.
        concurrency: number of connections that were open at the same time.
        greeting: the start of a message that came before any of ours; None if there was none.
    """

    reached: bool
    refusal: str = ""
    round_trip: float | None = None
    concurrency: int = 1
    answered: bool = False
    greeting: bytes | None = None

    @property
    def scale(self) -> float:
        """The factor for every time limit."""
        return min(LARGEST_SCALE, max(1.0, (self.round_trip or 0.0) / USUAL_ROUND_TRIP))


@dataclass(frozen=True)
class CellContext:
    """The context of a cell, for the kinds that are played on it.

    Attributes:
        server: the running server.
        calibration: its measurements.
        capacity: number of connections that the server can hold.
        launch: launches another server; None if the suite did not start the first one.
        known_failures: by case, why it cannot pass on this server with any target.
        contract: the profile that clauses of the API contract are judged by; empty: chosen by ``identity``.
        identity: the identity of the installed target.
        report: called with each outcome, in one thread at a time.
        replaying: called with the number of cases that are about to be repeated.
        repeating: called with the number of each round, from 1, if every case is played several times.
        remark: called with a sentence about the server as a whole.
    """

    server: CellServer
    settings: Settings
    calibration: Calibration
    report: Callable[[Outcome[Any, Any]], None]
    capacity: int = 1024
    launch: Launch | None = None
    known_failures: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    contract: str = ""
    identity: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    replaying: Callable[[int], None] = lambda _: None
    repeating: Callable[[int], None] = lambda _: None
    remark: Callable[[str], None] = lambda _: None

    def known_failure(self, case: AnyCase) -> str:
        """Return why a case cannot pass on this server; empty if it can."""
        return self.known_failures.get(case.id, "")

    def comes_back(self, is_there: Callable[[], bool]) -> bool:
        """Wait for a server that something else may restart; return whether it answers again.

        Args:
            is_there: asks it.
        """
        until = time.monotonic() + RETURNS_WITHIN * self.settings.timeout_scale
        while time.monotonic() < until:
            time.sleep(_POLL)
            if is_there():
                return True
        return False

    def settle(self, case: AnyCase, plays: Sequence[Play[Any]], again: Callable[[], Play[Any]]) -> None:
        """Repeat a case that was played until its plays suffice, and report the outcome."""
        settings = self.settings
        known = self.known_failure(case)
        self.report(settle(case, plays, again, repeat=settings.repeat, known_failure=known, replays=settings.replays))

    def settle_one(self, case: AnyCase, play: Play[Any]) -> None:
        """Report the outcome of a case that is not repeated."""
        self.report(settle_one(case, play, known_failure=self.known_failure(case)))

    def playable(self, cases: Sequence[NeedingCase]) -> list[Any]:
        """Return the cases whose connections the server can hold; report the others."""
        for case in cases:
            if case.needs > self.capacity:
                reason = f"needs {case.needs} simultaneous connections, but this server can hold only {self.capacity}"
                self.settle_one(case, Play(Judgement(Verdict.INFO, reason), alone=True, started=0.0))
        return [case for case in cases if case.needs <= self.capacity]


C = TypeVar("C", bound=AnyCase)
T = TypeVar("T", bound=Timed | None)


@dataclass(frozen=True)
class Kind(Generic[C, T]):
    """A kind of case, with functions to describe, shorten, play and record its cases.

    Attributes:
        case: the class of its cases.
        describe: what `wsconform show` prints of a case.
        info: the line of the run file about a case.
        result: the line of the run file about what came of a case on a cell.
        shorten: the case with as little work in it as a profile asks for; None if the profile leaves it out.
        player: ``module:function`` that plays cases on a cell; imported when it is first needed, since some players
            take half a second to import. It raises SetupError or ServerLostError when the cell cannot go on.
        attributed: failures are attributed to library or server by replaying each without the other.
        target_facts: returns facts about the target for the record of the cell, from contract and identity.
    """

    case: type[C]
    describe: Callable[[C], Sequence[str]]
    info: Callable[[C], CaseInfo]
    result: Callable[[str, Outcome[C, T]], Result]
    shorten: Callable[[C, Profile], C | None]
    player: str
    attributed: bool = False
    target_facts: Callable[[str, Mapping[str, str]], Mapping[str, str]] = lambda _contract, _identity: {}

    @cached_property
    def play(self) -> Callable[[CellContext, Sequence[C]], None]:
        """The function that plays cases on a cell and reports each outcome."""
        function: Callable[[CellContext, Sequence[C]], None] = resolve_name(self.player)
        return function
