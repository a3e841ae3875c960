"""What the scripts of CI start, played with stand-ins for the programs that they call."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

# In the place of a program: writes down how it was called. As tox it lists two environments.
STAND_IN = """#!/bin/sh
if [ "$1" = list ]; then printf 'one\\ntwo\\n'; exit; fi
echo "${0##*/} $*" >>"$CALLS"
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A directory with the scripts of CI, and stand-ins for what they call in the end."""
    directory = tmp_path / "a clone"
    shutil.copytree(ROOT / "ci", directory / "ci")
    shutil.copytree(ROOT / ".ci", directory / ".ci")
    (directory / "ci" / "setup").write_text("")
    for name in (".venv/bin/tox", ".venv/bin/wsconform", "ci/browser"):
        stand_in(directory / name)
    return directory


def stand_in(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(STAND_IN)
    path.chmod(0o755)


def calls(clone: Path, *command: str, code: int = 0) -> list[str]:
    """Run a script; return which stand-ins it called, and its complaints after them."""
    log = clone / "calls"
    log.touch()
    done = subprocess.run(
        [clone / command[0], *command[1:]], env={**os.environ, "CALLS": str(log)}, capture_output=True, text=True
    )
    assert done.returncode == code, done.stderr
    return [*log.read_text().splitlines(), *done.stderr.splitlines()]


PARALLEL = "tox -q run-parallel --parallel 2 --parallel-no-spinner"


def test_without_arguments_the_quick_set_is_run(clone: Path) -> None:
    assert calls(clone, "ci/test") == [f"{PARALLEL} -e quick,types,lint,layers"]


def test_all_is_what_tox_lists_by_default_and_the_browser_is_installed_first(clone: Path) -> None:
    assert calls(clone, "ci/test", "all") == ["browser ", PARALLEL]


@pytest.mark.parametrize("arguments", [["al"], ["all", "-e", "lint"], ["-e", "tests"], ["quick"]])
def test_other_arguments_are_refused_with_the_right_ones(clone: Path, arguments: list[str]) -> None:
    first, second = calls(clone, "ci/test", *arguments, code=2)
    assert first == f"ci/test: '{' '.join(arguments)}' is no set of tests; use ci/test, or ci/test all"
    assert "tox run -e tests -- -k word" in second


def test_ci_builds_every_environment_of_tox(clone: Path) -> None:
    assert calls(clone, "ci/environments") == ["tox run --notest -e one,two"]


def test_ci_runs_all_tests_builds_all_environments_and_plays_the_matrix_and_the_peers(clone: Path) -> None:
    for name in ("ci/test", "ci/environments", "ci/conform"):
        stand_in(clone / name)
    called = calls(clone, ".ci/run")
    assert called[:2] == ["test all", "environments "]
    *matrices, peers = called[2:]
    assert any(call.startswith("conform ") for call in matrices)
    assert all("--baseline conformance/wsconform/servers/baseline.toml" in call for call in matrices)
    assert peers == "wsconform peers run --profile fast"
