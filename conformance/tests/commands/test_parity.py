"""`wsconform parity`: finding, installing and running Autobahn's tool, and the command as a person uses it.

A program that says it is a CPython 2.7 takes the tool's place where it is to misbehave.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from conformance.tests.support.processes import CrookedProcess, crooked_process, processes_with
from wsconform.cli import main
from wsconform.errors import BuildError
from wsconform.oracle import OracleFailedError, OracleMissingError, fuzzing
from wsconform.oracle.fuzzing import play, specification
from wsconform.oracle.grades import read_recorded
from wsconform.oracle.python2 import Python2, find_python2
from wsconform.oracle.tool import Tool, install

WSCONFORM = sys.executable, "-m", "wsconform"

#: Does what we ask a CPython 2.7 for: says what it is, installs, lists the cases of the tool, plays them.
FAKE = """#!{python}
import json, os, pathlib, sys, time
words = sys.argv[1:]
code = words[words.index("-c") + 1] if "-c" in words else ""
if "python_implementation" in code:
    print("{says}")
elif "pip" in words:
    home = pathlib.Path(words[words.index("--target") + 1])
    with pathlib.Path({installs!r}).open("a") as counter:
        counter.write("x")
    print("collecting")
    {pip}
    home.mkdir()
elif "Cases" in code:
    {lists}
else:
    spec = json.loads(pathlib.Path("spec.json").read_text())
    ((server,), cases) = spec["servers"], spec["cases"]
    def begin(id_):
        print("Running test case ID", id_, "for agent", server["agent"], "from peer x", flush=True)
    def report(grades):
        out = pathlib.Path(spec["outdir"])
        out.mkdir()
        said = {{i: dict(behavior=b, behaviorClose=c, duration=1) for i, (b, c) in grades.items()}}
        (out / "index.json").write_text(json.dumps({{server["agent"]: said}}))
    {play}
"""
LISTS = 'print(json.dumps(["1.1.1", "1.1.2", "3.1"]))'
PLAYS = """for id_ in cases:
        begin(id_)
    report({id_: ("OK", "OK") for id_ in cases})"""

Fake = Callable[..., Path]


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    """Makes a program that says it is a CPython 2.7."""

    def make(
        name: str = "python2.7",
        *,
        says: str = "CPython 2.7.18",
        pip: str = "",
        lists: str = LISTS,
        plays: str = PLAYS,
    ) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        installs = str(tmp_path / "installs")
        text = FAKE.format(
            python=sys.executable, says=says, installs=installs, pip=pip or "pass", lists=lists, play=plays
        )
        path.write_text(text)
        path.chmod(0o755)
        return path

    return make


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WSCONFORM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "oracle"


@pytest.fixture(scope="module")
def honest() -> Iterator[CrookedProcess]:
    with crooked_process("honest") as server:
        yield server


# Finding a Python 2.7


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PATH and pyenv are directories of the test."""
    monkeypatch.setenv("PATH", f"{tmp_path}/one{os.pathsep}{tmp_path}/two")
    monkeypatch.setenv("PYENV_ROOT", f"{tmp_path}/pyenv")


