"""Crooked servers as cells that workers play: the spec, the server process, and what the events of a cell come to."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from types import TracebackType
from typing import Any, Self

from wsconform.cases import CATALOGUE
from wsconform.crooked import CROOKED
from wsconform.errors import LaunchError
from wsconform.kinds import kind_of
from wsconform.matrix.events import CellBegins, Event
from wsconform.matrix.workers import WorkerPool
from wsconform.mutants.score import FINE, Played
from wsconform.trust import Trust
from wsconform.wire.opening import Additions
from wsreport import model as lines

__all__ = ["CrookedServer", "MutantOptions", "MutantSpec", "play_for_findings", "play_mutants"]

WORKER = sys.executable, "-m", "wsconform.mutants.worker"


@dataclass(frozen=True, slots=True)
class MutantSpec:
    """A crooked server to play, by its name."""

    id: str

    def start(self) -> lines.CellStart:
        """Return the beginning of its cell."""
        return lines.CellStart(self.id, {"name": self.id, "summary": CROOKED[self.id].summary}, {"name": "crooked"})

    def to_json(self) -> dict[str, Any]:
        """Return the spec as values that JSON can hold."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class MutantOptions:
    """What all crooked servers are played with.

    Attributes:
        profile: the name of the profile.
        deadline: seconds for each server.
        timeout_scale: multiplies every time limit.
        whole: play all cases, also once a fault was noticed.
    """

    profile: str
    deadline: float
    timeout_scale: float = 1.0
    whole: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the options as values that JSON can hold."""
        return asdict(self)


class CrookedServer:
    """A crooked server in a process of its own, started on entering and ended on leaving."""

    trust, additions = Trust(verified=False), Additions()

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def restart(self) -> bool:
        """Start it again, at another port."""
        self._stop()
        self._start()
        return True

    def cpu_seconds(self) -> float | None:
        """Return nothing: it is not measured."""
        return None

    def log_text(self) -> str:
        """Return nothing: it writes no log."""
        return ""

    def answer(self) -> str:
        """Return nothing."""
        return ""

    def _start(self) -> None:
        # Its standard input ends with this process, however that ends, and then so does the server.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "wsconform.crooked", self._name, "0", "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout, "as asked for"
        self.url = self._process.stdout.readline().strip()
        if not self.url:
            raise LaunchError(f"the crooked server {self._name} could not be started")

    def _stop(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe, "as asked for"
            with suppress(BrokenPipeError):
                pipe.close()


@dataclass
class _Collected:
    """What is known of a server so far: its worst results, and how its cells ended."""

    verdicts: dict[str, str] = field(default_factory=dict)
    played: set[str] = field(default_factory=set)
    results: dict[str, lines.Result] = field(default_factory=dict)
    stopped: str = ""
    unfinished: str = ""

    def take(self, event: Event) -> None:
        """Take an event of one of its cells."""
        if isinstance(event, lines.Result):
            self.played.add(event.case)
            self.results[event.case] = event
            if event.verdict not in FINE:
                self.verdicts[event.case] = event.verdict
        elif isinstance(event, lines.CellEnd):
            if event.status == "interrupted":
                self.unfinished = event.reason
            elif event.status != "complete":
                self.stopped = event.reason.partition("\n")[0]


def play_mutants(
    names: Sequence[str],
    caught: Mapping[str, Iterable[str]],
    options: MutantOptions,
    jobs: int,
    progress: Callable[[int], None],
) -> list[Played]:
    """Play crooked servers; return what was found.

    Args:
        names: of the servers.
        caught: by name, the cases that must notice the fault.
        options: what they are played with.
        jobs: how many are played at the same time.
        progress: called with the number of servers that were begun before.

    Raises:
        KeyboardInterrupt: on Ctrl-C; all servers are stopped.
    """
    found = _collected(names, options, jobs, progress)
    return [_played(name, one, caught.get(name, ())) for name, one in found.items()]


def play_for_findings(
    names: Sequence[str], options: MutantOptions, jobs: int, progress: Callable[[int], None]
) -> dict[str, lines.Run | None]:
    """Play crooked servers with all cases; return the run of each, or None if it could not be played to the end.

    Args:
        names: of the servers.
        options: what they are played with.
        jobs: how many are played at the same time.
        progress: called with the number of servers that were begun before.

    Raises:
        KeyboardInterrupt: on Ctrl-C; all servers are stopped.
    """
    found = _collected(names, replace(options, whole=True), jobs, progress)
    return {name: None if one.unfinished else _run(name, one, options.profile) for name, one in found.items()}


def _run(name: str, one: _Collected, profile: str) -> lines.Run:
    """Return what was collected of a server as a run of one cell, without a footer."""
    start = MutantSpec(name).start()
    plan = lines.Plan((lines.PlannedCell(name, name, "crooked"),), tuple(one.results), profile)
    header = lines.Header(lines.Suite("wsconform", ""), "", plan)
    infos = {id_: kind_of(CATALOGUE[id_]).info(CATALOGUE[id_]) for id_ in one.results}
    return lines.Run(header, infos, {name: lines.CellRun(start, one.results)})


def _collected(
    names: Iterable[str], options: MutantOptions, jobs: int, progress: Callable[[int], None]
) -> dict[str, _Collected]:
    found = {name: _Collected() for name in names}
    begun: dict[str, None] = {}

    def listen(event: Event) -> None:
        if isinstance(event, CellBegins):
            begun.setdefault(event.start.cell)
            progress(len(begun) - 1)
        elif isinstance(event, lines.Result | lines.CellEnd):
            found[event.cell].take(event)

    with WorkerPool(jobs, options, listen, WORKER) as pool:
        pool.play(MutantSpec(name) for name in found)
    return found


def _played(name: str, one: _Collected, caught: Iterable[str]) -> Played:
    missed = tuple(case for case in caught if case in one.played and case not in one.verdicts)
    return Played(name, one.verdicts, missed, one.stopped, one.unfinished)
