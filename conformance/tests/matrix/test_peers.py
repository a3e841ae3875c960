"""A peer as a cell that can be sent to another process and chosen again."""

from __future__ import annotations

import pytest

from wsconform.matrix.peers import PeerSpec
from wsconform.peers import PEERS


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
