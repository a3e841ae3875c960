"""`ci/release` finds what is missing for a release, says what to do, and publishes nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from reports.tests.runs import run_of
from wsreport.model import Run, write_run

ROOT = Path(__file__).parents[3]
CHANGES = "# Change log\n\n## [{version}] - 2026-03-01\n\n### Added\n\n- A first version.\n"
#: In the place of `python -m build`: makes what the version in pyproject.toml asks for.
BUILD = """
import pathlib, sys, tomllib, zipfile
_, _, out, project = sys.argv
about = tomllib.loads(pathlib.Path(project, "pyproject.toml").read_text())["project"]
base = f"{about['name']}-{about['version']}"
pathlib.Path(out).mkdir(exist_ok=True)
pathlib.Path(out, f"{base}.tar.gz").touch()
with zipfile.ZipFile(pathlib.Path(out, f"{base}-py3-none-any.whl"), "w") as wheel:
    for name in (f"{base}.dist-info/licenses/LICENSE", f"{about['name']}/py.typed"):
        wheel.writestr(name, "")
"""


class Clone:
    """A small repository in which a release can be made."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "ci").mkdir(parents=True)
        shutil.copy(ROOT / "ci" / "release.py", root / "ci")
        for name, folder, version in (("wsconform", ".", "0.1.0"), ("dwebsocket", "reference_impl", "1.0.0")):
            self.write(f"{folder}/pyproject.toml", f'[project]\nname = "{name}"\nversion = "{version}"\n')
            self.write(f"{folder}/CHANGELOG.md", CHANGES.format(version=version))
        self.write("conformance/wsconform/__init__.py", '__version__ = "0.1.0"\n')
        self.write("CITATION.cff", "title: wsconform\nversion: 0.1.0\n")
        self.write("build.py", BUILD)
        self.write("twine.py", "")
        self.write(".gitignore", ".venv\n")
        self.program("ci/conform", "exit 1")
        self.program(".venv/bin/tox", "exit 0")
        self.git("init", "-q")
        self.commit()

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def change(self, path: str, old: str, new: str) -> None:
        text = (self.root / path).read_text()
        assert old in text
        self.write(path, text.replace(old, new))

    def program(self, path: str, text: str) -> None:
        self.write(path, f"#!/bin/sh\n{text}\n")
        (self.root / path).chmod(0o755)

    def git(self, *words: str) -> str:
        names = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
        return subprocess.run(
            ["git", *names, *words], cwd=self.root, check=True, capture_output=True, text=True
        ).stdout.strip()

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "Change it")

    def run_file(self, run: Run | None = None, **header: object) -> str:
        """Write a run file, at the last commit unless it is told otherwise."""
        run = run or run_of({"reference/gevent": {"1.1.1": "pass"}})
        suite = replace(run.header.suite, commit=str(header.pop("commit", self.git("rev-parse", "HEAD"))))
        path = self.root.parent / "run.jsonl"
        write_run(path, replace(run, header=replace(run.header, suite=suite)))
        return str(path)

    def release(self, *words: str, code: int) -> list[str]:
        """Run the script; return the lines of its output."""
        done = subprocess.run(
            [sys.executable, "ci/release.py", *words],
            cwd=self.root,
            env={**os.environ, "COLUMNS": "200", "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return (done.stdout + done.stderr).splitlines()


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path / "a clone")


def test_release_that_can_be_made_is_printed_and_not_published(clone: Clone) -> None:
    lines = clone.release("--run", clone.run_file(), code=0)
    assert lines[:6] == [f"{name}: passed" for name in ("version", "changelog", "tree", "wheels", "docs", "gate")]
    assert lines[6] == "A release would publish:"
    assert [line.split(",")[0].strip() for line in lines[7:11]] == [
        "dwebsocket-1.0.0-py3-none-any.whl",
        "dwebsocket-1.0.0.tar.gz",
        "wsconform-0.1.0-py3-none-any.whl",
        "wsconform-0.1.0.tar.gz",
    ]
    head = clone.git("rev-parse", "--short", "HEAD")
    assert lines[11:14] == ["with the tags:", f"  wsconform-0.1.0 on {head}", f"  dwebsocket-1.0.0 on {head}"]
    assert lines[14].startswith("Nothing was published.")
    assert clone.git("tag") == ""
    assert clone.git("status", "--porcelain") == ""


def test_all_checks_are_made_after_one_has_failed(clone: Clone) -> None:
    clone.change("CHANGELOG.md", "2026-03-01", "Unreleased")
    lines = clone.release("--run", clone.run_file(), code=1)
    assert [line for line in lines if line.endswith(": failed")] == ["changelog: failed", "tree: failed"]
    assert lines[-1] == "No release: 2 of 6 checks failed."
    assert not any("would publish" in line for line in lines)


def test_a_part_of_the_checks_is_no_release(clone: Clone) -> None:
    lines = clone.release("--only", "version", "--only", "tree", code=0)
    assert lines[-1] == "Only version, tree was checked. Run ci/release without --only before a release."


@pytest.mark.parametrize("words", [["--only", "versoin"], ["--publish"]])
def test_wrong_usage_names_the_right_words(clone: Clone, words: list[str]) -> None:
    assert "usage: ci/release" in clone.release(*words, code=2)[0]


@pytest.mark.parametrize(
    ("check", "path", "old", "new", "message"),
    [
        (
            "version",
            "pyproject.toml",
            "0.1.0",
            "0.2.0",
            "wsconform: pyproject.toml has version 0.2.0, and the top entry of CHANGELOG.md is 0.1.0. Make them equal.",
        ),
        (
            "version",
            "reference_impl/CHANGELOG.md",
            "## [1.0.0]",
            "## 1.0.0",
            "dwebsocket: pyproject.toml has version 1.0.0, and the top entry of CHANGELOG.md is missing. "
            "Make them equal.",
        ),
        (
            "version",
            "CITATION.cff",
            "0.1.0",
            "0.1.01",
            "wsconform: CITATION.cff does not have version 0.1.0 of pyproject.toml. Change it there.",
        ),
        (
            "changelog",
            "reference_impl/CHANGELOG.md",
            "2026-03-01",
            "Unreleased",
            "dwebsocket: 1.0.0 in CHANGELOG.md is Unreleased. Write the date of the release.",
        ),
        (
            "changelog",
            "CHANGELOG.md",
            "2026-03-01",
            "9999-01-01",
            "wsconform: the date of 0.1.0 in CHANGELOG.md is '9999-01-01'. Write one like 2026-03-01.",
        ),
        (
            "changelog",
            "CHANGELOG.md",
            "- A first version.",
            "",
            "wsconform: 0.1.0 in CHANGELOG.md lists no change. Say what users notice.",
        ),
        ("tree", "CITATION.cff", "title", "titel", "Not committed: CITATION.cff. Commit or remove it."),
    ],
)
def test_what_is_wrong_is_a_sentence_with_what_to_do(
    clone: Clone, check: str, path: str, old: str, new: str, message: str
) -> None:
    clone.change(path, old, new)
    assert clone.release("--only", check, code=1)[:2] == [f"{check}: failed", f"  {message}"]


def test_tag_on_another_commit_is_refused(clone: Clone) -> None:
    clone.git("tag", "wsconform-0.1.0")
    clone.git("tag", "-a", "-m", "annotated", "dwebsocket-1.0.0")
    assert clone.release("--only", "tree", code=0)[0] == "tree: passed"
    clone.change("CITATION.cff", "title", "titel")
    clone.commit()
    lines = clone.release("--only", "tree", code=1)
    assert [line.split()[2] for line in lines[1:3]] == ["wsconform-0.1.0", "dwebsocket-1.0.0"]
    assert "is on another commit. Raise the version" in lines[1]


# The gate


def test_without_a_run_file_the_matrix_is_played(clone: Clone) -> None:
    clone.program(
        "ci/conform",
        f"""[ "$*" = "--server plain --profile standard --output $6" ] || exit 1
        mkdir "$6"
        cp "{clone.root.parent}/run.jsonl" "$6"
        exit 1""",
    )
    clone.commit()
    clone.run_file()
    assert clone.release("--only", "gate", code=0)[0] == "gate: passed"


def test_run_that_was_not_played_is_said(clone: Clone) -> None:
    assert clone.release("--only", "gate", code=1)[1].startswith("  There is no run to be judged: ")


def test_run_that_fails_is_refused_with_the_reason(clone: Clone) -> None:
    run = clone.run_file(run_of({"reference/gevent": {"1.1.1": "fail", "1.1.2": "pass"}}))
    lines = clone.release("--only", "gate", "--run", run, code=1)
    assert lines[1] == f"  The gate refuses {run}. Fix what it names:"
    assert lines[2:4] == ["    fail: 1.1.1 on reference/gevent", "    1 passed, 1 failed"]


def test_baseline_of_the_repository_is_applied(clone: Clone) -> None:
    clone.write(
        "ci/baseline.toml",
        'format = 1\n[[accepted]]\ncell = "*/gevent"\ncase = "1.1.1"\nverdict = "fail"\nwhy = "the server"\n',
    )
    clone.commit()
    run = clone.run_file(run_of({"reference/gevent": {"1.1.1": "fail"}}))
    assert clone.release("--only", "gate", "--run", run, code=0)[0] == "gate: passed"


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (run_of({"reference/gevent": {"1.1.1": "pass"}}, profile="fast"), "was played with the profile fast."),
        (run_of({"fork/gevent": {"1.1.1": "pass"}}), "is about fork. Play the reference."),
        (run_of({"reference/gevent": {"1.1.1": "pass"}}, complete=False), "The gate refuses"),
    ],
)
def test_run_of_something_else_is_refused(clone: Clone, run: Run, message: str) -> None:
    assert message in clone.release("--only", "gate", "--run", clone.run_file(run), code=1)[1]


