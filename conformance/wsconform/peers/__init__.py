"""The peers: implementations by others that the suite builds, starts and judges. `peers.toml` describes them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from wsconform.errors import UnknownNameError
from wsconform.peers.peer import Package, Peer

__all__ = ["BASELINE", "PEERS", "Package", "Peer", "find_peers"]

#: The recorded deviations of the peers, each with its reason: a baseline as `wsconform gate` reads it.
BASELINE = Path(__file__).with_name("baseline.toml")

_TABLE = Path(__file__).with_name("peers.toml")


#: Every peer by name, in the order of `peers.toml`.
PEERS: Mapping[str, Peer] = {
    name: Peer.from_table(name, table) for name, table in tomllib.loads(_TABLE.read_text("utf-8")).items()
}


def find_peers(names: Iterable[str]) -> list[Peer]:
    """Return the peers of these names in the order of the file, each once; all of them if there are no names.

    Raises:
        UnknownNameError: there is no such peer; the message offers the nearest names.
    """
    chosen = list(names) or list(PEERS)
    for name in chosen:
        if name not in PEERS:
            raise UnknownNameError.among("peer", name, PEERS)
    return [peer for peer in PEERS.values() if peer.name in chosen]
