"""Play clauses on their own servers: one for each site, several sites at the same time.

On each server, the clauses that must be undisturbed come first, one by one; the rest are played at the same time. A
clause that did not pass is repeated alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock

from wsconform.contract.judge import judge_clause
from wsconform.contract.model import ApiClause
from wsconform.contract.playing.player import ClausePlayer
from wsconform.contract.profiles import chosen_profile
from wsconform.contract.sites import SITES
from wsconform.contract.transcript import ApiTranscript
from wsconform.errors import LaunchError
from wsconform.instance import Instance
from wsconform.kind import CellContext
from wsconform.model import Judgement
from wsconform.play import Outcome, Play
from wsconform.script.server_log import complaints

__all__ = ["ApiOutcome", "ContractRunner", "play"]

#: Number of simultaneous servers; each mostly waits.
SERVERS_TOGETHER = 3
#: Number of simultaneous clauses on a server that can hold many connections.
CLAUSES_TOGETHER = 6

ApiPlay = Play[ApiTranscript]
ApiOutcome = Outcome[ApiClause, ApiTranscript]


def play(context: CellContext, clauses: Sequence[ApiClause]) -> None:
    """Play clauses on a cell and report each outcome.

    Raises:
        SetupError: something other than the server is missing; outcomes so far have been reported.
    """
    if context.launch is not None:
        ContractRunner(context).play(clauses)


class ContractRunner:
    """The clauses of one cell. Use it once."""

    def __init__(self, context: CellContext) -> None:
        self._reporting, report = Lock(), context.report

        def report_one_by_one(outcome: ApiOutcome) -> None:
            with self._reporting:
                report(outcome)

        self.context = replace(context, report=report_one_by_one)
        self._profile = chosen_profile(context.contract, context.identity)
        self._began = time.monotonic()

    def play(self, clauses: Sequence[ApiClause]) -> None:
        """Play every clause and report an outcome for each.

        If the server does not start with a site, all clauses of the site are broken, since it has started before.

        Raises:
            SetupError: something other than the server is missing; outcomes so far have been reported.
        """
        playable = self.context.playable(clauses)
        sites = [_SitePlay(self, site, batch) for site, batch in _batches(playable)]
        with ThreadPoolExecutor(SERVERS_TOGETHER, "site") as pool:
            playing = [pool.submit(site.play) for site in sites]
            try:
                for done in as_completed(playing):
                    done.result()
            except BaseException as error:
                pool.shutdown(wait=False, cancel_futures=True)
                for site in sites:
                    site.instance.give_up(error)
                raise

    @contextmanager
    def launched(self, site: str) -> Iterator[Callable[[ApiClause], ApiTranscript]]:
        """Launch the server with the settings of a site."""
        assert self.context.launch is not None, "clauses are played on servers that the suite launches"
        with self.context.launch(SITES[site].settings) as server:
            yield ClausePlayer(server, self.context.settings.timeout_scale).play

    def judge(self, clause: ApiClause, seen: ApiTranscript) -> Judgement:
        """Judge a play by the documents that bind the target."""
        return judge_clause(clause, seen, self._profile)

    def settle_unstarted(self, clause: ApiClause, why: str) -> None:
        """Report a clause whose site does not start, without repeating it."""
        seen = ApiTranscript(unstarted=_exception_in(why))
        play = Play(self.judge(clause, seen), alone=True, started=self.now(), transcript=seen)
        self.context.settle_one(clause, play)

    def now(self) -> float:
        """Return the seconds since the first clause."""
        return time.monotonic() - self._began


def _batches(clauses: Sequence[ApiClause]) -> Iterator[tuple[str, list[ApiClause]]]:
    """Yield the clauses of each site; slow clauses have their own server and start first."""
    for slow in (True, False):
        for site in SITES:
            if batch := [clause for clause in clauses if clause.site == site and clause.slow is slow]:
                yield site, batch


class _SitePlay:
    """The clauses of one site on a server."""

    def __init__(self, runner: ContractRunner, site: str, clauses: Sequence[ApiClause]) -> None:
        self._runner, self._clauses = runner, clauses
        self._settled: set[str] = set()
        self.instance = Instance(lambda: runner.launched(site), runner.judge, runner.now)

    def play(self) -> None:
        """Play all of them."""
        try:
            with self.instance:
                self._play()
        except LaunchError as error:
            for clause in self._clauses:
                if clause.id not in self._settled:
                    self._runner.settle_unstarted(clause, str(error))

    def _play(self) -> None:
        undisturbed = [clause for clause in self._clauses if clause.alone or clause.silent]
        for clause in undisturbed:
            self._settle(clause, [self.instance.play_alone(clause)])
        others = [clause for clause in self._clauses if clause not in undisturbed]
        needs = max((clause.needs for clause in others), default=1)
        limit = min(CLAUSES_TOGETHER, self._runner.context.capacity // (2 * needs))
        for clause, plays in self.instance.play_together(others, limit, self._runner.context.settings.repeat):
            self._settle(clause, plays)

    def _settle(self, clause: ApiClause, plays: Sequence[ApiPlay]) -> None:
        if not self.instance.given_up:
            self._runner.context.settle(clause, plays, lambda: self.instance.play_alone(clause))
            self._settled.add(clause.id)


def _exception_in(text: str) -> str:
    """Return the last exception in the log of a server that did not start, or else the last line."""
    raised = [complaint.line for complaint in complaints(text) if complaint.traceback]
    return raised[-1] if raised else text.rstrip().splitlines()[-1].strip()
