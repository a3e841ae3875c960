"""Texts for the benchmarks: they compress as well as real messages, and are made of seeded numbers.

    python texts.py

prints one.
"""

from __future__ import annotations

import json
import random
import zlib

__all__ = ["compressed", "json_text"]

# Letters as unevenly distributed as in a language.
_SYLLABLES = ("an", "be", "co", "de", "en", "fi", "go", "he", "in", "la", "me", "no", "on", "re", "ta", "us")


def json_text(size: int, seed: int) -> bytes:
    """Return the beginning of a JSON list of events, cut to a number of octets."""
    numbers = random.Random(seed)
    text = "["
    while len(text) < size:
        text += json.dumps(_event(numbers)) + ", "
    return text[:size].encode()


def _event(numbers: random.Random) -> dict[str, object]:
    return {
        "id": numbers.getrandbits(48),
        "type": numbers.choice(["message", "presence", "reaction", "edit"]),
        "room": f"room-{numbers.randrange(40)}",
        "user": {"id": numbers.randrange(10**6), "name": _word(numbers).title(), "online": True},
        "at": f"2025-03-{numbers.randrange(1, 32):02}T{numbers.randrange(24):02}:{numbers.randrange(60):02}:00Z",
        "text": " ".join(_word(numbers) for _ in range(numbers.randrange(4, 25))),
    }


def _word(numbers: random.Random) -> str:
    """One of some hundred words, the short ones more often."""
    return "".join(
        _SYLLABLES[min(numbers.randrange(16), numbers.randrange(16))] for _ in range(numbers.choice((1, 1, 2)))
    )


def compressed(text: bytes) -> bytes:
    """Return the payload of a compressed message that refers to no other (RFC 7692 section 7.2.1)."""
    compressor = zlib.compressobj(wbits=-12, memLevel=5)
    return (compressor.compress(text) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]


if __name__ == "__main__":
    print(json_text(1024, 1).decode())