def shim(path: Path) -> None:
    """What pyenv has on PATH for a version that is not chosen."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\necho 'pyenv: python2.7: command not found' >&2\nexit 127\n")
    path.chmod(0o755)


@pytest.mark.usefixtures("places")
def test_python2_is_found_on_path(fake: Fake) -> None:
    fake("two/python2")
    found = fake("one/python2.7")
    assert find_python2() == Python2(found, "2.7.18")


@pytest.mark.usefixtures("places")
def test_what_only_has_its_name_is_passed_over(fake: Fake, tmp_path: Path) -> None:
    """A shim of pyenv, another Python, another implementation, and a file that cannot be run."""
    shim(tmp_path / "one" / "python2.7")
    fake("one/python2", says="CPython 3.12.1")
    fake("two/python2.7", says="PyPy 2.7.18")
    (tmp_path / "two" / "python2").write_text("")
    found = fake("pyenv/versions/2.7.18/bin/python")
    fake("pyenv/versions/2.7.9/bin/python", says="nonsense")
    assert find_python2() == Python2(found, "2.7.18")


@pytest.mark.usefixtures("places")
def test_no_python2_says_where_it_was_looked_for() -> None:
    with pytest.raises(OracleMissingError, match=r"looked in: PATH, pyenv\); give --python2 PATH, or .*--recorded"):
        find_python2()


def test_the_chosen_python2_must_be_one(fake: Fake, tmp_path: Path) -> None:
    assert find_python2(fake()).version == "2.7.18"
    with pytest.raises(OracleMissingError, match=rf"{sys.executable} is no CPython 2.7; it is CPython 3"):
        find_python2(Path(sys.executable))
    with pytest.raises(OracleMissingError, match=r"nothing is no CPython 2.7$"):
        find_python2(tmp_path / "nothing")


# Installing the tool


def test_the_tool_is_installed_once(fake: Fake, cache: Path, tmp_path: Path) -> None:
    notes: list[str] = []
    python = find_python2(fake())
    first, second = install(python, notes.append), install(python, notes.append)
    assert first == second
    assert first.cases == ("1.1.1", "1.1.2", "3.1")
    assert first.home.parent == cache
    assert first.name == "autobahntestsuite 25.10.1 (CPython 2.7.18), fuzzing client"
    assert (tmp_path / "installs").read_text() == "x"
    assert len(notes) == 1
    assert "once" in notes[0]


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ({"pip": "sys.exit('no such distribution')"}, "collecting\nno such distribution"),
        ({"lists": "sys.exit('no module named zope')"}, "does not run:\nno module named zope"),
    ],
)
def test_a_build_that_fails_leaves_no_tool(broken: dict[str, str], says: str, fake: Fake, cache: Path) -> None:
    """It is said why, and the next one begins anew."""
    python = find_python2(fake(**broken))
    with pytest.raises(BuildError, match=says):
        install(python, lambda _: None)
    assert not [path for path in cache.iterdir() if path.is_dir() and path.suffix != ".draft"]
    fake()
    assert install(python, lambda _: None).cases


# Running the tool


def a_tool(python: Path, home: Path) -> Tool:
    return Tool(Python2(python, "2.7.18"), home, ("1.1.1", "1.1.2"))


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path / "temporary"
    directory.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(directory))
    return directory


def test_the_client_is_told_exact_ids() -> None:
    """Its patterns mean other things than ours: 1* is 10, 12 and 13, too."""
    assert specification("ws://here:1/x", ["1.1.1", "12.1.1"], Path("/out")) == {
        "outdir": "/out",
        "servers": [{"agent": "server", "url": "ws://here:1/x"}],
        "cases": ["1.1.1", "12.1.1"],
        "exclude-cases": [],
        "exclude-agent-cases": {},
    }


def test_the_clients_grades_are_read(fake: Fake, tmp_path: Path, temporary: Path) -> None:
    begun: list[str] = []
    grades = play(a_tool(fake(), tmp_path), "ws://x/", ["1.1.1", "1.1.2"], limits={}, begins=begun.append)
    assert grades == {"1.1.1": (("OK", "OK"),), "1.1.2": (("OK", "OK"),)}
    assert begun == ["1.1.1", "1.1.2"]
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("plays", "says"),
    [
        ("sys.exit('it broke')", "status 1 and without grades of 2 of 2 cases, the first is 1.1.1"),
        (
            "begin('1.1.1'); report({'1.1.1': ('OK', 'OK')}); sys.stderr.write('it broke')",
            "status 0 and without grades of 1 of 2 cases, the first is 1.1.2",
        ),
        ("sys.stderr.write('it broke\\n'); sys.stderr.flush(); os.kill(os.getpid(), 9)", "status 137"),
    ],
)
def test_what_the_client_printed_is_kept_when_it_fails(
    plays: str, says: str, fake: Fake, tmp_path: Path, temporary: Path
) -> None:
    with pytest.raises(OracleFailedError, match=says) as caught:
        play(a_tool(fake(plays=plays), tmp_path), "ws://x/", ["1.1.1", "1.1.2"], limits={})
    (log,) = temporary.glob("*/wstest.log")
    assert "it broke" in log.read_text()
    assert "it broke" in str(caught.value)
    assert str(log) in str(caught.value)


def test_a_client_that_stands_still_is_ended(
    fake: Fake, tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It hangs for ever in some cases with a server that never ends TCP; the message names the case."""
    monkeypatch.setattr(fuzzing, "_SPARE", 0.1)
    ended = temporary / "ended"
    plays = f"""begin('1.1.1')
    import signal
    signal.signal(signal.SIGTERM, lambda *_: pathlib.Path({str(ended)!r}).touch() or sys.exit())
    begin('1.1.2')
    time.sleep(600)"""
    tool = a_tool(fake(plays=plays), tmp_path)
    with pytest.raises(OracleFailedError, match=r"stands still at case 1\.1\.2, .*--exclude 1\.1\.2"):
        play(tool, "ws://x/", ["1.1.1", "1.1.2"], limits={"1.1.1": 60, "1.1.2": 0.1})
    assert ended.exists()


