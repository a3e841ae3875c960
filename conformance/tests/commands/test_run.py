"""`wsconform run` against servers that try to hold it up or to make it grow."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance.tests.support.hostile_server import HOSTILE, MiB, hostile_process
from wsreport.model import CellRun, read_run

#: What the process of the suite may take, and what it may write for four cases.
MEMORY, RUN_FILE, PAGE = 512 * MiB, 1 * MiB, 2 * MiB
#: Seconds after which a test gives up.
PATIENCE = 60
#: A light case, one with a Ping, one with compression, and one of many octets.
CASES = "1.1.1", "2.1", "P.1.1", "10.1.1"
#: Servers that never answer an opening handshake as they should.
UNOPENED = {"endless head", "dripped head", "endless body"}
#: Servers that answer nothing at all.
UNANSWERED = {"silent"}


@dataclass
class Ended:
    """A run that is over; ``memory`` is the most that it had in use, in bytes."""

    status: int
    output: str
    memory: int
    directory: Path

    @property
    def cell(self) -> CellRun:
        (cell,) = read_run(self.directory / "run.jsonl").cells.values()
        return cell


class Running:
    """A run in a process of its own."""

    def __init__(self, url: str, directory: Path, *options: str) -> None:
        self._directory = directory
        self.run_file = directory / "run.jsonl"
        self._log = directory / "output"
        command = [sys.executable, "-m", "wsconform", "run", url, "--output", str(directory), "--timeout-scale", "0.2"]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen([*command, *options], stdout=log, stderr=subprocess.STDOUT)

    def await_line(self, kind: str) -> None:
        """Wait until the run file has a line of this kind."""
        while not (self.run_file.exists() and f'"kind":"{kind}"' in self.run_file.read_text()):
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(0.05)
                raise AssertionError("it ended too early")

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self.process.send_signal(signal.SIGINT)

    def ended(self) -> Ended:
        """Wait for the end."""
        signal.signal(signal.SIGALRM, _give_up)
        signal.alarm(PATIENCE)
        try:
            _, status, used = os.wait4(self.process.pid, 0)
        except TimeoutError:
            self.process.kill()
            raise
        finally:
            signal.alarm(0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        return Ended(self.process.returncode, self._log.read_text(), used.ru_maxrss * 1024, self._directory)


def _give_up(*_: object) -> None:
    raise TimeoutError("the run did not end")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_server_is_judged_in_bounded_time_and_memory(name: str, tmp_path: Path) -> None:
    with hostile_process(name) as url:
        options = [word for case in CASES for word in ("--cases", case)]
        ended = Running(url, tmp_path, "--no-replay", *options).ended()
    assert ended.status == (6 if name in UNANSWERED else 1), ended.output
    assert ended.memory < MEMORY
    assert (tmp_path / "run.jsonl").stat().st_size < RUN_FILE
    assert (tmp_path / "index.html").stat().st_size < PAGE
    verdicts = {case: result.verdict for case, result in ended.cell.results.items()}
    verdict = "not-run" if name in UNOPENED else "fail"
    assert verdicts == ({} if name in UNANSWERED else dict.fromkeys(CASES, verdict))


@pytest.mark.parametrize(
    ("name", "begun"), [("tiny frames", "cell"), ("final blocks", "cell"), ("drips", "cell"), ("silent", "case")]
)
def test_ctrl_c_ends_a_run_against_a_hostile_server(name: str, begun: str, tmp_path: Path) -> None:
    with hostile_process(name) as url:
        running = Running(url, tmp_path)
        running.await_line(begun)
        running.interrupt()
        ended = running.ended()
    assert ended.status == 130, ended.output
    assert not read_run(running.run_file).complete


def test_run_is_stopped_at_its_deadline(tmp_path: Path) -> None:
    """Exit code 4; what was not played is missing, and the cell says why."""
    with hostile_process("drips") as url:
        ended = Running(url, tmp_path, "--deadline", "4", "--concurrency", "1").ended()
    assert ended.status == 4, ended.output
    assert ended.cell.end is not None
    assert ended.cell.end.status == "interrupted"
    assert "--deadline 4" in ended.cell.end.reason
    assert "--deadline 4" in ended.output
    assert not read_run(tmp_path / "run.jsonl").complete
    assert "INCOMPLETE" in (tmp_path / "index.html").read_text()
