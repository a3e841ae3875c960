"""The GitHub Action in ci/action.yml, run as shell against servers that are right or wrong."""

from __future__ import annotations

import re
import shutil
import socket
import sys
from pathlib import Path

import pytest
import yaml

from conformance.tests.support.github import ACTION, INSTALLED, Job, run_action
from conformance.tests.support.processes import crooked_process
from wsreport.model import read_run

FEW = {"cases": "1.1.1,1.1.2,5.3", "profile": "fast"}
FILES = {"run.jsonl", "index.html", "summary.md", "annotations.txt", "junit.xml", "badge.svg"}
SERVER = f"{sys.executable} -m wsconform.crooked"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    directory = tmp_path / "a checkout"
    directory.mkdir()
    return directory


def run(workspace: Path, **inputs: str) -> Job:
    """Run the action with the suite of this environment in the place of what it installs."""
    return run_action(workspace, {**FEW, **{n.replace("_", "-"): t for n, t in inputs.items()}}, outputs=INSTALLED)


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return str(listener.getsockname()[1])


def listens(port: str) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", int(port))) == 0


# The file


def test_no_step_has_an_expression_in_its_shell() -> None:
    """An input would become part of the program: whoever can open a pull request could run commands."""
    steps = yaml.safe_load(ACTION.read_text("utf-8"))["runs"]["steps"]
    assert [step["name"] for step in steps if "${{" in step.get("run", "")] == []


def test_each_input_is_used_and_described() -> None:
    text = ACTION.read_text("utf-8")
    for name, about in yaml.safe_load(text)["inputs"].items():
        assert f"inputs.{name} " in text
        assert about["description"]


def test_steps_that_only_github_can_run_are_few(workspace: Path) -> None:
    job = run(workspace)
    assert [outcome.split("@")[0] for outcome in job.outcomes.values() if "@" in str(outcome)] == [
        "actions/setup-python",
        "actions/cache",
    ]


# A server that is running


def test_server_that_passes(workspace: Path) -> None:
    with crooked_process("honest") as server:
        job = run(workspace, url=server.url)
    assert job.code == 0
    assert job.outputs["play"] == {"exit-code": "0", "run": "conformance/run.jsonl"}
    assert {path.name for path in (workspace / "conformance").iterdir()} >= FILES
    assert job.summary.startswith("## ✓ WebSocket conformance: PASSED\n")
    assert "::notice title=WebSocket conformance%3A PASSED::" in job.log
    assert job.outcomes["Keep the report"] == "actions/upload-artifact@v4"
    assert job.outcomes["Send results to code scanning"] == "skipped"


def test_server_that_fails_is_reported_before_the_job_fails(workspace: Path) -> None:
    with crooked_process("wrong-octets") as server:
        job = run(workspace, url=server.url, sarif_location="server.py")
    assert (job.code, job.outcomes["Report"], job.outcomes["Gate"]) == (1, 0, 1)
    assert job.summary.startswith("## ✗ WebSocket conformance: FAILED\n")
    assert "::error title=fail 1.1.2 on " in job.log
    assert job.outcomes["Keep the report"] == "actions/upload-artifact@v4"
    assert job.outcomes["Send results to code scanning"] == "github/codeql-action/upload-sarif@v3"
    assert '"uri":"server.py"' in (workspace / "conformance" / "results.sarif").read_text()


def test_baseline_makes_known_failures_pass(workspace: Path) -> None:
    (workspace / "accepted.toml").write_text(
        'format = 1\n[[accepted]]\ncell = "*"\ncase = ["1.1.2", "5.3"]\nverdict = "fail"\nwhy = "issue 7"\n'
    )
    with crooked_process("wrong-octets") as server:
        job = run(workspace, url=server.url, baseline="accepted.toml")
    assert job.code == 0, job.log
    assert "(2 accepted)" in job.log


def test_baseline_that_cannot_be_read_stops_the_job_before_anything_is_played(workspace: Path) -> None:
    (workspace / "accepted.toml").write_text("format = 1\n[[accepted]]\ncel = 1\n")
    with crooked_process("honest") as server:
        job = run(workspace, url=server.url, baseline="accepted.toml")
    assert job.code == 2
    assert "accepted.toml:2: unknown key 'cel'; did you mean 'cell'?" in job.log