def test_run_of_another_commit_is_refused(clone: Clone) -> None:
    run = clone.run_file(commit="0" * 40)
    assert "was played at 000000000000, and this is " in clone.release("--only", "gate", "--run", run, code=1)[1]


# What is built


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("build.py", "raise SystemExit('no backend')", "wsconform cannot be built. The end of the output"),
        ("build.py", "", "wsconform: the build did not make wsconform-0.1.0.tar.gz."),
        ("build.py", BUILD.replace("LICENSE", "COPYING"), "wsconform-0.1.0-py3-none-any.whl has no licenses/LICENSE."),
        (
            "build.py",
            BUILD.replace("{about['name']}/py.typed", "{about['name']}/tests/py.typed"),
            "has no wsconform/py",
        ),
        ("twine.py", "raise SystemExit('bad README')", "twine check refuses the distributions."),
    ],
)
def test_distributions_that_are_wrong_are_refused(clone: Clone, path: str, text: str, message: str) -> None:
    clone.write(path, text)
    assert message in clone.release("--only", "wheels", code=1)[1]


def test_documentation_that_cannot_be_built_is_refused(clone: Clone) -> None:
    clone.program(".venv/bin/tox", 'echo "ci.md:3: unknown document"; exit 1')
    lines = clone.release("--only", "docs", code=1)
    assert lines[1:3] == [
        "  The documentation cannot be built. Fix what is named:",
        "    ci.md:3: unknown document",
    ]
