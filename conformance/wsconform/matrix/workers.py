"""Play cells side by side in worker processes, and pass on the events that they send.

A process for each cell that is being played, since playing takes as much of a processor as the server that is played
against. Workers end when we do, however we end: the other end of their standard input is ours.
"""

from __future__ import annotations

import json
import math
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import IO, Any, Protocol, Self

from wsconform.matrix.deadline import time_is_up
from wsconform.matrix.events import CellBegins, Listener
from wsconform.matrix.messages import decode
from wsreport import model as lines

__all__ = ["Options", "Spec", "WorkerPool"]

WORKER = sys.executable, "-m", "wsconform.matrix.worker"
#: Seconds that a worker has to stop its server and to end.
END_WITHIN = 20.0
#: The same after Ctrl-C, when it stops nothing gracefully.
INTERRUPTED_WITHIN = 5.0
#: Seconds that a worker has to end a cell of its own accord when the time of the cell is over.
GRACE = 15.0


class Spec(Protocol):
    """A cell as a value that can be sent to a worker."""

    @property
    def id(self) -> str:
        """The id of the cell."""

    def start(self) -> lines.CellStart:
        """Return the beginning of the cell, with what is known before it is played."""

    def to_json(self) -> dict[str, Any]:
        """Return the spec as values that JSON can hold."""


class Options(Protocol):
    """What all cells have in common, as values that JSON can hold."""

    @property
    def deadline(self) -> float:
        """Seconds for each cell."""

    def to_json(self) -> dict[str, Any]:
        """Return the options as values that JSON can hold."""


_Received = tuple["_Worker", str | None]  # None: its output has ended


class WorkerPool:
    """Worker processes that play cells; a context manager that ends them.

    Args:
        jobs: cells that are played at the same time.
        options: what all cells have in common.
        listener: takes every event, in the thread that calls `play`.
        command: the command line of a worker.
    """

    def __init__(self, jobs: int, options: Options, listener: Listener, command: Sequence[str] = WORKER) -> None:
        self._jobs, self._listener, self._command = jobs, listener, command
        self._options, self._deadline = json.dumps(options.to_json()), options.deadline
        self._received: queue.Queue[_Received] = queue.Queue()
        self._workers: list[_Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.close()
        ends = time.monotonic() + (END_WITHIN if kind is None else INTERRUPTED_WITHIN)
        for worker in self._workers:
            worker.wait(ends - time.monotonic())

    def play(self, specs: Iterable[Spec]) -> None:
        """Play every cell, in order, as workers become free."""
        waiting = deque(specs)
        for _ in range(min(self._jobs, len(waiting))):
            self._give(self._start_worker(), waiting.popleft())
        while busy := [worker for worker in self._workers if worker.spec]:
            left = min(worker.ends for worker in busy) - time.monotonic()
            try:
                worker, line = self._received.get(timeout=min(max(0.0, left), threading.TIMEOUT_MAX))
            except queue.Empty:
                self._kill_overdue(busy)
                continue
            if line is None:
                self._reap(worker)
                if waiting and worker in busy:
                    self._give(self._start_worker(), waiting.popleft())
            elif line.strip():
                event = decode(line)
                worker.begun |= isinstance(event, CellBegins)
                self._listener(event)
            else:
                self._give(worker, waiting.popleft() if waiting else None)

    def _give(self, worker: _Worker, spec: Spec | None) -> None:
        worker.play(spec, time.monotonic() + self._deadline + GRACE)

    def _kill_overdue(self, busy: Iterable[_Worker]) -> None:
        """Kill the workers that have not ended their cells in time; their output ends, and `_reap` does the rest."""
        now = time.monotonic()
        for worker in busy:
            if worker.ends <= now:
                worker.kill()

    def _start_worker(self) -> _Worker:
        worker = _Worker(self._command, self._options, self._received)
        self._workers.append(worker)
        return worker

    def _reap(self, worker: _Worker) -> None:
        """Record the cell of a worker that crashed, a bug of the suite, or that we killed as interrupted."""
        self._workers.remove(worker)
        spec, how = worker.spec, worker.wait(END_WITHIN)
        if spec is None:
            return
        if not worker.begun:
            self._listener(CellBegins(spec.start(), 0))
        reason = f"the worker process for this cell ended with {how}, a bug of wsconform; its output is above"
        if worker.killed:
            reason = time_is_up(self._deadline)
        self._listener(lines.CellEnd(spec.id, "interrupted", reason))


class _Worker:
    """One worker process, and the cell that it plays."""

    def __init__(self, command: Sequence[str], options: str, received: queue.Queue[_Received]) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C interrupts us, and we end it
        )
        assert self._process.stdin, "as asked for"
        assert self._process.stdout, "as asked for"
        self._input: IO[str] = self._process.stdin
        self._write(options)
        self.spec: Spec | None = None
        self.begun = self.killed = False
        self.ends = 0.0
        threading.Thread(target=self._read, args=(self._process.stdout, received), daemon=True).start()

    def play(self, spec: Spec | None, ends: float) -> None:
        """Play a cell next; None: no cell is left. At ``ends``, of ``time.monotonic``, its time is over."""
        self.spec, self.begun, self.ends = spec, False, ends
        if spec is not None:
            self._write(json.dumps(spec.to_json()))

    def close(self) -> None:
        """Tell the process to stop its server and to end."""
        with suppress(OSError):
            self._input.close()

    def kill(self) -> None:
        """End the process at once; what supervises its server ends that."""
        self.killed, self.ends = True, math.inf
        self._process.kill()

    def wait(self, within: float) -> str:
        """Wait until the process has ended, and kill it after that many seconds; return how it ended."""
        self.close()
        try:
            status = self._process.wait(max(0.0, within))
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        return f"signal {signal.Signals(-status).name}" if status < 0 else f"status {status}"

    def _write(self, line: str) -> None:
        with suppress(BrokenPipeError):  # it has died, and its output ends
            self._input.write(line + "\n")
            self._input.flush()

    def _read(self, output: IO[str], received: queue.Queue[_Received]) -> None:
        with output:
            for line in output:
                received.put((self, line))
        received.put((self, None))
