"""A CPython 2.7 is found on PATH or among pyenv's versions, and accepted only after it was run."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from conformance.tests.support.fake_python2 import Fake, fake_python2
from wsconform.errors import OracleMissingError
from wsconform.oracle.python2 import Python2, find_python2


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    return fake_python2(tmp_path)


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make PATH and pyenv directories of the test."""
    monkeypatch.setenv("PATH", f"{tmp_path}/one{os.pathsep}{tmp_path}/two")
    monkeypatch.setenv("PYENV_ROOT", f"{tmp_path}/pyenv")


def shim(path: Path) -> None:
    """Write a file like the one that pyenv has on PATH for a version that is not selected."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\necho 'pyenv: python2.7: command not found' >&2\nexit 127\n")
    path.chmod(0o755)


@pytest.mark.usefixtures("places")
def test_python2_is_found_on_path(fake: Fake) -> None:
    fake("two/python2")
    found = fake("one/python2.7")
    assert find_python2() == Python2(found, "2.7.18")


@pytest.mark.usefixtures("places")
def test_programs_that_are_no_python2_are_skipped(fake: Fake, tmp_path: Path) -> None:
    """A shim of pyenv, another Python, another implementation, and a file that cannot be run."""
    shim(tmp_path / "one" / "python2.7")
    fake("one/python2", version="CPython 3.12.1")
    fake("two/python2.7", version="PyPy 2.7.18")
    (tmp_path / "two" / "python2").write_text("")
    found = fake("pyenv/versions/2.7.18/bin/python")
    fake("pyenv/versions/2.7.9/bin/python", version="nonsense")
    assert find_python2() == Python2(found, "2.7.18")


@pytest.mark.usefixtures("places")
def test_error_names_the_places_that_were_searched() -> None:
    with pytest.raises(OracleMissingError, match=r"looked in: PATH, pyenv\); give --python2 PATH, or .*--recorded"):
        find_python2()


def test_chosen_program_must_be_a_python2(fake: Fake, tmp_path: Path) -> None:
    assert find_python2(fake()).version == "2.7.18"
    with pytest.raises(OracleMissingError, match=rf"{sys.executable} is not CPython 2.7 but CPython 3"):
        find_python2(Path(sys.executable))
    with pytest.raises(OracleMissingError, match=r"nothing is not CPython 2.7$"):
        find_python2(tmp_path / "nothing")
