"""The scripts in ci/ say what is missing and what to do, with a documented exit code, and leave nothing half-made."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CI = Path(__file__).resolve().parents[3] / "ci"
#: An index at which nothing listens, no cache and no other place to find packages.
NO_NETWORK = {
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_EXTRA_INDEX_URL": "",
    "PIP_FIND_LINKS": "",
    "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
    "PIP_NO_CACHE_DIR": "1",
    "PIP_RETRIES": "0",
}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What `ci/setup` reads of a clone, in a directory whose name has a space and letters beyond ASCII."""
    clone = tmp_path / "a clöne"
    (clone / "ci").mkdir(parents=True)
    for name in ("setup", "conform", "constraints.txt"):
        shutil.copy(CI / name, clone / "ci")
    shutil.copy(CI.parent / "pyproject.toml", clone)
    return clone


def conform(clone: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `ci/conform` from another directory; it needs nothing of the environment but these variables."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(clone), "LC_ALL": "C", **variables}
    return subprocess.run(
        ["sh", str(clone / "ci" / "conform")], cwd="/", env=environment, capture_output=True, encoding="utf-8"
    )


def script(path: Path, text: str) -> Path:
    """Write a program in sh."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def old_python(path: Path) -> Path:
    """Write a program that is Python 3.9.2 to all that `ci/setup` asks."""
    return script(path, 'case "$2" in *%d*) echo 3.9.2;; *) exit 1;; esac')


@pytest.mark.parametrize("program", ["/bin/ls", "/bin/true", "/bin/echo", "/no such/python"])
def test_program_that_is_not_python_is_named(program: str, clone: Path) -> None:
    done = conform(clone, PYTHON=program)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"ci: PYTHON is '{program}', which is not a Python of 3.11 or newer.",
        "ci: Set PYTHON to the path of one, or unset it to use the one on PATH.",
    ]


def test_python_that_is_too_old_is_named_with_its_version(clone: Path) -> None:
    python = old_python(clone / "an old one" / "python")
    done = conform(clone, PYTHON=str(python))
    assert done.returncode == 2
    assert f"PYTHON is '{python}', which is Python 3.9.2, not a Python of 3.11 or newer." in done.stderr


def test_path_without_a_new_python(clone: Path) -> None:
    programs = old_python(clone / "bin" / "python3").parent
    for name in ("sh", "dirname"):
        found = shutil.which(name)
        assert found
        (programs / name).symlink_to(found)
    done = conform(clone, PATH=str(programs))
    assert done.returncode == 6
    assert "A Python of 3.11 or newer is needed, and Python 3.9.2 was found." in done.stderr


def test_python_without_venv(clone: Path) -> None:
    python = script(clone / "python", f'case "$2" in *ensurepip*) exit 1;; esac\nexec {sys.executable} "$@"')
    done = conform(clone, PYTHON=str(python))
    assert done.returncode == 6
    assert f"{python} has no venv module with pip in it." in done.stderr
    assert not (clone / ".venv").exists()


def test_without_a_network_nothing_half_made_is_left(clone: Path) -> None:
    done = conform(clone, PYTHON=sys.executable, **NO_NETWORK)
    assert done.returncode == 6
    assert "The installation into .venv failed; the reason is above. It needs access to PyPI" in done.stderr
    assert not (clone / ".venv").exists()


def test_full_disk(clone: Path) -> None:
    script(clone / "bin" / "df", 'echo "Filesystem 1024-blocks Used Available"\necho "x 2 1 2048"')
    path = f"{clone / 'bin'}{os.pathsep}{os.environ['PATH']}"
    done = conform(clone, PYTHON=sys.executable, PATH=path, **NO_NETWORK)
    assert done.returncode == 6
    assert f"2 MB are free in {clone}, and it needs 250 MB." in done.stderr
    assert not (clone / ".venv").exists()


def test_checkout_that_cannot_be_written(clone: Path) -> None:
    """A file system that is read-only, which not even the superuser can write, is played by a mkdir that fails."""
    script(clone / "bin" / "mkdir", "exit 1")
    path = f"{clone / 'bin'}{os.pathsep}{os.environ['PATH']}"
    done = conform(clone, PYTHON=sys.executable, PATH=path, **NO_NETWORK)
    assert done.returncode == 6
    assert f"{clone} cannot be written, and .venv is made in it." in done.stderr


def test_installation_that_was_cut_off_is_made_anew(clone: Path) -> None:
    """The marker comes last: without it .venv is removed first."""
    left = clone / ".venv" / "left"
    left.parent.mkdir()
    left.touch()
    assert conform(clone, PYTHON=sys.executable, **NO_NETWORK).returncode == 6
    assert not left.exists()
