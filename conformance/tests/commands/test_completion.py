"""A shell completes commands, options, and the names of servers, targets and cases."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from wsconform.cases import FAMILIES
from wsconform.cli import cli
from wsconform.servers import SERVERS, find_servers
from wsconform.targets import TARGETS

WSCONFORM = Path(sys.executable).with_name("wsconform")
BASH = shutil.which("bash")


def completed(*words: str) -> list[str]:
    *before, incomplete = words
    shell = ShellComplete(cli, {}, "wsconform", "_WSCONFORM_COMPLETE")
    return [item.value for item in shell.get_completions(before, incomplete)]


def test_commands_are_completed() -> None:
    assert completed("re") == ["report"]


def test_servers_and_groups_are_completed() -> None:
    assert set(completed("matrix", "--server", "")) > set(SERVERS)
    found = completed("matrix", "-s", "gunicorn")
    assert {"gunicorn", "gunicorn-gthread", "gunicorn-gevent+tls"} <= set(found)
    assert all(find_servers([name]) for name in found)


def test_targets_and_ways_to_give_one_are_completed() -> None:
    assert set(completed("matrix", "--target", "")) == {*TARGETS, "path:", "pip:", "git:"}
    assert completed("matrix", "-t", "refe") == ["reference"]


@pytest.mark.parametrize(
    ("incomplete", "expected"),
    [
        ("", list(FAMILIES)),
        ("1", ["1", "10", "12", "13", "1.1", "1.2"]),
        ("7.1", ["7.1", "7.13", "7.1.1", "7.1.2", "7.1.3", "7.1.4", "7.1.5", "7.1.6"]),
        ("1.1.1", ["1.1.1"]),
        ("2.1,3.", [f"2.1,3.{n}" for n in range(1, 8)]),
        ("99", []),
        ("5.*", []),
    ],
)
@pytest.mark.parametrize("option", ["--cases", "--exclude"])
def test_cases_are_completed_a_level_at_a_time(option: str, incomplete: str, expected: list[str]) -> None:
    assert sorted(completed("run", "ws://x/", option, incomplete)) == sorted(expected)


@pytest.mark.parametrize("words", [("show",), ("list", "--cases"), ("matrix", "-c"), ("parity", "ws://x/", "--cases")])
def test_cases_are_completed_wherever_they_are_named(words: tuple[str, ...]) -> None:
    assert completed(*words, "7.1.1") == ["7.1.1"]


def ask(instruction: str, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "_WSCONFORM_COMPLETE": instruction, **environment}
    return subprocess.run([str(WSCONFORM)], capture_output=True, text=True, env=variables)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_set_up_of_a_shell_is_printed(shell: str) -> None:
    done = ask(f"{shell}_source")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"_WSCONFORM_COMPLETE={shell}_complete" in done.stdout


def test_completions_are_printed() -> None:
    done = ask("bash_complete", COMP_WORDS="wsconform matrix -s gunicorn-gth", COMP_CWORD="3")
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        "plain,gunicorn-gthread\nplain,gunicorn-gthread+tls\n",
        "",
    )


def test_unknown_shell_is_named() -> None:
    done = ask("tcsh_source")
    assert done.returncode == 2
    assert "tcsh_source: no such shell; choose bash_source, zsh_source, fish_source" in done.stderr


@pytest.mark.skipif(BASH is None, reason="bash is not installed")
def test_bash_completes() -> None:
    script = """
    eval "$(_WSCONFORM_COMPLETE=bash_source wsconform)" || exit
    COMP_WORDS=(wsconform show 7.1.) COMP_CWORD=2
    _wsconform_completion wsconform
    echo "${COMPREPLY[*]}"
    """
    path = f"{WSCONFORM.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run([str(BASH), "-c", script], capture_output=True, text=True, env={**os.environ, "PATH": path})
    assert (done.stdout, done.stderr) == ("7.1.1 7.1.2 7.1.3 7.1.4 7.1.5 7.1.6\n", "")
