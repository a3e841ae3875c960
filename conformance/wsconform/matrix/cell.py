"""Play one cell from the start of its server to its end, and report what happens as events."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

from wsconform.conversation.playing.runner import measure, require_reachable
from wsconform.errors import (
    ConformanceError,
    PythonMissingError,
    ServerLostError,
    SetupError,
    UnsupportedError,
)
from wsconform.kind import AnyCase, Calibration, CellContext, CellServer, Launch, Settings
from wsconform.kinds import by_kind, kind_of
from wsconform.matrix.deadline import DeadlineError
from wsconform.matrix.events import CellBegins, Listener, Repeating, Replaying
from wsconform.model import Judgement, Verdict
from wsconform.play import Outcome, Play, settle_one
from wsconform.wire.address import Address
from wsreport import model as lines

__all__ = ["Cell", "play_cell"]

LOG_KEPT = 20_000  # characters, from the end
#: The family of the opening handshake, which can be played on a server that accepts none.
OPENING = "H"


@dataclass(frozen=True)
class Cell:
    """One target on one server.

    Attributes:
        serve: enters the server; raises SetupError when there is none.
        describe: what became known of the target by installing it, and the versions of everything.
        capacity: connections that the server can hold.
        launch: launches one more server of the cell; None if the suite did not start the first one.
        unsupported: why WebSockets cannot work on this server.
        known_failures: returns by case why it cannot pass here, whatever the target is; called with what is known of
            the cell when its server runs.
        contract: the profile by which clauses of the API contract are judged; empty: chosen by what is installed.
        left_behind: sentences about processes that were left behind and killed; grows while the cell is played.
        attribute: attributes failures to library or server; None if that cannot be done here.
    """

    id: str
    target: Mapping[str, str]
    server: Mapping[str, str]
    serve: Callable[[], AbstractContextManager[CellServer]]
    describe: Callable[[], tuple[Mapping[str, str], Mapping[str, str]]] = lambda: ({}, {})
    capacity: int = 1024
    launch: Launch | None = None
    unsupported: str = ""
    known_failures: Callable[[lines.CellStart], Mapping[str, str]] = lambda _: {}
    contract: str = ""
    left_behind: Sequence[str] = ()
    attribute: Callable[[Sequence[Any], Settings], Sequence[lines.Attribution]] | None = None


def play_cell(cell: Cell, cases: Sequence[AnyCase], settings: Settings, listener: Listener) -> None:
    """Play all cases on a cell; the cell begins and ends whatever happens, except for an interruption.

    If its time is over, it ends as interrupted, with what was settled until then.

    Raises:
        KeyboardInterrupt: on Ctrl-C; the server is stopped.
    """
    play = _CellPlay(cell, cases, settings, listener)
    try:
        with cell.serve() as server:
            end = play.on(server)
    except UnsupportedError as error:
        end = play.cut_short("unsupported", str(error))
    except PythonMissingError as error:
        end = play.cut_short("not-run", str(error))
    except DeadlineError as error:
        end = play.cut_short("interrupted", str(error))
    except ConformanceError as error:
        if cell.unsupported:  # then it matters little that this server cannot even be started here
            first, *_ = str(error).splitlines()
            end = play.cut_short("unsupported", f"{cell.unsupported}. It could not be started: {first}")
        else:
            end = play.cut_short("setup-error", str(error))
    if cell.left_behind:
        end = replace(end, reason="\n".join(filter(None, (end.reason, *dict.fromkeys(cell.left_behind)))))
    listener(end)


class _CellPlay:
    """The parts of a cell in their order."""

    def __init__(self, cell: Cell, cases: Sequence[AnyCase], settings: Settings, listener: Listener) -> None:
        self._cell, self._listener = cell, listener
        self._cases = cases
        self._settings = replace(settings, concurrency=min(settings.concurrency, cell.capacity))
        self._failed: list[AnyCase] = []
        self._remarks: list[str] = []
        self._start = lines.CellStart(cell.id, dict(cell.target), dict(cell.server))
        self._begun = False

    def cut_short(self, status: lines.CellStatus, reason: str) -> lines.CellEnd:
        """End a cell of which nothing more can be said; begin it if it has not begun."""
        self._begin(self._start, cases=0)
        return lines.CellEnd(self._cell.id, status, reason)

    def on(self, server: CellServer) -> lines.CellEnd:
        """Play on a server that is there.

        Raises:
            UnreachableError: it answers no opening handshake.
        """
        identity, versions = self._cell.describe()
        target = {**self._cell.target, **identity}
        for kind, _ in by_kind(self._cases):
            target |= kind.target_facts(self._cell.contract, identity)
        self._start = replace(self._start, target=target, versions=dict(versions), url=Address.parse(server.url).shown)
        found = measure(server, self._settings)
        if found.refusal:
            if self._cell.unsupported:
                return self.cut_short("unsupported", f"{self._cell.unsupported}. {server.answer()}")
            if not (found.reached if self._cell.launch is not None else found.answered):
                require_reachable(server, found)
            # A target of ours that refuses every client fails every case; of another server, the cases of the opening
            # handshake say what is wrong, and nothing else is played.
        begun = replace(self._start, round_trip=found.round_trip, concurrency=found.concurrency)
        self._begin(begun, len(self._cases))
        began, cpu = time.monotonic(), server.cpu_seconds()
        problem = self._play_kinds(self._context(server, found, identity), self._playable(found))
        used = server.cpu_seconds()
        seconds = time.monotonic() - began
        self._attribute()
        return lines.CellEnd(
            self._cell.id,
            "crashed" if problem else "complete",
            "\n".join(filter(None, (problem or self._hint(found), *self._remarks))),
            seconds=round(seconds, 3),
            server_cpu=round(used - cpu, 3) if used is not None and cpu is not None else None,
            log=server.log_text()[-LOG_KEPT:],
        )

    def _begin(self, start: lines.CellStart, cases: int) -> None:
        if not self._begun:
            self._begun = True
            self._listener(CellBegins(start, cases))

    def _context(self, server: CellServer, found: Calibration, identity: Mapping[str, str]) -> CellContext:
        cell = self._cell
        return CellContext(
            server,
            self._settings,
            found,
            report=self._settled,
            capacity=cell.capacity,
            launch=cell.launch,
            known_failures=cell.known_failures(self._start),
            contract=cell.contract,
            identity=identity,
            replaying=lambda count: self._listener(Replaying(cell.id, count)),
            repeating=lambda number: self._listener(Repeating(cell.id, number)),
            remark=self._remarks.append,
        )

    def _hint(self, found: Calibration) -> str:
        return "" if self._cell.launch is not None else _hint(found)

    def _playable(self, found: Calibration) -> Sequence[AnyCase]:
        """Return the cases that can be played; report the others as not run."""
        if not found.refusal or self._cell.launch is not None:
            return self._cases
        reason = Judgement(Verdict.NOT_RUN, f"the opening handshake failed: {found.refusal}")
        for case in self._cases:
            if case.family != OPENING:
                self._settled(settle_one(case, Play(reason, alone=True, started=0.0)))
        return [case for case in self._cases if case.family == OPENING]

    def _play_kinds(self, context: CellContext, playable: Sequence[AnyCase]) -> str:
        """Play cases kind by kind; return why the cell could not go on, if it could not."""
        try:
            for kind, cases in by_kind(playable):
                kind.play(context, cases)
        except (ServerLostError, SetupError) as error:
            return str(error)
        return ""

    def _settled(self, outcome: Outcome[Any, Any]) -> None:
        kind = kind_of(outcome.case)
        if kind.attributed and not outcome.final.passed:
            self._failed.append(outcome.case)
        self._listener(kind.result(self._cell.id, outcome))

    def _attribute(self) -> None:
        if self._failed and self._cell.attribute is not None:
            for attribution in self._cell.attribute(self._failed, self._settings):
                self._listener(attribution)


def _hint(found: Calibration) -> str:
    """Return what a person may have to do for a server that is not ours; empty if nothing is strange."""
    if found.refusal:
        more = "If the server wants more in the request, see --subprotocol, --origin, --cookie, --user and --header"
        text = f"the opening handshake failed, so only family {OPENING} can be played: {found.refusal}"
        return f"{text}. {more}" if found.refusal.startswith("HTTP ") else text
    if found.greeting is not None:
        return f"the server sends a message before it gets one ({found.greeting!r}): is it an echo server?"
    return "" if found.round_trip is not None else "no message came back as it was sent: is it an echo server?"
