"""An interpreter is searched for in several places and accepted only after it was run."""

import sys

import pytest

from conformance.tests.support.environments import RUNNING, write_python
from wsconform.environments import interpreters
from wsconform.environments.interpreters import find_interpreter, running_interpreter
from wsconform.errors import PythonMissingError, VersionError

pytestmark = pytest.mark.usefixtures("empty_machine")


def test_default_is_the_running_interpreter():
    assert find_interpreter() == running_interpreter()


def test_running_interpreter_is_preferred(tmp_path):
    write_python(tmp_path / "first" / f"python{RUNNING}", minor=RUNNING)
    assert str(find_interpreter([RUNNING]).path) == sys.executable


@pytest.mark.parametrize(
    "useless",
    [
        {"status": 127},  # as pyenv's shims of a version that is not chosen
        {"minor": "9.8"},
        {"implementation": "PyPy"},
        {"free_threaded": True},
    ],
)
def test_misnamed_program_is_skipped(tmp_path, monkeypatch, useless):
    write_python(tmp_path / "first" / "python9.9", **useless)
    right = write_python(tmp_path / "second" / "python9.9")
    monkeypatch.setenv("PATH", f"{tmp_path / 'first'}:{tmp_path / 'second'}")
    assert find_interpreter(["9.9"]).path == right


def test_file_that_cannot_be_run_is_skipped(tmp_path):
    write_python(tmp_path / "first" / "python9.9").write_text("no program")
    with pytest.raises(PythonMissingError):
        find_interpreter(["9.9"])


def test_newest_patch_release_of_pyenv_is_found(tmp_path):
    for version in ("9.9.2", "9.9.10", "9.9.dev", "9.10.1"):
        write_python(tmp_path / "pyenv" / "versions" / version / "bin" / "python")
    assert find_interpreter(["9.9"]).path.parts[-3] == "9.9.10"


def test_interpreters_of_uv_are_found_without_downloading(tmp_path, monkeypatch):
    python = write_python(tmp_path / "kept" / "python")
    uv = tmp_path / "uv"
    uv.write_text(f'#!/bin/sh\ncase "$*" in *--no-python-downloads*9.9) echo {python};; *) exit 2;; esac\n')
    uv.chmod(0o755)
    monkeypatch.setattr(interpreters, "find_uv", lambda: str(uv))
    assert find_interpreter(["9.9"]).path == python


def test_first_version_on_this_machine_is_found(tmp_path):
    write_python(tmp_path / "first" / "python9.8", minor="9.8")
    write_python(tmp_path / "first" / "python9.7", minor="9.7")
    assert find_interpreter(["9.9", "9.8", "9.7"]).minor == "9.8"


def test_error_names_the_places_that_were_searched():
    with pytest.raises(PythonMissingError, match=r"Python 9\.9 or 9\.8 is not on this machine \(looked in: .*PATH"):
        find_interpreter(["9.9", "9.8"])


@pytest.mark.parametrize("minor", ["2.7", "3.6"])
def test_error_for_a_too_old_python_names_the_oldest(minor):
    with pytest.raises(VersionError, match=r"too old: .* 3\.7"):
        find_interpreter([minor])
