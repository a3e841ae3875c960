"""Processes for tests: crooked servers, and the processes of a run."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

from wsconform.launching.procfs import members
from wsconform.launching.running import Running
from wsconform.trust import Trust
from wsconform.wire.opening import Additions


class CrookedProcess:
    """A crooked server that can be killed, and restarted on another port."""

    trust, additions = Trust(verified=False), Additions()

    def __init__(self, name: str, port: str = "0") -> None:
        self.name, self.port = name, port
        self.starts = 0
        self._start()

    def restart(self) -> bool:
        self.stop()
        self._start()
        return True

    def _start(self) -> None:
        self.starts += 1
        self.process = subprocess.Popen(
            [sys.executable, "-m", "wsconform.crooked", self.name, self.port], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        self.process.stdout.close()

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


class NotOurs:
    """A crooked server that was not started by the suite and cannot be restarted."""

    trust, additions = Trust(verified=False), Additions()

    def __init__(self, crooked: CrookedProcess) -> None:
        self.url = crooked.url

    def restart(self) -> bool:
        return False


@contextmanager
def restarted_by_itself(name: str) -> Iterator[NotOurs]:
    """Run a crooked server in a restart loop, as below a supervisor, that the suite knows nothing of."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    crooked = CrookedProcess(name, port)
    over = Event()

    def loop() -> None:
        while not over.is_set():
            crooked.process.wait()
            if not over.is_set():
                crooked.restart()

    thread = Thread(target=loop)
    thread.start()
    try:
        yield NotOurs(crooked)
    finally:
        over.set()
        crooked.stop()
        thread.join()
        crooked.stop()


@contextmanager
def crooked_process(name: str) -> Iterator[CrookedProcess]:
    crooked = CrookedProcess(name)
    try:
        yield crooked
    finally:
        crooked.stop()


def await_results(run_file: Path, count: int, running: subprocess.Popen[Any]) -> None:
    """Wait until the run file has that many results."""
    while not (run_file.exists() and run_file.read_text().count('"kind":"result"') >= count):
        with suppress(subprocess.TimeoutExpired):
            running.wait(0.02)
            raise AssertionError("it ended too early")


def processes_with(mark: str) -> list[int]:
    """Return the processes with this TMPDIR in their environment, except the suite itself."""
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


def assert_gone(running: Running) -> None:
    """Check that no process of its group is left, that it left no daemon behind, and that its port can be bound."""
    assert not running.alive()
    assert running.left_behind == []
    assert not members(running.pid)
    socket.create_server((running.host, running.port)).close()
