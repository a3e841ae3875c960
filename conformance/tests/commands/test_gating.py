"""Playing and gating in one go: `--baseline`, `--against` and `--write` of `wsconform run`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.tests.support.processes import CrookedProcess, crooked_process

WSCONFORM = sys.executable, "-m", "wsconform"
#: A case that a server without rules fails, and one that it passes.
CASES = "3.1,1.1.1"


@pytest.fixture(scope="module")
def lenient() -> Iterator[CrookedProcess]:
    with crooked_process("lenient") as server:
        yield server


@pytest.fixture(scope="module")
def old(lenient: CrookedProcess, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the server, with files that `--write` has made although it failed."""
    directory = tmp_path_factory.mktemp("old")
    done = played(lenient, directory, "--write", "junit=new/junit.xml", "--write", "badge-json=badge.json")
    assert done.returncode == 1
    assert "new/junit.xml" in done.stdout
    return directory


def played(server: CrookedProcess, directory: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [*WSCONFORM, "run", server.url, "--name", "lenient", "-c", CASES, "-o", "out", *options]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=60)


def baseline(directory: Path, verdict: str = "fail", case: str = "3.1") -> str:
    entry = f"cell = 'lenient'\ncase = '{case}'\nverdict = '{verdict}'\nwhy = 'it takes anything'\n"
    (directory / "b.toml").write_text(f"format = 1\n[[accepted]]\n{entry}")
    return "b.toml"


def test_files_are_written_although_the_run_fails(old: Path) -> None:
    assert 'failures="1"' in (old / "new" / "junit.xml").read_text()
    assert json.loads((old / "badge.json").read_text())["message"] == "1 failed, 1 passed"


def test_a_run_passes_with_its_baseline_and_every_format_agrees(lenient: CrookedProcess, tmp_path: Path) -> None:
    options = "--write", "markdown=s.md", "-b", baseline(tmp_path)
    done = played(lenient, tmp_path, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "1 passed, 1 failed (1 accepted)"
    assert "PASSED" in (tmp_path / "s.md").read_text()
    assert "PASSED" in (tmp_path / "out" / "index.html").read_text()


def test_a_deviation_from_the_baseline_fails_by_line(lenient: CrookedProcess, tmp_path: Path) -> None:
    done = played(lenient, tmp_path, "-b", baseline(tmp_path, verdict="crash"))
    assert done.returncode == 1
    assert "b.toml:2: 3.1 on lenient: crash is accepted, and the verdict is fail" in done.stdout


def test_only_what_got_worse_fails_against_an_older_run(lenient: CrookedProcess, old: Path, tmp_path: Path) -> None:
    done = played(lenient, tmp_path, "--against", str(old / "out" / "run.jsonl"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "1 passed, 1 failed"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("-b", "missing.toml"), "'missing.toml' does not exist"),
        (("-b", "bad.toml"), "bad.toml: it has format 9, and this version reads 1"),
        (("--against", "bad.toml"), "bad.toml: the file has no header"),
        (("--against", "{old}", "--profile", "fast"), "the old run was played with the profile standard"),
        (("--against", "{old}", "--name", "other"), "the runs have no cell in common: lenient then, other now"),
        (("--write", "junitt=a.xml"), "no format is called 'junitt'; did you mean junit?"),
        (("--write", "junit"), "'junit' names no file; write junit=junit.xml"),
        (("--write", "csv=a", "--write", "junit=a"), "a would be written twice"),
        (("--write", "csv=."), ". is a directory"),
        (("--write", "csv=out/../out/run.jsonl"), "is needed, and would be overwritten"),
        (("--against", "{old}", "--write", "csv={old}"), "is needed, and would be overwritten"),
        (("--write", "csv=bad.toml/a.csv"), "it is not a directory"),
    ],
)
def test_what_cannot_be_used_is_an_error_before_anything_is_played(
    lenient: CrookedProcess, old: Path, tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    (tmp_path / "bad.toml").write_text("format = 9")
    done = played(lenient, tmp_path, *(option.format(old=old / "out" / "run.jsonl") for option in options))
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out" / "run.jsonl").exists()
