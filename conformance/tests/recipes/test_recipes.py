"""The recipes in ci/recipes, run as far as they can be without the systems that they are for."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from conformance.tests.support.processes import crooked_process
from wsreport.model import read_run

ROOT = Path(__file__).parents[3]
RECIPES = ROOT / "ci" / "recipes"
BIN = Path(sys.executable).parent
#: Takes the place of Python and of pip: the suite is installed already.
STAND_IN = '#!/bin/sh\necho "${0##*/} $*" >>"$CALLS"\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    directory = tmp_path / "a project"
    directory.mkdir()
    for name in ("python", "python3", "pip"):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(STAND_IN)
        program.chmod(0o755)
    return directory


def shell(project: Path, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PATH": f"{project.parent / 'bin'}:{os.environ['PATH']}",
        "CALLS": str(project.parent / "calls"),
        "CI_PROJECT_DIR": str(project),
        **variables,
    }
    return subprocess.run(
        ["sh", "-ec", script], cwd=project, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )


def calls(project: Path) -> list[str]:
    return (project.parent / "calls").read_text().splitlines()


# GitLab


def gitlab(project: Path, part: str) -> str:
    """Return a script of the template, with the programs of this environment in the place of the installed ones."""
    job = yaml.safe_load((RECIPES / "gitlab.yml").read_text("utf-8"))[".wsconform"]
    text = "\n".join(job[part]).replace("/tmp/wsconform/bin/wsconform", str(BIN / "wsconform"))
    return text.replace("/tmp/wsconform/bin/pip", str(project.parent / "bin" / "pip"))


@pytest.mark.parametrize(("name", "code"), [("honest", 0), ("wrong-octets", 1)])
def test_gitlab_gates_by_the_exit_code_and_reports_in_any_case(project: Path, name: str, code: int) -> None:
    variables = {"WSCONFORM_SOURCE": "git+https://host/suite@1"}
    with crooked_process(name) as server:
        variables["WSCONFORM_ARGUMENTS"] = f"run {server.url} --cases 1.1.1,1.1.2"
        done = shell(project, gitlab(project, "script"), **variables)
    assert done.returncode == code, done.stderr
    assert calls(project)[-1] == "pip install --quiet git+https://host/suite@1"
    job = yaml.safe_load((RECIPES / "gitlab.yml").read_text("utf-8"))[".wsconform"]
    assert job["artifacts"]["when"] == "always"
    assert "<testsuite" in (project / job["artifacts"]["reports"]["junit"]).read_text()


@pytest.mark.parametrize("missing", ["WSCONFORM_SOURCE", "WSCONFORM_ARGUMENTS"])
def test_gitlab_says_which_variable_is_missing(project: Path, missing: str) -> None:
    variables = {"WSCONFORM_SOURCE": "x", "WSCONFORM_ARGUMENTS": "list", missing: ""}
    done = shell(project, gitlab(project, "script"), **variables)
    assert done.returncode
    assert missing in done.stderr


# Jenkins


def jenkins() -> str:
    """Return the shell step of the pipeline, as Groovy reads it."""
    text = (RECIPES / "Jenkinsfile").read_text("utf-8")
    assert text.count("{") == text.count("}")
    [script] = re.findall(r"sh '''\n(.*?)'''", text, re.DOTALL)
    return script.replace("\\\\", "\\")


@pytest.mark.parametrize(("name", "code"), [("honest", 0), ("wrong-octets", 1)])
def test_jenkins_gates_by_the_exit_code_and_reports_in_any_case(project: Path, name: str, code: int) -> None:
    (project / ".wsconform" / "bin").mkdir(parents=True)
    (project / ".wsconform" / "bin" / "pip").symlink_to(project.parent / "bin" / "pip")
    (project / ".wsconform" / "bin" / "wsconform").symlink_to(BIN / "wsconform")
    with crooked_process(name) as server:
        script = jenkins().replace("matrix --target path:. --server gevent", f"run {server.url} --cases 1.1.1,1.1.2")
        assert server.url in script
        done = shell(project, script, WSCONFORM_SOURCE="../suite")
    assert done.returncode == code, done.stderr
    assert calls(project) == ["python3 -m venv .wsconform", "pip install --quiet ../suite"]
    assert "<testsuite" in (project / "conformance" / "junit.xml").read_text()


def test_jenkins_keeps_no_report_of_an_earlier_build(project: Path) -> None:
    (project / "conformance").mkdir()
    (project / "conformance" / "junit.xml").write_text("<testsuites/>")
    assert shell(project, jenkins().replace(".wsconform/bin/", "missing/")).returncode
    assert not (project / "conformance").exists()


# tox


def test_tox_example_has_one_environment() -> None:
    example = configparser.ConfigParser()
    example.read_string((RECIPES / "tox.ini").read_text("utf-8"))
    assert example.sections() == ["testenv:conformance"]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("planted", "code"), [(False, 0), (True, 1)])
def test_tox_example_tests_the_project_that_it_is_in(tmp_path: Path, planted: bool, code: int) -> None:
    """A fork of the reference with the example as its tox.ini, and once with a mistake."""
    fork = tmp_path / "fork"
    shutil.copytree(ROOT / "reference_impl", fork, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    shutil.copy(RECIPES / "tox.ini", fork)
    if planted:
        module = fork / "dwebsocket" / "websocket.py"
        module.write_text(module.read_text("utf-8") + PLANTED)
    environment = {name: text for name, text in os.environ.items() if not name.startswith(("TOX_", "PYTHON"))}
    environment["WSCONFORM_SOURCE"] = str(ROOT)
    words = ("run", "-e", "conformance", "--", "--cases", "1.1.1,A.1.1", "--profile", "fast", "--server", "wsgiref")
    done = subprocess.run(
        [sys.executable, "-m", "tox", *words], cwd=fork, env=environment, capture_output=True, text=True
    )
    assert done.returncode == code, done.stdout + done.stderr
    run = read_run(fork / ".tox" / "conformance" / "tmp" / "conformance" / "run.jsonl")
    assert set(run.cells) == {"path:fork/gevent", "path:fork/wsgiref"}
    assert run.complete


#: An echo that loses its text.
PLANTED = """

_send = WebSocket.send
WebSocket.send = lambda self, message, *args, **options: _send(self, message[:-1], *args, **options)
"""
