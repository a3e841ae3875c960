"""An interpreter is looked for in several places and believed only when it says itself what it is."""

import json
import sys

import pytest

from wsconform.environments import interpreters
from wsconform.environments.interpreters import find_interpreter, running_interpreter
from wsconform.environments.plan import Plan
from wsconform.environments.versions import Versions
from wsconform.errors import PythonMissingError, VersionError
from wsconform.servers import Server
from wsconform.targets import Target

RUNNING = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture(autouse=True)
def empty_machine(monkeypatch, tmp_path):
    """No Python is to be found but the one that runs us."""
    monkeypatch.setenv("PATH", str(tmp_path / "first"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setattr(interpreters, "find_uv", lambda: None)


def write_python(path, *, says="CPython", minor="9.9", free_threaded=False, status=0):
    """A program that answers as an interpreter does, and knows nothing else."""
    answer = json.dumps([says, minor, f"{minor}.0", "/home", "machine", free_threaded])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{answer}'\nexit {status}\n")
    path.chmod(0o755)
    return path


def test_without_a_wish_it_is_the_one_that_runs_us():
    assert find_interpreter() == running_interpreter()


def test_the_one_that_runs_us_is_not_looked_for(tmp_path):
    write_python(tmp_path / "first" / f"python{RUNNING}", minor=RUNNING)
    assert str(find_interpreter([RUNNING]).path) == sys.executable


@pytest.mark.parametrize(
    "useless",
    [
        {"status": 127},  # as pyenv's shims of a version that is not chosen
        {"minor": "9.8"},
        {"says": "PyPy"},
        {"free_threaded": True},
    ],
)
def test_what_is_not_what_its_name_says_is_passed_over(tmp_path, monkeypatch, useless):
    write_python(tmp_path / "first" / "python9.9", **useless)
    right = write_python(tmp_path / "second" / "python9.9")
    monkeypatch.setenv("PATH", f"{tmp_path / 'first'}:{tmp_path / 'second'}")
    assert find_interpreter(["9.9"]).path == right


def test_a_file_that_cannot_be_run_is_passed_over(tmp_path):
    write_python(tmp_path / "first" / "python9.9").write_text("no program")
    with pytest.raises(PythonMissingError):
        find_interpreter(["9.9"])


def test_of_those_that_pyenv_keeps_it_is_the_newest_patch(tmp_path):
    for version in ("9.9.2", "9.9.10", "9.9.dev", "9.10.1"):
        write_python(tmp_path / "pyenv" / "versions" / version / "bin" / "python")
    assert find_interpreter(["9.9"]).path.parts[-3] == "9.9.10"


def test_those_that_uv_keeps_are_asked_for_without_downloading(tmp_path, monkeypatch):
    python = write_python(tmp_path / "kept" / "python")
    uv = tmp_path / "uv"
    uv.write_text(f'#!/bin/sh\ncase "$*" in *--no-python-downloads*9.9) echo {python};; *) exit 2;; esac\n')
    uv.chmod(0o755)
    monkeypatch.setattr(interpreters, "find_uv", lambda: str(uv))
    assert find_interpreter(["9.9"]).path == python


def test_of_several_it_is_the_first_that_is_there(tmp_path):
    write_python(tmp_path / "first" / "python9.8", minor="9.8")
    write_python(tmp_path / "first" / "python9.7", minor="9.7")
    assert find_interpreter(["9.9", "9.8", "9.7"]).minor == "9.8"


def test_if_there_is_none_it_is_told_where_it_was_looked_for():
    with pytest.raises(PythonMissingError, match=r"Python 9\.9 or 9\.8 is not on this machine \(looked in: .*PATH"):
        find_interpreter(["9.9", "9.8"])


@pytest.mark.parametrize("minor", ["2.7", "3.6"])
def test_a_python_too_old_for_an_environment_is_an_error_that_names_the_oldest(minor):
    with pytest.raises(VersionError, match=r"too old .*3\.7"):
        find_interpreter([minor])


def plan(chosen="", target=(), *needs):
    servers = [Server(f"s{place}", "a test's", argv=("x",), python=need) for place, need in enumerate(needs)]
    return Plan.of(Target("t", "a test's", "r", python=target), servers, Versions(python=chosen))


@pytest.fixture
def pythons(tmp_path):
    for minor in ("9.9", "9.8", "9.7"):
        write_python(tmp_path / "first" / f"python{minor}", minor=minor)


@pytest.mark.parametrize(
    ("asked", "minor"),
    [
        (("9.9",), "9.9"),
        (("", ("9.8", "9.7")), "9.8"),
        (("9.9", ("9.8", "9.7")), "9.9"),
        (("", ("9.8",), "9.7"), "9.7"),
        (("", (), "9.7", "", "9.7"), "9.7"),
        (("9.7", (), "9.7"), "9.7"),
        ((), RUNNING),
    ],
)
def test_what_is_asked_for_goes_before_the_server_and_the_server_before_the_target(pythons, asked, minor):
    assert plan(*asked).interpreter.minor == minor


def test_another_python_than_the_server_needs_is_not_to_be_had(pythons):
    with pytest.raises(PythonMissingError, match=r"s0 needs Python 9\.7, and 9\.9 is asked for"):
        plan("9.9", (), "9.7")


def test_servers_that_need_different_pythons_cannot_share_an_environment(pythons):
    with pytest.raises(PythonMissingError, match=r"9\.7 and 9\.8"):
        plan("", (), "9.7", "9.8")


def test_another_interpreter_is_another_environment(pythons):
    assert len({plan(minor).digest for minor in ("9.9", "9.8", "", RUNNING)}) == 3
