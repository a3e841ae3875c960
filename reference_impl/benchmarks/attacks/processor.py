"""Processor time for each octet that a client sends."""

from __future__ import annotations

from .attacked import Attacked, Figures
from .client import BINARY, TEXT, Client, compressed, frame

__all__ = ["COSTS_OF_OCTETS", "processor"]

_EMPTY_BLOCKS = b"\x03\x00" * (1 << 20)  # final DEFLATE blocks without content
_TINY = frame(TEXT, b"a")
_ROUNDS = 8


def processor(site: Attacked) -> Figures:
    """Measure each kind of octets."""
    return {f"{name}, µs": cost(site) for name, cost in COSTS_OF_OCTETS.items()}


def _cost(site: Attacked, client: Client, data: bytes) -> float:
    """Return the microseconds for each octet of what the server reads, or refuses."""
    before = site.cpu_seconds()
    client.send(data)
    client.pinged(site.patience)
    client.close()
    return (site.cpu_seconds() - before) * 1e6 / len(data)


def _tiny_messages(site: Attacked) -> float:
    return _cost(site, site.open("/counts"), _TINY * ((2 << 20) // len(_TINY)))


def _masked_payload(site: Attacked) -> float:
    message = frame(BINARY, bytes(min(site.limit, 8 << 20)))
    return _cost(site, site.open("/measures"), message * _ROUNDS)


def _compressed_bomb(site: Attacked) -> float:
    message = frame(BINARY, compressed(bytes(site.limit)), compressed=True)
    return _cost(site, site.open_compressed("/measures"), message * _ROUNDS)


def _empty_blocks(site: Attacked) -> float:
    return _cost(site, site.open_compressed("/measures"), frame(BINARY, _EMPTY_BLOCKS, compressed=True))


COSTS_OF_OCTETS = {
    "tiny messages": _tiny_messages,
    "masked payload": _masked_payload,
    "compressed bomb": _compressed_bomb,
    "empty DEFLATE blocks": _empty_blocks,
}
