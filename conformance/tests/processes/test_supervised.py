"""A command has limits of time and output, and nothing of it is left, whatever it does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.tests.processes.test_supervisor import DAEMON, FOREVER, needs_procfs
from wsconform.processes.supervised import Ended, left_behind, run

ENDLESS = "while True: print('x' * 10_000)"
IMPORTS = "import os, signal, subprocess, sys"


def play(program: str, log: Path, *, within: float = 60.0, largest: int = 1 << 20, **options: object) -> Ended:
    command = [sys.executable, "-c", f"{IMPORTS}\n{program}"]
    with log.open("ab") as file:
        return run(command, file, within=within, largest_log=largest, **options)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.mark.parametrize("status", [0, 3])
def test_output_is_appended_and_status_returned(log: Path, status: int) -> None:
    log.write_text("before\n")
    program = f"print('out', flush=True); print('err', file=sys.stderr); sys.exit({status})"
    assert play(program, log) == Ended(status)
    assert log.read_text() == "before\nout\nerr\n"


def test_command_that_cannot_start_has_status_127(log: Path) -> None:
    with log.open("ab") as file:
        assert run(["/no/such/program"], file, within=60, largest_log=1 << 20) == Ended(127)
    assert "/no/such/program" in log.read_text()


def test_environment_and_standard_input(log: Path) -> None:
    environment = {**os.environ, "WSCONFORM_X": "y"}
    assert play("print(os.environ['WSCONFORM_X'], sys.stdin.read() == '')", log, environment=environment) == Ended(0)
    assert log.read_text() == "y True\n"


@pytest.mark.parametrize("program", [FOREVER, f"signal.signal(signal.SIGTERM, signal.SIG_IGN); {FOREVER}"])
def test_command_that_never_ends_is_stopped(log: Path, program: str) -> None:
    ended = play(program, log, within=1.0)
    assert ended.stopped == "it did not end in 1 s"
    assert ended.status


@pytest.mark.parametrize("program", [ENDLESS, f"[os.fork() for _ in range(3)]\n{ENDLESS}"])
def test_command_that_prints_endlessly_is_stopped(log: Path, program: str) -> None:
    log.write_text("before\n")
    ended = play(program, log)
    assert ended.stopped == "its log became larger than 1 MiB"
    assert log.stat().st_size == 1 << 20


def test_command_that_never_pauses_is_stopped_in_time(log: Path) -> None:
    assert play(ENDLESS, log, within=0.5, largest=1 << 40).stopped == "it did not end in 0.5 s"


@needs_procfs
@pytest.mark.parametrize("then", ["", "signal.pause()", ENDLESS])
def test_daemon_is_not_left(log: Path, then: str) -> None:
    """It holds our end of the pipe, so that it would also hold us up."""
    ended = play(f"exec({DAEMON!r})\n{then}", log, within=2.0)
    assert len(ended.left_behind) == 1
    pid = int(ended.left_behind[0].split()[0])
    assert not Path(f"/proc/{pid}").exists()
    assert bool(ended.stopped) is bool(then)


def test_descriptors_stay_open_as_long_as_a_process_runs(log: Path) -> None:
    reader, writer = os.pipe()
    play("pass", log, keep_open=(writer,))
    os.close(writer)
    assert os.read(reader, 1) == b""
    os.close(reader)


def test_full_disk_stops_the_command() -> None:
    with pytest.raises(OSError, match="No space left on device"):
        play(ENDLESS, Path("/dev/full"))


def test_names_of_what_was_left_behind() -> None:
    assert left_behind(b"4711\nleft behind: 4712 (sleep)\nleft behind: 4713 (a?b)\n") == ("4712 (sleep)", "4713 (a?b)")
    assert left_behind(b"") == ()


def test_interruption_stops_the_command(tmp_path: Path) -> None:
    """Reading standard error to its end waits for every process."""
    program = f"{IMPORTS}\nprint(os.getpid(), file=sys.stderr, flush=True)\nsignal.alarm(60)\nsignal.pause()"
    suite = (
        "import sys\nfrom wsconform.processes.supervised import run\n"
        f"with open({str(tmp_path / 'log')!r}, 'ab') as log:\n"
        "    try:\n        run([sys.executable, '-c', sys.argv[1]], log, within=60, largest_log=1 << 20)\n"
        "    except KeyboardInterrupt:\n        sys.exit(7)\n"
    )
    with subprocess.Popen([sys.executable, "-c", suite, program], stderr=subprocess.PIPE) as process:
        while not (tmp_path / "log").exists() or not (tmp_path / "log").read_text():
            assert process.poll() is None
        pid = int((tmp_path / "log").read_text())
        process.send_signal(2)
        assert process.wait(60) == 7
        assert not Path(f"/proc/{pid}").exists()
