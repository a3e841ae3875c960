"""Runs the shell steps of a composite GitHub Action as GitHub runs them, without GitHub.

Steps with ``uses:`` are left out and recorded. Expressions are those that our action has: names such as
``inputs.url`` or ``steps.play.outputs.run``, and conditions that join ``NAME != ''`` and ``always()`` by ``&&``.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

__all__ = ["ACTION", "INSTALLED", "Job", "run_action"]

ACTION = Path(__file__).parents[3] / "ci" / "action.yml"
_FILES = "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV", "GITHUB_PATH"
_EXPRESSION = re.compile(r"\$\{\{\s*([^}]*?)\s*\}\}")
_NOT_EMPTY = re.compile(r"([\w.-]+) != ''")


@dataclass
class Job:
    """What is left of a job.

    Attributes:
        outcomes: by step, its exit code; of a step with ``uses:`` or one that was not reached, the reason instead.
        outputs: by step, what it wrote into ``$GITHUB_OUTPUT``.
        log: what all steps printed.
        summary: the Markdown in ``$GITHUB_STEP_SUMMARY``.
        inherited: what steps wrote into ``$GITHUB_ENV`` and ``$GITHUB_PATH``, which changes later steps of the job.
    """

    outcomes: dict[str, int | str] = field(default_factory=dict)
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    log: str = ""
    summary: str = ""
    inherited: str = ""

    @property
    def code(self) -> int:
        """The exit code of the first step that failed; 0 if none did."""
        return next((code for code in self.outcomes.values() if isinstance(code, int) and code), 0)


def run_action(
    workspace: Path,
    inputs: Mapping[str, str],
    *,
    outputs: Mapping[str, Mapping[str, str]] = {},
    variables: Mapping[str, str] = {},
) -> Job:
    """Run the action in a workspace.

    Args:
        workspace: the checkout of the project that uses the action; temporary files come into a folder beside it.
        inputs: the inputs that differ from their defaults.
        outputs: outputs of steps that are not run, by step.
        variables: more variables of the environment.
    """
    action = yaml.safe_load(ACTION.read_text("utf-8"))
    place = workspace.parent / f"{workspace.name} of the runner"
    place.mkdir()
    names: dict[str, str] = {"runner.os": "Linux", "runner.arch": "X64"}
    names |= {f"inputs.{name}": str(about.get("default", "")) for name, about in action["inputs"].items()}
    assert set(inputs) <= set(action["inputs"])
    names |= {f"inputs.{name}": text for name, text in inputs.items()}
    names |= {f"steps.{id_}.outputs.{name}": text for id_, found in outputs.items() for name, text in found.items()}
    files = {name: place / name.lower() for name in _FILES}
    environment = {
        **os.environ,
        **{name: str(path) for name, path in files.items()},
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTION_PATH": str(ACTION.parent),
        "GITHUB_WORKSPACE": str(workspace),
        "RUNNER_TEMP": str(place),
        **variables,
    }
    job = Job()
    for step in action["runs"]["steps"]:
        id_ = step.get("id") or step["name"]
        if id_ in outputs:
            job.outcomes[id_] = "left out"
        elif not _applies(step.get("if", "true"), names, failed=bool(job.code)):
            job.outcomes[id_] = "skipped"
        elif "uses" in step:
            job.outcomes[id_] = step["uses"]
        else:
            for path in files.values():
                path.touch()
            _run(step, id_, job, {**environment, **_variables(step, names)}, workspace, place)
            found = _outputs(files["GITHUB_OUTPUT"])
            job.outputs[id_] = found
            names |= {f"steps.{id_}.outputs.{name}": text for name, text in found.items()}
    job.summary = files["GITHUB_STEP_SUMMARY"].read_text("utf-8")
    job.inherited = files["GITHUB_ENV"].read_text("utf-8") + files["GITHUB_PATH"].read_text("utf-8")
    return job


def _run(
    step: Mapping[str, Any], id_: str, job: Job, environment: dict[str, str], workspace: Path, place: Path
) -> None:
    assert step["shell"] == "bash"
    script = place / "script.sh"
    script.write_text(step["run"])
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
        cwd=workspace,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    job.outcomes[id_] = done.returncode
    job.log += done.stdout


def _outputs(path: Path) -> dict[str, str]:
    found = dict(line.split("=", 1) for line in path.read_text("utf-8").splitlines())
    path.write_text("")
    return found


def _variables(step: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a step; a name that does not exist is empty, as on GitHub."""
    return {
        variable: _EXPRESSION.sub(lambda found: names.get(found[1], ""), text)
        for variable, text in step.get("env", {}).items()
    }


def _applies(condition: str, names: Mapping[str, str], *, failed: bool) -> bool:
    parts = condition.split(" && ")
    if failed and "always()" not in parts:
        return False
    return all(_holds(part, names) for part in parts)


def _holds(part: str, names: Mapping[str, str]) -> bool:
    if part in ("true", "always()"):
        return True
    found = _NOT_EMPTY.fullmatch(part)
    assert found, f"the condition {part!r} cannot be evaluated here"
    return names.get(found[1], "") != ""


#: Where the programs of this environment are, in the place of what the action installs.
INSTALLED = {"install": {"bin": str(Path(sys.executable).parent)}}
