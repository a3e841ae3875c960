"""Processor time for each octet that a client sends."""

from __future__ import annotations

from collections.abc import Callable

from .attacked import Attacked, Figures
from .client import BINARY, TEXT, Client, compressed, frame

__all__ = ["COSTS_OF_OCTETS", "processor"]

_EMPTY_BLOCKS = b"\x03\x00" * (1 << 20)  # final DEFLATE blocks without content
_TINY = frame(TEXT, b"a")
_MESSAGES = 8  # of a large size, since the kernel counts in hundredths of a second
_ROUNDS = 3  # others may use the machine, too


def processor(site: Attacked) -> Figures:
    """Measure each kind of octets."""
    return {f"{name}, µs": cost(site) for name, cost in COSTS_OF_OCTETS.items()}


def _cost(site: Attacked, open_client: Callable[[str], Client], path: str, data: bytes) -> float:
    """Return the microseconds for each octet of what the server reads, or refuses: the least of some rounds."""
    return min(_once(site, open_client(path), data) for _ in range(_ROUNDS)) * 1e6 / len(data)


def _once(site: Attacked, client: Client, data: bytes) -> float:
    before = site.cpu_seconds()
    client.send(data)
    client.pinged(site.patience)
    client.close()
    return site.cpu_seconds() - before


def _tiny_messages(site: Attacked) -> float:
    return _cost(site, site.open, "/forgets", _TINY * ((1 << 20) // len(_TINY)))


def _masked_payload(site: Attacked) -> float:
    message = frame(BINARY, bytes(min(site.limit, 8 << 20)))
    return _cost(site, site.open, "/forgets", message * _MESSAGES)


def _compressed_bomb(site: Attacked) -> float:
    message = frame(BINARY, compressed(bytes(site.limit)), compressed=True)
    return _cost(site, site.open_compressed, "/forgets", message * _MESSAGES)


def _empty_blocks(site: Attacked) -> float:
    return _cost(site, site.open_compressed, "/forgets", frame(BINARY, _EMPTY_BLOCKS, compressed=True))


COSTS_OF_OCTETS = {
    "tiny messages": _tiny_messages,
    "masked payload": _masked_payload,
    "compressed bomb": _compressed_bomb,
    "empty DEFLATE blocks": _empty_blocks,
}
