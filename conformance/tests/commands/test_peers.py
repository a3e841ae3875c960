"""`wsconform peers`: the list, mistakes, and two peers that are built and played."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from wsconform.commands.peers import peers
from wsconform.environments.installer import find_uv
from wsconform.peers import BASELINE, PEERS
from wsreport.baseline import entries
from wsreport.model import read_run


def test_list_has_every_peer_with_its_version(wsconform) -> None:
    code, said, _ = wsconform("peers", "list")
    assert code == 0
    for peer, line in zip(PEERS.values(), said.splitlines(), strict=True):
        assert line.split()[0] == peer.name
        assert peer.version in line


@pytest.mark.parametrize("command", ["build", "run"])
def test_unknown_peer_is_named_with_the_nearest(command: str, wsconform) -> None:
    code, _, said = wsconform("peers", command, "tornade")
    assert code == 6
    assert said.startswith("wsconform: no peer is called 'tornade'; did you mean tornado")


def test_cases_that_need_a_site_of_the_suite_are_refused(wsconform) -> None:
    code, _, said = wsconform("peers", "run", "aiohttp", "--cases", "A")
    assert code == 5
    assert "family A needs a site of the suite: use wsconform matrix" in said


def test_nothing_to_resume_is_said(wsconform) -> None:
    code, _, said = wsconform("peers", "run", "--resume", "--output", "nowhere")
    assert code == 2
    assert "nothing to resume" in said


def test_peer_that_cannot_be_built_does_not_stop_the_others(
    wsconform, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without Node.js, and with a cache that cannot be written: each failure is named."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("WSCONFORM_CACHE", str(tmp_path / "file"))
    code, _, said = wsconform("peers", "build", "ws", "aiohttp")
    assert code == 6
    assert "aiohttp cannot be installed into" in said
    assert "node is not on PATH" in said


def test_recorded_deviations_name_peers_and_have_reasons() -> None:
    recorded = entries.read(BASELINE).entries
    assert {cell for entry in recorded for cell in entry.cells} <= set(PEERS)
    assert all(len(entry.why) > 20 for entry in recorded)


def test_every_command_is_documented() -> None:
    assert all(command.help for command in peers.commands.values())


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(find_uv() is None, reason="uv is not installed")
def test_two_peers_are_as_recorded(tmp_path: Path) -> None:
    """They are installed from PyPI, started, played and held against what is recorded."""
    chosen = "websockets-sync", "aiohttp"
    command = [sys.executable, "-m", "wsconform", "peers", "run", *chosen, "--profile", "fast", "--output", "run"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    run = read_run(tmp_path / "run" / "run.jsonl")
    assert run.complete
    assert list(run.cells) == list(chosen)
    assert run.command("aiohttp", "1.1.1") == "wsconform peers run aiohttp --cases 1.1.1"
    assert run.counts("aiohttp")["pass"] > 300
