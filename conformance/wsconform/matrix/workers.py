"""Processes that play cells side by side, and what they tell, in one place. Knows no case and no server.

A process each, since a cell takes as much of a processor as the server that it is about. They end when we do,
however we end: each has our end of a pipe for its standard input.
"""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict
from types import TracebackType
from typing import IO, TYPE_CHECKING, Self

from wsconform.matrix.messages import deliver
from wsconform.matrix.specs import Brief, Place
from wsreport import model as lines

if TYPE_CHECKING:
    from wsconform.matrix.cell import Listener

__all__ = ["Crew"]

WORKER = sys.executable, "-m", "wsconform.matrix.worker"
#: Seconds that a worker has to stop its server and to go.
FAREWELL = 20.0

_Came = tuple["_Worker", str | None]


class Crew:
    """So many workers that play cells; use it as a context manager, which sends them home.

    Args:
        jobs: cells that are played at the same time.
        brief: what all cells have in common.
        listener: is told everything, in our thread.
        command: what a worker is.
    """

    def __init__(self, jobs: int, brief: Brief, listener: Listener, command: Sequence[str] = WORKER) -> None:
        self._jobs, self._listener, self._command = jobs, listener, command
        self._brief = json.dumps(asdict(brief))
        self._came: queue.Queue[_Came] = queue.Queue()
        self._workers: list[_Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.send_home()
        for worker in self._workers:
            worker.see_off()

    def play(self, places: Iterable[Place]) -> None:
        """Play every cell; those that wait are taken in order."""
        waiting = deque(places)
        for _ in range(min(self._jobs, len(waiting))):
            self._hire().take(waiting.popleft())
        while busy := [worker for worker in self._workers if worker.place]:
            worker, line = self._came.get()
            if line is None:
                self._bury(worker)
                if waiting and worker in busy:
                    self._hire().take(waiting.popleft())
            elif line.strip():
                worker.begun |= deliver(line, self._listener) == "cell_begins"
            else:
                worker.take(waiting.popleft() if waiting else None)

    def _hire(self) -> _Worker:
        worker = _Worker(self._command, self._brief, self._came)
        self._workers.append(worker)
        return worker

    def _bury(self, worker: _Worker) -> None:
        """A worker has died, which is our fault and not the server's: its cell is not played out."""
        self._workers.remove(worker)
        place, how = worker.place, worker.see_off()
        if place is None:
            return
        if not worker.begun:
            self._listener.cell_begins(place.start(), 0)
        reason = f"the suite's own process for this cell ended with {how}; what it said is above"
        self._listener.cell_ends(lines.CellEnd(place.id, "interrupted", reason))


class _Worker:
    """One process, and the cell that it plays."""

    def __init__(self, command: Sequence[str], brief: str, came: queue.Queue[_Came]) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for us; we tell it
        )
        assert self._process.stdin, "as asked for"
        assert self._process.stdout, "as asked for"
        self._orders: IO[str] = self._process.stdin
        self._order(brief)
        self.place: Place | None = None
        self.begun = False
        threading.Thread(target=self._hear, args=(self._process.stdout, came), daemon=True).start()

    def take(self, place: Place | None) -> None:
        """Play a cell, or rest."""
        self.place, self.begun = place, False
        if place is not None:
            self._order(json.dumps(place.to_json()))

    def send_home(self) -> None:
        """Let it stop what it does."""
        with suppress(OSError):
            self._orders.close()

    def see_off(self) -> str:
        """Wait until it has gone; say how it ended."""
        self.send_home()
        try:
            status = self._process.wait(FAREWELL)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        return f"signal {signal.Signals(-status).name}" if status < 0 else f"status {status}"

    def _order(self, line: str) -> None:
        with suppress(BrokenPipeError):  # it has died, which the end of its output will say
            self._orders.write(line + "\n")
            self._orders.flush()

    def _hear(self, output: IO[str], came: queue.Queue[_Came]) -> None:
        with output:
            for line in output:
                came.put((self, line))
        came.put((self, None))
