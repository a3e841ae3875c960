"""A run: a plan of cells and cases, played one cell after the other, written down as it happens."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from conformance import __version__, record
from conformance.engine.reactor import reactor_running
from conformance.errors import ConformanceError, ServerLostError
from conformance.model import Case
from conformance.runner import CellRunner, Outcome, Serving, Settings
from conformance.servers.errors import SetupError
from reports import model as lines

__all__ = ["Cell", "Listener", "Session", "output_directory"]


class Hosted(Serving, Protocol):
    """A server that can say more of itself."""

    def cpu_seconds(self) -> float | None:
        """User and system time so far."""

    def log_text(self) -> str:
        """All that it printed."""


@dataclass(frozen=True)
class Cell:
    """One target on one server.

    Attributes:
        serve: enters the server; raises SetupError when it cannot be had.
        concurrency: connections that it can hold.
    """

    id: str
    target: dict[str, str]
    server: dict[str, str]
    serve: Callable[[], AbstractContextManager[Hosted]]
    versions: Callable[[], dict[str, str]] = dict
    concurrency: int = 1024


class Listener(Protocol):
    """Who is told of progress: the terminal."""

    def cell_begins(self, cell: Cell, cases: int, concurrency: int) -> None:
        """Playing begins."""

    def outcome(self, outcome: Outcome) -> None:
        """A case is settled."""

    def replaying(self, cases: int) -> None:
        """So many did not pass and are played again."""

    def cell_ends(self, cell: Cell, end: lines.CellEnd) -> None:
        """The cell is over."""


@dataclass
class Session:
    """Plays a plan into a run file."""

    cells: Sequence[Cell]
    cases: Sequence[Case]
    profile: str
    settings: Settings
    listener: Listener

    def play(self, path: Path) -> None:
        """Play everything; the run file at ``path`` holds what came of it, whatever happens.

        Raises:
            KeyboardInterrupt: on Ctrl-C; the run file says so.
        """
        with reactor_running(), lines.RunWriter(path, self._header()) as run:
            for case in self.cases:
                run.case(record.case_info(case))
            for cell in self.cells:
                self._play_cell(run, cell)
            run.finish("complete")

    def _header(self) -> lines.Header:
        planned = tuple(lines.PlannedCell(c.id, c.target["name"], c.server["name"]) for c in self.cells)
        plan = lines.Plan(planned, tuple(case.id for case in self.cases), self.profile)
        return lines.Header(
            suite=lines.Suite("wsconform", __version__, _commit()),
            started=lines.utc_now().isoformat(timespec="seconds").replace("+00:00", "Z"),
            plan=plan,
            seed=self.settings.seed,
            machine={
                "python": platform.python_version(),
                "platform": f"{platform.system()} {platform.machine()}",
                "cpus": str(os.cpu_count()),
            },
        )

    def _play_cell(self, run: lines.RunWriter, cell: Cell) -> None:
        start = lines.CellStart(cell=cell.id, target=cell.target, server=cell.server)
        try:
            with cell.serve() as served:
                start = replace(start, versions=cell.versions(), url=served.url)
                end = self._play_served(run, cell, start, served)
        except (SetupError, ConformanceError) as error:
            run.begin_cell(start)
            end = lines.CellEnd(cell.id, "setup-error", reason=str(error))
        run.end_cell(end)
        self.listener.cell_ends(cell, end)

    def _play_served(self, run: lines.RunWriter, cell: Cell, start: lines.CellStart, served: Hosted) -> lines.CellEnd:
        runner = CellRunner(
            served,
            replace(self.settings, concurrency=min(self.settings.concurrency, cell.concurrency)),
            report=lambda outcome: self._settled(run, cell, outcome),
            replaying=self.listener.replaying,
        )
        found = runner.measure()
        run.begin_cell(replace(start, round_trip=found.round_trip, concurrency=found.concurrency))
        self.listener.cell_begins(cell, len(self.cases), found.concurrency)
        began, cpu = time.monotonic(), served.cpu_seconds()
        status, reason = "complete", ""
        try:
            runner.play(self.cases)
            if not runner.is_there():
                status, reason = "crashed", "the server was gone after the last case"
        except (ServerLostError, SetupError) as error:
            status, reason = "crashed", str(error)
        used = served.cpu_seconds()
        return lines.CellEnd(
            cell.id,
            status,
            reason,
            seconds=round(time.monotonic() - began, 3),
            server_cpu=round(used - cpu, 3) if used is not None and cpu is not None else None,
            log=served.log_text()[-20_000:],
        )

    def _settled(self, run: lines.RunWriter, cell: Cell, outcome: Outcome) -> None:
        run.result(record.result(cell.id, outcome))
        self.listener.outcome(outcome)


def output_directory(chosen: Path | None) -> Path:
    """Where a run goes: the directory that was asked for, or a new one in ``reports/out``."""
    if chosen is not None:
        chosen.mkdir(parents=True, exist_ok=True)
        return chosen
    out = Path("reports", "out")
    stamp = lines.utc_now().strftime("%Y%m%d-%H%M%S")
    names = (stamp, *(f"{stamp}-{n}" for n in range(2, 100)))
    directory = next(out / name for name in names if not (out / name).exists())
    directory.mkdir(parents=True)
    latest = out / "latest"
    latest.unlink(missing_ok=True)
    latest.symlink_to(directory.name)
    return directory


def _commit() -> str | None:
    """The commit of this checkout; None when installed from elsewhere."""
    here = Path(__file__).resolve().parent
    if not (here.parent / ".git").exists():
        return None
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=here, capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
