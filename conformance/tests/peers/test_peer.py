"""The table of peers: every entry is whole, and a mistake is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.tests.support.peers import TABLE, peer_that
from wsconform.errors import UnknownNameError
from wsconform.peers import PEERS, Package, Peer, find_peers

EVERY_PEER = pytest.mark.parametrize("peer", PEERS.values(), ids=PEERS)


def test_eight_implementations_in_three_languages() -> None:
    assert len(PEERS) >= 8
    assert {"Python", "Rust", "JavaScript"} <= {peer.language for peer in PEERS.values()}


@EVERY_PEER
def test_command_has_the_program_or_its_folder_and_the_address(peer: Peer) -> None:
    command = peer.command_line(Path("/interpreter"), "127.0.0.9", 4711)
    assert "/interpreter" in command
    assert {str(peer.program), str(peer.program.parent)} & set(command)
    assert {"127.0.0.9", "4711"} <= set(command)


@EVERY_PEER
def test_page_is_encrypted_and_licence_named(peer: Peer) -> None:
    assert peer.homepage.startswith("https://")
    assert peer.licence


def test_newest_versions_are_not_pinned() -> None:
    (autobahn,) = find_peers(["autobahn"])
    assert [str(package) for package in autobahn.required()] == ["autobahn[twisted]==26.10.2", "Twisted==26.10.0"]
    assert [str(package) for package in autobahn.required(latest=True)] == ["autobahn[twisted]", "Twisted"]


def test_packages_of_npm_are_pinned_with_its_sign() -> None:
    (ws,) = find_peers(["ws"])
    assert ws.required() == (Package("ws", "8.23.0", "@"),)


def test_peers_are_found_in_the_order_of_the_file_and_once() -> None:
    assert [peer.name for peer in find_peers(["ws", "aiohttp", "ws"])] == ["aiohttp", "ws"]
    assert [peer.name for peer in find_peers([])] == list(PEERS)


def test_unknown_peer_is_named_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"no peer is called 'aiohtp'; did you mean aiohttp"):
        find_peers(["aiohtp"])


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"licens": "MIT"}, "unknown key 'licens'"),
        ({"installer": "apt"}, "installer must be one of pip, npm"),
        ({"packages": ["aiohttp"]}, "'aiohttp' is not pinned; write it like name==1.2.3"),
        ({"judged": ["flask"]}, "judged must name some of websockets"),
        ({"program": "missing.py"}, "there is no program"),
    ],
)
def test_mistake_in_the_file_is_named(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Peer.from_table("websockets-sync", {**TABLE, **changed})


def test_key_that_is_missing_is_named() -> None:
    table = {key: value for key, value in TABLE.items() if key != "homepage"}
    with pytest.raises(ValueError, match="homepage"):
        Peer.from_table("websockets-sync", table)


def test_unknown_placeholder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no placeholder is called 'ports'"):
        peer_that(tmp_path, "", command=("{python}", "{ports}"))


def test_name_with_a_slash_is_refused() -> None:
    with pytest.raises(ValueError, match="lower-case letters"):
        Peer.from_table("a/b", TABLE)
