"""The gate with a library that has real deviations: dwebsocket 0.5.12 from PyPI, and a fork of it in a directory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from wsconform.environments.installer import find_uv, installer_environment
from wsreport.model import read_run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(find_uv() is None, reason="uv is not installed"),
]

UPSTREAM = "dwebsocket==0.5.12"
PROJECT = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "dwebsocket"
version = "0.5.12"
dependencies = ["six"]
[tool.setuptools.packages.find]
include = ["dwebsocket*"]
"""
#: Cases that fail with 0.5.12, cases that need its middleware, which does not start, and cases that pass.
OPTIONS = ("--server", "runserver", "--cases", "1.1.1,5.3,A.2.9,A.5.1,A.5.2,A.5.3", "--no-attribution")
#: What the fork repairs: Django's middleware gets an argument since version 1.10.
FIX = (
    "middleware.py",
    "class WebSocketMiddleware(object):\n",
    """class WebSocketMiddleware(object):
    def __init__(self, get_response=None):
        self.get_response = get_response

    def __call__(self, request):
        return self.process_request(request) or self.process_response(request, self.get_response(request))

""",
)
#: What the fork breaks.
MISTAKE = ("backends/default/websocket.py", "        return fallback\n", "        return fallback or ''\n")


class Fork:
    """A copy of the library in a directory, and the files of its gate."""

    def __init__(self, directory: Path) -> None:
        self.root = directory / "fork"
        self.baseline = directory / "conformance.toml"
        self.directory = directory
        self.root.mkdir()
        (self.root / "pyproject.toml").write_text(PROJECT)
        # Copied, since a link would let a change of the fork reach the cache of uv.
        options = ("--quiet", "--no-deps", "--link-mode", "copy", "--target", str(self.root))
        command = [str(find_uv()), "pip", "install", *options, UPSTREAM]
        subprocess.run(command, check=True, env=installer_environment())

    def change(self, path: str, old: str, new: str) -> None:
        file = self.root / "dwebsocket" / path
        text = file.read_text("utf-8")
        assert text.count(old) == 1
        file.write_text(text.replace(old, new), "utf-8")

    def play(self, name: str, *options: str, code: int) -> str:
        """Play the matrix; return what it printed."""
        output = str(self.directory / name)
        return wsconform(
            "matrix", "--target", f"path:{self.root}", "--django", "3.0", *OPTIONS, "-o", output, *options, code=code
        )

    def run_file(self, name: str) -> str:
        return str(self.directory / name / "run.jsonl")


def wsconform(*words: str, code: int) -> str:
    done = subprocess.run([sys.executable, "-m", "wsconform", *words], capture_output=True, text=True)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def accept(fork: Path, run_file: str) -> None:
    """Write the baseline of a run, with reasons."""
    wsconform("baseline", "update", run_file, "--baseline", str(fork), code=0)
    fork.write_text(fork.read_text().replace("TODO", "in 0.5.12"))


def test_release_from_pypi_passes_with_its_baseline(tmp_path: Path) -> None:
    baseline = tmp_path / "b.toml"
    options = ("matrix", "--target", "dwebsocket-0.5.12", *OPTIONS)
    wsconform(*options, "-o", str(tmp_path / "first"), code=1)
    accept(baseline, str(tmp_path / "first" / "run.jsonl"))
    said = wsconform("gate", str(tmp_path / "first" / "run.jsonl"), "--baseline", str(baseline), code=0)
    assert "accepted)" in said.splitlines()[-1]


def test_fix_and_mistake_of_a_fork_are_told_apart(tmp_path: Path) -> None:
    fork = Fork(tmp_path)
    fork.play("upstream", code=1)
    accept(fork.baseline, fork.run_file("upstream"))
    gate = ("--baseline", str(fork.baseline), "--against", fork.run_file("upstream"))
    fork.play("again", *gate, code=0)

    fork.change(*FIX)
    said = fork.play("fixed", *gate, code=1)
    assert "A.2.9 on path:fork/runserver@django=3.0" in said
    assert "unexpected pass" in said
    wsconform("baseline", "update", fork.run_file("fixed"), "--baseline", str(fork.baseline), code=0)

    fork.change(*MISTAKE)
    summary = fork.directory / "summary.md"
    said = fork.play("broken", *gate, "--write", f"markdown={summary}", code=1)
    assert "regressed: A.5.1 on path:fork/runserver@django=3.0" in said
    assert "regressed" in said.splitlines()[-1]
    text = summary.read_text("utf-8")
    assert text.startswith("## ✗ WebSocket conformance: FAILED\n")
    assert text.index("egressed") < text.index("A.5.1")
    assert read_run(fork.run_file("broken")).complete
    refused = wsconform("baseline", "update", fork.run_file("broken"), "--baseline", str(fork.baseline), code=1)
    assert "refused: A.5.1 on path:fork/runserver@django=3.0" in refused
