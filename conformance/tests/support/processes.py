"""Processes that tests look at: crooked servers of their own, and those of a whole run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


class CrookedProcess:
    """A crooked server that can be killed, and started anew elsewhere."""

    authority = None

    def __init__(self, name: str) -> None:
        self.name = name
        self.starts = 0
        self._start()

    def restart(self) -> bool:
        self.stop()
        self._start()
        return True

    def _start(self) -> None:
        self.starts += 1
        self.process = subprocess.Popen(
            [sys.executable, "-m", "wsconform.crooked", self.name, "0"], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        self.process.stdout.close()

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


class NotOurs:
    """The same server, as somebody who only knows its URL sees it."""

    authority = None

    def __init__(self, crooked: CrookedProcess) -> None:
        self.url = crooked.url

    def restart(self) -> bool:
        return False


@contextmanager
def crooked_process(name: str) -> Iterator[CrookedProcess]:
    crooked = CrookedProcess(name)
    try:
        yield crooked
    finally:
        crooked.stop()


def await_results(run_file: Path, count: int, running: subprocess.Popen[Any]) -> None:
    """Wait until so many results are in the run file."""
    while not (run_file.exists() and run_file.read_text().count('"kind":"result"') >= count):
        with suppress(subprocess.TimeoutExpired):
            running.wait(0.02)
            raise AssertionError("it ended before it was to be disturbed")


def processes_with(mark: str) -> list[int]:
    """Those whose environment holds the mark, but for the suite itself."""
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            environment = (directory / "environ").read_bytes()
            command = (directory / "cmdline").read_bytes()
        except OSError:
            continue
        if f"TMPDIR={mark}\0".encode() in environment and b"wsconform\0matrix" not in command:
            found.append(int(directory.name))
    return found
