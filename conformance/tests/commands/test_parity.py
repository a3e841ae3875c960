"""`wsconform parity`, run as a user runs it.

A program that claims to be a CPython 2.7 replaces Autobahn's tool, except in the last test.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from conformance.tests.support.fake_python2 import Fake, fake_python2
from conformance.tests.support.processes import CrookedProcess, crooked_process, processes_with
from wsconform.cli import main
from wsconform.errors import OracleMissingError
from wsconform.oracle.grades import read_recorded
from wsconform.oracle.python2 import find_python2

WSCONFORM = sys.executable, "-m", "wsconform"


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    return fake_python2(tmp_path)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WSCONFORM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "oracle"


@pytest.fixture(scope="module")
def honest() -> Iterator[CrookedProcess]:
    with crooked_process("honest") as server:
        yield server


def wsconform(*arguments: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*WSCONFORM, *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )


def test_both_play_and_agree(honest: CrookedProcess, fake: Fake, cache: Path, tmp_path: Path) -> None:
    """The patterns select cases for both; the tool's grades are recorded, run by run."""
    program = fake(lists='print(json.dumps(["1.1.1", "1.1.2", "3.1", "12.9.9"]))')
    arguments = ("parity", honest.url, "--python2", program, "-c", "1.1.1,3,12.9.9", "-x", "3.3", "--record", "r.json")
    done = wsconform(*arguments, "--name", "honest", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Autobahn's tool: playing 3 cases" in done.stdout
    assert "5 cases of ours only: 3.2 3.4-7\n1 case of Autobahn's only: 12.9.9\n" in done.stdout
    assert "2 of 2 cases get the same grades" in done.stdout
    assert wsconform(*arguments, cwd=tmp_path).returncode == 0
    recorded = read_recorded(tmp_path / "r.json")
    assert (recorded.peer, recorded.runs) == ("honest", 2)
    assert recorded.grades == dict.fromkeys(["1.1.1", "3.1", "12.9.9"], (("OK", "OK"),))
    assert cache.exists()


def test_difference_is_replayed_and_fails(honest: CrookedProcess, fake: Fake, cache: Path, tmp_path: Path) -> None:
    """A difference that does not occur again is reported and is not a failure."""
    plays = """again = pathlib.Path("{}").exists()
    pathlib.Path("{}").touch()
    for id_ in cases:
        begin(id_)
    wrong = ["1.1.1"] if again else ["1.1.1", "3.1"]
    report({{id_: ("FAILED", "OK") if id_ in wrong else ("OK", "OK") for id_ in cases}})"""
    mark = tmp_path / "again"
    program = fake(plays=plays.format(mark, mark))
    done = wsconform("parity", honest.url, "--python2", program, "-c", "1.1.1,1.1.2,3.1", cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert [line for line in done.stdout.splitlines() if "ours" in line] == [
        "once    3.1: ours OK/OK, Autobahn's FAILED/OK or OK/OK",
        "differ  1.1.1: ours OK/OK, Autobahn's FAILED/OK",
    ]
    assert "2 of 3 cases get the same grades, 1 unexplained" in done.stdout
    assert cache.exists()


def test_ctrl_c_also_ends_the_tool(honest: CrookedProcess, fake: Fake, cache: Path, tmp_path: Path) -> None:
    mark = tmp_path / "mark"  # in the environment of every process that the command starts
    mark.mkdir()
    plays = f"pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid())); begin('1.1.1'); time.sleep(600)"
    program = fake(plays=plays)
    with subprocess.Popen(
        [*WSCONFORM, "parity", honest.url, "--python2", str(program), "-c", "1.1.1,3.1"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "TMPDIR": str(mark)},
    ) as running:
        await_file(tmp_path / "pid", running)
        assert int((tmp_path / "pid").read_text()) in processes_with(str(mark))
        running.send_signal(signal.SIGINT)
        out, _ = running.communicate()
    assert running.returncode == 130, out
    assert "Traceback" not in out
    assert processes_with(str(mark)) == []
    assert list(mark.iterdir()) == []
    assert cache.exists()


def await_file(path: Path, running: subprocess.Popen[str]) -> None:
    while not (path.exists() and path.read_text()):
        with suppress(subprocess.TimeoutExpired):
            running.wait(0.02)
            raise AssertionError("it ended too early")


def test_server_is_compared_with_recorded_grades(honest: CrookedProcess, tmp_path: Path) -> None:
    grades = {f"1.1.{n}": [["FAILED", "OK"], ["OK", "OK"]] for n in range(1, 9)}
    (tmp_path / "grades.json").write_text(json.dumps({"cases": grades}))
    done = wsconform("parity", honest.url, "--recorded", "grades.json", "-c", "1.1", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "8 of 8 cases get the same grades" in done.stdout
    done = wsconform("parity", honest.url, "websockets-asyncio", "-c", "7.1.4-6,7.1.5,7.1.6", cwd=tmp_path)
    assert done.returncode == 5
    done = wsconform("parity", honest.url, "websockets-asyncio", "-c", "7.1.5,7.1.6", cwd=tmp_path)
    assert done.returncode == 1
    assert "differ  7.1.5: ours OK/OK, Autobahn's FAILED/WRONG CODE" in done.stdout


def test_run_file_is_compared_with_recorded_grades(honest: CrookedProcess, tmp_path: Path) -> None:
    wsconform("run", honest.url, "--cases", "1.1", "--output", "out", cwd=tmp_path)
    grades = {f"1.1.{n}": [["OK", "OK"]] for n in range(1, 9)}
    grades["1.1.3"] = [["FAILED", "FAILED"]]
    del grades["1.1.4"]
    (tmp_path / "grades.json").write_text(json.dumps({"cases": grades}))
    done = wsconform("parity", "out/run.jsonl", "grades.json", cwd=tmp_path)
    assert done.returncode == 1
    assert "differ  1.1.3: ours OK/OK, Autobahn's FAILED/FAILED" in done.stdout
    assert "1 case of ours only: 1.1.4" in done.stdout
    assert "6 of 7 cases get the same grades, 1 unexplained" in done.stdout
    assert wsconform("parity", "out/run.jsonl", "grades.json", "-x", "1.1.3", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing.jsonl", "websockets-sync"], "'nothing.jsonl' is neither a WebSocket URL"),
        (["http://127.0.0.1:1/"], "is not a WebSocket URL"),
        (["ws://127.0.0.1:1/", "websockets"], "neither a file nor a server with recorded grades: eventlet-websocket,"),
        (["ws://127.0.0.1:1/", "websockets-sync", "--recorded", "x"], "mean the same"),
        (["ws://127.0.0.1:1/", "websockets-sync", "--record", "x"], "omit GRADES and --recorded"),
    ],
)
def test_usage_error_is_named(
    arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["wsconform", "parity", *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["websockets-sync", "-c", "W"], 5, "no case has the id 'W'"),
        (["websockets-sync", "-c", "1.1.1"], 6, "cannot be reached"),
        (["--python2", sys.executable], 6, "is not CPython 2.7 but CPython 3"),
    ],
)
def test_reason_why_nothing_can_be_compared_is_named(
    arguments: list[str], code: int, message: str, tmp_path: Path
) -> None:
    done = wsconform("parity", "ws://127.0.0.1:1/", *arguments, cwd=tmp_path)
    assert done.returncode == code, done.stdout + done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def has_python2() -> bool:
    try:
        find_python2()
    except OracleMissingError:
        return False
    return True


@pytest.mark.slow
@pytest.mark.skipif(not has_python2(), reason="Autobahn's tool needs CPython 2.7, which is not on this machine")
def test_real_tool_gives_the_same_grades(honest: CrookedProcess, tmp_path: Path) -> None:
    """A few cases of each kind. The tool is installed into the user's cache the first time."""
    cases = "1.1.1,1.2.8,2.10,3.1,3.7,4.1.3,5.15,6.1.1,6.3.1,7.1.6,7.3.6,7.7.13,7.9.1,9.1.1,10.1.1,12.1.1,13.7.1"
    done = wsconform("parity", honest.url, "-c", cases, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "17 of 17 cases get the same grades" in done.stdout