def test_only_what_got_worse_than_in_an_older_run_fails(workspace: Path) -> None:
    with crooked_process("wrong-octets") as server:
        assert run(workspace, url=server.url, output="old").code == 1
        shutil.rmtree(workspace.parent / f"{workspace.name} of the runner")
        assert run(workspace, url=server.url, output="new", against="old/run.jsonl").code == 0


@pytest.mark.parametrize(("strict", "code"), [("true", 1), ("false", 0)])
def test_strict(workspace: Path, strict: str, code: int) -> None:
    with crooked_process("closes-twice") as server:
        assert run(workspace, url=server.url, cases="1.1.1", strict=strict).code == code


# A server that the action starts


def test_server_is_started_and_stopped_with_its_children(workspace: Path) -> None:
    port = free_port()
    job = run(workspace, command=f"{SERVER} honest {port} & wait", port=port)
    assert job.code == 0, job.log
    assert not listens(port)
    assert f"ws://127.0.0.1:{port}" in (workspace / "conformance" / "server.log").read_text()


def test_server_that_ends_at_once_is_a_failed_setup_with_its_log(workspace: Path) -> None:
    job = run(workspace, command="echo ::error::no module named server; exit 1", port=free_port())
    assert job.code == 6
    assert "::error title=WebSocket conformance::The server has ended, or does not listen on port" in job.log
    stopped, token, shown = re.search(r"(::stop-commands::)(\w+)\n(.*?)::\2::\n", job.log, re.DOTALL).groups()
    assert stopped
    assert token not in shown
    assert shown == "::error::no module named server\n"
    assert job.outcomes["Report"] == job.outcomes["Keep the report"] == "skipped"


def test_port_of_another_server_is_refused(workspace: Path) -> None:
    with crooked_process("honest") as other:
        port = other.url.rstrip("/").rpartition(":")[2]
        job = run(workspace, command=f"{SERVER} honest {port}", port=port)
    assert job.code == 6
    assert f"Port {port} is taken, so another server would be tested." in job.log


# Bad input


@pytest.mark.parametrize("inputs", [{}, {"url": "ws://127.0.0.1:1/", "target": "path:."}])
def test_what_to_test_is_given_once(workspace: Path, inputs: dict[str, str]) -> None:
    job = run(workspace, **inputs)
    assert job.code == 2
    assert "Give exactly one of the inputs url, command and target." in job.log


def test_server_that_is_not_there(workspace: Path) -> None:
    job = run(workspace, url=f"ws://127.0.0.1:{free_port()}/")
    assert job.code == 6


def test_selection_of_nothing(workspace: Path) -> None:
    with crooked_process("honest") as server:
        job = run(workspace, url=server.url, cases="1.1.99")
    assert job.code == 5
    assert "1.1.9" in job.log
    assert "::error title=WebSocket conformance::Nothing was played; the reason is above." in job.log


def test_run_file_of_an_earlier_run_is_not_reported(workspace: Path) -> None:
    (workspace / "conformance").mkdir()
    (workspace / "conformance" / "run.jsonl").write_text("of another commit")
    with crooked_process("honest") as server:
        job = run(workspace, url=server.url, profile="fats")
    assert job.code == 2
    assert job.outcomes["Report"] == job.outcomes["Gate"] == "skipped"


@pytest.mark.parametrize("given", ["url", "command", "target"])
def test_no_input_becomes_a_command(workspace: Path, given: str) -> None:
    text = '"; touch stolen; $(touch stolen) `touch stolen` #'
    inputs = dict.fromkeys(("cases", "exclude", "profile", "baseline", "against", "output", "path", "servers"), text)
    inputs |= {"port": free_port(), given: "exit" if given == "command" else text}
    assert run(workspace, **inputs).code
    assert not list(workspace.rglob("stolen"))


# The installation


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_suite_is_installed_apart_from_the_programs_of_the_job(workspace: Path) -> None:
    """All steps that are shell, as GitHub runs them, on a library of the checkout."""
    root = ACTION.parents[1]
    shutil.copytree(root / "reference_impl", workspace, dirs_exist_ok=True)
    job = run_action(
        workspace,
        {"target": "path:.", "servers": "wsgiref", "cases": "1.1.1,A.1.1", "profile": "fast"},
        outputs={"python": {"python-path": sys.executable}},
    )
    assert job.code == 0, job.log
    assert job.inherited == ""
    played = read_run(workspace / "conformance" / "run.jsonl")
    assert list(played.cells) == ["path:a checkout/wsgiref"]
    assert "PASSED" in job.summary
