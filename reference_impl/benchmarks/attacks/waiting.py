"""A peer that pings and never reads: do the methods that never wait return?"""

from __future__ import annotations

import threading
import time

from .attacked import Attacked, Figures
from .client import PING, frame

__all__ = ["METHODS", "never_waits"]

METHODS = ("is_closed", "read", "count_messages", "has_messages", "wait", "connected")
_PINGS = 8 << 20  # octets
_SECONDS = 10.0


def never_waits(site: Attacked) -> Figures:
    """Let a peer for each method send 8 MiB of Pings and read no Pong; ask the site for the longest calls."""
    pings = frame(PING, bytes(125))
    pings *= _PINGS // len(pings)
    peers = [site.open(f"/calling?method={name}&seconds={_SECONDS}", receive_buffer=2048) for name in METHODS]
    senders = [threading.Thread(target=peer.send, args=(pings, _SECONDS), daemon=True) for peer in peers]
    for sender in senders:
        sender.start()
    time.sleep(_SECONDS)
    longest = site.told("/called") or {}
    for peer in peers:
        peer.close()
    return {f"{name}, s": longest.get(name) for name in METHODS}
