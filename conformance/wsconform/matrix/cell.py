"""One cell from its server's start to its end: played, told as it happens. Writes no file."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Protocol

from wsconform.contract.model import ApiClause
from wsconform.contract.playing.runner import ApiOutcome, ContractRunner
from wsconform.contract.profiles import PROFILES, profile_for
from wsconform.conversation.model import Case
from wsconform.conversation.playing.runner import CellRunner, Outcome, Serving, Settings
from wsconform.errors import (
    ConformanceError,
    PythonMissingError,
    ServerLostError,
    SetupError,
    UnreachableError,
    UnsupportedError,
)
from wsconform.launching.running import Running
from wsconform.matrix import results as record
from wsconform.play import FINE, known
from wsconform.script.model import ScriptCase
from wsconform.script.playing.runner import SCRIPT_SETTINGS, ScriptOutcome, ScriptRunner
from wsreport import model as lines

__all__ = ["AnyCase", "Cell", "Listener", "play_cell"]

AnyCase = Case | ScriptCase | ApiClause
LOG_KEPT = 20_000  # characters, from the end


class Hosted(Serving, Protocol):
    """A server that can say more of itself."""

    def cpu_seconds(self) -> float | None:
        """User and system time so far."""

    def log_text(self) -> str:
        """All that it printed."""

    def answer(self) -> str:
        """What it says when it is asked for a WebSocket, in a line."""


Launch = Callable[[Mapping[str, object]], AbstractContextManager[Running]]


@dataclass(frozen=True)
class Cell:
    """One target on one server.

    Attributes:
        serve: enters the server; raises SetupError when it cannot be had.
        describe: what became known of the target by installing it, and the versions of it all.
        concurrency: connections that it can hold.
        launch: starts one more of it, with Django settings of its own; None if it is not ours to start.
        unsupported: why no WebSocket is to be had here.
        known: by case, why it cannot pass here, whatever the target does.
        contract: the profile by which clauses of the API contract are judged; empty: by what is installed.
        attribute: says whose failures these are, or None if that cannot be found out here.
    """

    id: str
    target: Mapping[str, str]
    server: Mapping[str, str]
    serve: Callable[[], AbstractContextManager[Hosted]]
    describe: Callable[[], tuple[Mapping[str, str], Mapping[str, str]]] = lambda: ({}, {})
    concurrency: int = 1024
    launch: Launch | None = None
    unsupported: str = ""
    known: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    contract: str = ""
    attribute: Callable[[Sequence[Case], Settings], Sequence[lines.Attribution]] | None = None


class Listener(Protocol):
    """Who is told what happens: the run file, the terminal, the other end of a pipe."""

    def note(self, text: str) -> None:
        """Something takes time before a cell can begin."""

    def cell_begins(self, start: lines.CellStart, cases: int) -> None:
        """Playing begins, so many cases of it."""

    def result(self, result: lines.Result) -> None:
        """A case is settled."""

    def replaying(self, cell: str, cases: int) -> None:
        """So many did not pass and are played again."""

    def attribution(self, attribution: lines.Attribution) -> None:
        """Whose failure it is, is known."""

    def cell_ends(self, end: lines.CellEnd) -> None:
        """The cell is over."""


def play_cell(cell: Cell, cases: Sequence[AnyCase], settings: Settings, listener: Listener) -> None:
    """Play all cases on a cell; whatever happens but an interruption, the cell begins and ends.

    Raises:
        KeyboardInterrupt: on Ctrl-C; the server is stopped.
    """
    play = _CellPlay(cell, cases, settings, listener)
    try:
        with cell.serve() as served:
            end = play.on(served)
    except UnsupportedError as error:
        end = play.not_begun("unsupported", str(error))
    except PythonMissingError as error:
        end = play.not_begun("not-run", str(error))
    except ConformanceError as error:
        if cell.unsupported:  # then it matters little that this server cannot even be started here
            first, *_ = str(error).splitlines()
            end = play.not_begun("unsupported", f"{cell.unsupported}. It could not be tried: {first}")
        else:
            end = play.not_begun("setup-error", str(error))
    listener.cell_ends(end)


class _CellPlay:
    """The parts of a cell in their order."""

    def __init__(self, cell: Cell, cases: Sequence[AnyCase], settings: Settings, listener: Listener) -> None:
        self._cell, self._listener = cell, listener
        self._cases = cases
        self._settings = replace(settings, concurrency=min(settings.concurrency, cell.concurrency))
        self._failed: list[Case] = []
        self._start = lines.CellStart(cell.id, dict(cell.target), dict(cell.server))
        self._begun = False

    def not_begun(self, status: lines.CellStatus, reason: str) -> lines.CellEnd:
        """End a cell of which nothing can be said."""
        self._begin(self._start, cases=0)
        return lines.CellEnd(self._cell.id, status, reason)

    def on(self, served: Hosted) -> lines.CellEnd:
        """Play on a server that is there.

        Raises:
            UnreachableError: it answers no opening handshake.
        """
        identity, versions = self._cell.describe()
        self._profile = PROFILES[self._cell.contract] if self._cell.contract else profile_for(identity)
        clauses = any(isinstance(case, ApiClause) for case in self._cases)
        target = {**self._cell.target, **identity, **({"contract": self._profile.name} if clauses else {})}
        self._start = replace(self._start, target=target, versions=dict(versions), url=served.url)
        runner = CellRunner(
            served,
            self._settings,
            report=self._settled,
            replaying=lambda count: self._listener.replaying(self._cell.id, count),
        )
        try:
            found = runner.measure()
        except UnreachableError:
            if self._cell.unsupported:
                return self.not_begun("unsupported", f"{self._cell.unsupported}. {served.answer()}")
            if self._cell.launch is None or not runner.calibration.reached:
                raise
            found = runner.calibration  # a target that refuses everybody fails every case
        begun = replace(self._start, round_trip=found.round_trip, concurrency=found.concurrency)
        self._begin(begun, len(self._cases))
        began, cpu = time.monotonic(), served.cpu_seconds()
        problem = self._played(runner)
        used = served.cpu_seconds()
        problem = problem or self._played_scripts() or self._played_contract()
        seconds = time.monotonic() - began
        self._attribute()
        return lines.CellEnd(
            self._cell.id,
            "crashed" if problem else "complete",
            problem,
            seconds=round(seconds, 3),
            server_cpu=round(used - cpu, 3) if used is not None and cpu is not None else None,
            log=served.log_text()[-LOG_KEPT:],
        )

    def _begin(self, start: lines.CellStart, cases: int) -> None:
        if not self._begun:
            self._begun = True
            self._listener.cell_begins(start, cases)

    def _played(self, runner: CellRunner) -> str:
        """Play the conversations; return what went wrong with the server, if anything did."""
        cases = [case for case in self._cases if isinstance(case, Case)]
        try:
            runner.play(cases)
        except (ServerLostError, SetupError) as error:
            return str(error)
        return "" if runner.is_there() else "the server was gone after the last case"

    def _played_scripts(self) -> str:
        """Play what needs a server of its own; likewise."""
        cases = [case for case in self._cases if isinstance(case, ScriptCase)]
        launch = self._cell.launch
        if not cases or launch is None:
            return ""
        runner = ScriptRunner(
            lambda: launch(SCRIPT_SETTINGS),
            report=self._settled_script,
            capacity=self._cell.concurrency,
            known=self._cell.known,
            scale=self._settings.timeout_scale,
            replays=self._settings.replays,
        )
        try:
            runner.play(cases)
        except (ServerLostError, SetupError) as error:
            return str(error)
        return ""

    def _played_contract(self) -> str:
        """Play the clauses of the API contract, for which the server is started with settings of each kind."""
        clauses = [case for case in self._cases if isinstance(case, ApiClause)]
        launch = self._cell.launch
        if not clauses or launch is None:
            return ""
        runner = ContractRunner(
            launch,
            report=self._settled_clause,
            profile=self._profile,
            capacity=self._cell.concurrency,
            known=self._cell.known,
            scale=self._settings.timeout_scale,
            replays=self._settings.replays,
        )
        try:
            runner.play(clauses)
        except (ServerLostError, SetupError) as error:
            return str(error)
        return ""

    def _settled(self, outcome: Outcome) -> None:
        if reason := self._cell.known.get(outcome.case.id):
            outcome = replace(outcome, final=known(outcome.final, reason))
        if outcome.final.judgement.verdict not in FINE:
            self._failed.append(outcome.case)
        self._listener.result(record.result(self._cell.id, outcome))

    def _settled_script(self, outcome: ScriptOutcome) -> None:
        self._listener.result(record.script_result(self._cell.id, outcome))

    def _settled_clause(self, outcome: ApiOutcome) -> None:
        self._listener.result(record.api_result(self._cell.id, outcome))

    def _attribute(self) -> None:
        if self._failed and self._cell.attribute is not None:
            for attribution in self._cell.attribute(self._failed, self._settings):
                self._listener.attribution(attribution)
