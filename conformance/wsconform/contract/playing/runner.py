"""Plays clauses on a cell: an instance of the server for each site, several sites at the same time.

On each instance the clauses that may not be disturbed come first, one after the other; the others at the same time.
What did not come out is played again alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from threading import Lock
from types import MappingProxyType

from wsconform.contract.judge import judge_clause
from wsconform.contract.model import ApiClause
from wsconform.contract.playing.player import ClausePlayer, Site
from wsconform.contract.profiles import PROFILES, Profile
from wsconform.contract.sites import SITES
from wsconform.contract.transcript import ApiTranscript
from wsconform.errors import LaunchError
from wsconform.model import Judgement, Verdict
from wsconform.play import settle
from wsconform.server_log import complaints

__all__ = ["ApiOutcome", "ApiPlay", "ContractRunner"]

#: Instances of the server at the same time; each mostly waits.
AT_ONCE = 3
#: Clauses at the same time on an instance that holds many connections.
CROWD = 6

Start = Callable[[Mapping[str, object]], AbstractContextManager[Site]]


@dataclass(frozen=True, slots=True)
class ApiPlay:
    """One play of a clause, judged.

    Attributes:
        alone: nothing else was played on that server at the same time.
        started: seconds since the first clause.
        transcript: None if it was not played.
    """

    judgement: Judgement
    alone: bool
    started: float
    transcript: ApiTranscript | None = None


@dataclass(frozen=True, slots=True)
class ApiOutcome:
    """What is said of a clause in the end; ``final`` is one of ``plays`` but for what is known."""

    clause: ApiClause
    final: ApiPlay
    plays: tuple[ApiPlay, ...]


@dataclass
class ContractRunner:
    """The clauses of one cell. Use it once.

    Attributes:
        start: launches the server with the settings of a site.
        report: is told each outcome, by one thread at a time.
        profile: whose promises count.
        capacity: connections that the server holds at once.
        known: by clause, why it cannot be kept on this server, whatever the target does.
        scale: multiplies every time limit.
        replays: play again what did not come out.
    """

    start: Start
    report: Callable[[ApiOutcome], None]
    profile: Profile = PROFILES["reference"]
    capacity: int = 1
    known: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    scale: float = 1.0
    replays: bool = True

    def play(self, clauses: Sequence[ApiClause]) -> None:
        """Play every clause and report an outcome for each.

        A site with which the server does not start breaks all its clauses: the same server has started before.

        Raises:
            SetupError: it is not the server that is missing; what was settled is reported.
        """
        self._began, self._reporting = time.monotonic(), Lock()
        instances = [_Instance(self, site, batch) for site, batch in self._batches(clauses)]
        with ThreadPoolExecutor(AT_ONCE, "site") as pool:
            playing = [pool.submit(instance.play) for instance in instances]
            try:
                for done in as_completed(playing):
                    done.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                for instance in instances:
                    instance.give_up()
                raise

    def _batches(self, clauses: Sequence[ApiClause]) -> Iterator[tuple[str, list[ApiClause]]]:
        """The clauses of each site; those that take seconds have an instance of their own, and begin first."""
        for slow in (True, False):
            for site in SITES:
                if batch := [clause for clause in clauses if clause.site == site and clause.slow is slow]:
                    yield site, batch

    def settle(self, clause: ApiClause, first: ApiPlay, again: Callable[[], ApiPlay] | None) -> None:
        """Play again what did not come out, where that can be done, and say what came of it in the end."""
        reason = self.known.get(clause.id, "")
        if again is None:
            final, plays = settle(first, lambda: first, reason=reason, replays=False)
        else:
            final, plays = settle(first, again, reason=reason, replays=self.replays)
        self._tell(ApiOutcome(clause, final, plays))

    def leave_out(self, clause: ApiClause) -> None:
        """Say of a clause that the server cannot hold its connections."""
        words = f"needs {clause.needs} connections at once; this server holds {self.capacity}"
        play = ApiPlay(Judgement(Verdict.INFO, words), alone=True, started=self.now())
        self._tell(ApiOutcome(clause, play, (play,)))

    def _tell(self, outcome: ApiOutcome) -> None:
        with self._reporting:
            self.report(outcome)

    def now(self) -> float:
        """Seconds since the first clause."""
        return time.monotonic() - self._began


class _Instance:
    """The clauses of one site on an instance of the server, which is replaced when it has died."""

    def __init__(self, runner: ContractRunner, site: str, clauses: Sequence[ApiClause]) -> None:
        self._runner, self._site, self._clauses = runner, SITES[site], clauses
        self._stack = ExitStack()
        self._player: ClausePlayer | None = None
        self._given_up = False
        self._told: set[str] = set()

    def play(self) -> None:
        """Play all of them."""
        try:
            self._play()
        except LaunchError as error:
            self._stack.close()
            for clause in self._clauses:
                if clause.id not in self._told:
                    self._unstarted(clause, str(error))

    def _unstarted(self, clause: ApiClause, why: str) -> None:
        seen = ApiTranscript(unstarted=_exception_in(why))
        play = ApiPlay(judge_clause(clause, seen, self._runner.profile), alone=True, started=self._runner.now())
        self._runner.settle(clause, play, again=None)

    def _play(self) -> None:
        with self._stack:
            playable = [clause for clause in self._clauses if clause.needs <= self._runner.capacity]
            for clause in self._clauses:
                if clause not in playable:
                    self._told.add(clause.id)
                    self._runner.leave_out(clause)
            undisturbed = [clause for clause in playable if clause.alone or clause.silent]
            for clause in undisturbed:
                self._settle(clause, self._once(clause))
            for clause, first in self._at_once([clause for clause in playable if clause not in undisturbed]):
                self._settle(clause, first)

    def give_up(self) -> None:
        """Stop the server, and with it whatever is awaited from it; called from another thread."""
        self._given_up = True
        self._stack.close()

    def _settle(self, clause: ApiClause, first: ApiPlay) -> None:
        if not self._given_up:
            self._runner.settle(clause, first, lambda: self._once(clause))
            self._told.add(clause.id)

    def _once(self, clause: ApiClause) -> ApiPlay:
        """Play a clause alone."""
        play = self._judged(self._running(), clause, alone=True)
        self._bury_if_dead([play])
        return play

    def _at_once(self, clauses: Sequence[ApiClause]) -> Iterator[tuple[ApiClause, ApiPlay]]:
        """Play clauses at the same time, as far as the server holds their connections."""
        if not clauses:
            return
        player = self._running()
        most = max(clause.needs for clause in clauses)
        with ThreadPoolExecutor(max(1, min(CROWD, self._runner.capacity // (2 * most))), "clause") as pool:
            playing: dict[Future[ApiPlay], ApiClause] = {
                pool.submit(self._judged, player, clause, alone=False): clause for clause in clauses
            }
            plays = [(playing[done], done.result()) for done in as_completed(playing)]
        self._bury_if_dead([play for _, play in plays])
        yield from plays

    def _judged(self, player: ClausePlayer, clause: ApiClause, *, alone: bool) -> ApiPlay:
        runner, started = self._runner, self._runner.now()
        if self._given_up:
            raise GivenUpError
        seen = player.play(clause)
        return ApiPlay(judge_clause(clause, seen, runner.profile), alone, started, seen)

    def _running(self) -> ClausePlayer:
        if self._given_up:
            raise GivenUpError
        if self._player is None:
            site = self._stack.enter_context(self._runner.start(self._site.settings))
            self._player = ClausePlayer(site, self._runner.scale)
        return self._player

    def _bury_if_dead(self, plays: Sequence[ApiPlay]) -> None:
        if any(play.judgement.verdict is Verdict.CRASH for play in plays):
            self._player = None
            self._stack.close()


def _exception_in(text: str) -> str:
    """What a log that ends at a start has to say: its last exception, or else its last line."""
    raised = [complaint.line for complaint in complaints(text) if complaint.traceback]
    return raised[-1] if raised else text.rstrip().splitlines()[-1].strip()


class GivenUpError(Exception):
    """Somebody has stopped the run, or another instance could not be started."""
