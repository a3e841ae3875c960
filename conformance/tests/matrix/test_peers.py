"""A peer as a cell that can be sent to another process and chosen again."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.tests.support.peers import our_environment, peer_that
from wsconform.cases import CATALOGUE
from wsconform.kind import Settings
from wsconform.matrix.cell import play_cell
from wsconform.matrix.events import Event
from wsconform.matrix.peers import PeerSpec
from wsconform.matrix.specs import RunOptions
from wsconform.peers import PEERS, Peer
from wsreport import model as lines


@pytest.mark.parametrize("latest", [False, True])
def test_a_spec_survives_the_way_to_another_process(latest: bool) -> None:
    there = PeerSpec("aiohttp", latest)
    assert PeerSpec.from_json(there.to_json()) == there


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (PeerSpec("aiohttp"), ("peers", "run", "aiohttp")),
        (PeerSpec("ws", latest=True), ("peers", "run", "ws", "--latest")),
    ],
)
def test_plan_has_the_command_that_chooses_the_peer(spec: PeerSpec, words: tuple[str, ...]) -> None:
    assert spec.planned().options == words


@pytest.mark.parametrize("name", PEERS)
def test_start_says_what_is_judged(name: str) -> None:
    start = PeerSpec(name).start()
    assert start.cell == start.target["name"] == name
    assert str(PEERS[name].packages[0]) in start.target["requirement"]


def played(peer: Peer, cases: tuple[str, ...], logs: Path, monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """Play cases on a peer that is not in the table; return the events of its cell."""
    monkeypatch.setattr("wsconform.matrix.peers.PEERS", {peer.name: peer})
    monkeypatch.setattr("wsconform.environments.peers.make_peer_environment", lambda *_, **__: our_environment())
    heard: list[Event] = []
    cell = PeerSpec(peer.name).cell(RunOptions(cases, "standard", {}, str(logs)), heard.append)
    play_cell(cell, [CATALOGUE[case] for case in cases], Settings(), heard.append)
    return heard


@pytest.mark.usefixtures("reactor")
def test_peer_that_does_not_start_is_a_setup_error_with_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer = peer_that(tmp_path, "sys.exit('a library is missing')")
    *_, end = played(peer, ("1.1.1",), tmp_path / "logs", monkeypatch)
    assert isinstance(end, lines.CellEnd)
    assert end.status == "setup-error"
    assert "stand-in exited at start with status 1" in end.reason
    assert "a library is missing" in end.reason


@pytest.mark.usefixtures("reactor")
def test_peer_that_dies_is_started_again_and_the_rest_is_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ("{python}", "-m", "wsconform.crooked", "dies", "{port}")
    heard = played(peer_that(tmp_path, "", command=command), ("1.1.1", "5.3"), tmp_path / "logs", monkeypatch)
    verdicts = {event.case: event.verdict for event in heard if isinstance(event, lines.Result)}
    assert verdicts == {"1.1.1": "pass", "5.3": "crash"}
    assert isinstance(heard[-1], lines.CellEnd)
    assert heard[-1].status == "complete"