# The command


def wsconform(*arguments: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*WSCONFORM, *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )


def test_both_play_and_agree(honest: CrookedProcess, fake: Fake, cache: Path, tmp_path: Path) -> None:
    """The patterns select for both; what the tool said is recorded, run by run."""
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


def test_a_difference_is_played_again_and_fails(
    honest: CrookedProcess, fake: Fake, cache: Path, tmp_path: Path
) -> None:
    """One that does not come again is told, and is no failure."""
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


def test_ctrl_c_ends_the_tool_with_us(honest: CrookedProcess, fake: Fake, cache: Path, tmp_path: Path) -> None:
    mark = tmp_path / "mark"  # in the environment of every process that is started for it
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
            raise AssertionError("it ended before it was to be disturbed")


def test_a_server_beside_recorded_grades(honest: CrookedProcess, tmp_path: Path) -> None:
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


def test_a_run_file_beside_recorded_grades(honest: CrookedProcess, tmp_path: Path) -> None:
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
    ("arguments", "says"),
    [
        (["nothing.jsonl", "websockets-sync"], "'nothing.jsonl' is no WebSocket URL"),
        (["http://127.0.0.1:1/"], "is no WebSocket URL"),
        (["ws://127.0.0.1:1/", "websockets"], "no server whose grades are recorded here: eventlet-websocket,"),
        (["ws://127.0.0.1:1/", "websockets-sync", "--recorded", "x"], "are the same"),
        (["ws://127.0.0.1:1/", "websockets-sync", "--record", "x"], "leave recorded grades away"),
    ],
)
def test_wrong_usage_is_named(
    arguments: list[str], says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["wsconform", "parity", *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["websockets-sync", "-c", "W"], 5, "no case is called 'W'"),
        (["websockets-sync", "-c", "1.1.1"], 6, "cannot be reached"),
        (["--python2", sys.executable], 6, "is no CPython 2.7; it is CPython 3"),
    ],
)
def test_what_cannot_be_compared_is_named(arguments: list[str], code: int, says: str, tmp_path: Path) -> None:
    done = wsconform("parity", "ws://127.0.0.1:1/", *arguments, cwd=tmp_path)
    assert done.returncode == code, done.stdout + done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def has_python2() -> bool:
    try:
        find_python2()
    except OracleMissingError:
        return False
    return True


@pytest.mark.skipif(not has_python2(), reason="Autobahn's tool runs on CPython 2.7, and there is none here")
def test_the_real_tool_says_the_same(honest: CrookedProcess, tmp_path: Path) -> None:
    """Some of each kind of case; the first time it is installed, into the user's cache."""
    cases = "1.1.1,1.2.8,2.10,3.1,3.7,4.1.3,5.15,6.1.1,6.3.1,7.1.6,7.3.6,7.7.13,7.9.1,9.1.1,10.1.1,12.1.1,13.7.1"
    done = wsconform("parity", honest.url, "-c", cases, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "17 of 17 cases get the same grades" in done.stdout
