"""Families 9 and 10: large messages, many messages, fragmented sending (RFC 6455 sections 5.4, 6.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wsconform.cases.builders import LIMIT, echo, stars
from wsconform.conversation.model import Case, Deadline, Echoes, RoundTrips
from wsconform.model import Fill, KiB, Message, MiB, Opcode, Split

TEXT, BINARY = b"BAsd7&jh23", bytes.fromhex("00fe23faf0")
SIZES = 64 * KiB, 256 * KiB, 1 * MiB, 4 * MiB, 8 * MiB, 16 * MiB
#: Autobahn's time limits differ between text and binary.
SECONDS = (10, 10, 100, 100, 100, 100), (10, 10, 10, 10, 100, 100)
FRAGMENTS = 64, 256, 1 * KiB, 4 * KiB, 16 * KiB, 64 * KiB, 256 * KiB, 1 * MiB, 4 * MiB
CHOPS = 64, 128, 256, 512, 1024, 2048
#: (message size, seconds)
ROUND_TRIPS = (0, 60), (16, 60), (64, 60), (256, 120), (1024, 240), (4096, 480)
COUNT = 1000
#: The size from which on a server may refuse a message as too large.
SMALLEST_LIMIT = 1 * MiB

#: The share of a peer's capacity that a case takes: very many frames, megabytes, or one connection that never pauses.
HEAVIEST, HEAVY, BUSY = 6, 4, 2

LARGE = "6455-6.1-2", "6455-5.2-7", "6455-6.2-3"
ASSEMBLED = "6455-5.4-5", "6455-5.4-2", "6455-5.4-14"
SEGMENTED = "6455-2.1-1", "6455-6.2-1"
MANY = "6455-6.1-2", "6455-6.1-3"


def cases() -> Iterator[Case]:
    """Yield family 9 as text and as binary, then the only case of family 10."""
    for offset, pattern, kind in ((0, TEXT, "Text"), (1, BINARY, "Binary")):
        yield from _limits(offset, pattern, kind)
    payload = stars(65536)
    yield Case(
        "10.1.1",
        "Text message of 65536 bytes in fragments of 1300 bytes: echoed whole.",
        (Split(Opcode.TEXT, payload, 1300),),
        (Message(payload),),
        within=10,
        clauses=ASSEMBLED,
    )


def _limits(offset: int, pattern: bytes, kind: str) -> Iterator[Case]:
    is_binary = kind == "Binary"
    rest: dict[str, Any] = {"deadline": Deadline.CLOSE, "counts_only": True}
    for n, (size, within) in enumerate(zip(SIZES, SECONDS[offset], strict=True), 1):
        yield echo(
            f"9.{1 + offset}.{n}",
            f"{kind} message of {_size(size)}: echoed.",
            Fill(pattern, size),
            is_binary=is_binary,
            within=within,
            weight=HEAVY if size >= 4 * MiB else BUSY,
            clauses=LARGE,
            tolerate=LIMIT if size >= SMALLEST_LIMIT else None,
            **rest,
        )
    for n, fragment in enumerate(FRAGMENTS, 1):
        # Autobahn fills every message with stars except the first binary one.
        payload = Fill(b"\xfe", 4 * MiB) if is_binary and n == 1 else stars(4 * MiB)
        opcode = Opcode.BINARY if is_binary else Opcode.TEXT
        yield Case(
            f"9.{3 + offset}.{n}",
            f"{kind} message of 4 MiB in fragments of {_size(fragment)}: echoed whole.",
            (Split(opcode, payload, fragment),),
            (Message(payload, is_binary),),
            within=100,
            deadline=Deadline.CLOSE,
            counts_only=True,
            tolerate=LIMIT,
            weight=HEAVIEST if fragment < 1 * KiB else HEAVY,
            clauses=ASSEMBLED,
        )
    for n, chop in enumerate(CHOPS, 1):
        yield echo(
            f"9.{5 + offset}.{n}",
            f"{kind} message of 1 MiB in TCP segments of {chop} bytes: echoed.",
            Fill(pattern, 1 * MiB),
            is_binary=is_binary,
            chop=chop,
            tolerate=LIMIT,
            within=1000,
            weight=BUSY,
            clauses=SEGMENTED,
            **rest,
        )
    for n, (size, within) in enumerate(ROUND_TRIPS, 1):
        yield Case(
            f"9.{7 + offset}.{n}",
            f"{COUNT} {kind.lower()} messages of {size} bytes, each sent after the previous echo: all echoed.",
            (RoundTrips(Fill(b"\xfe" if is_binary else b"*", size), COUNT, is_binary),),
            (Echoes(COUNT),),
            within=within,
            deadline=Deadline.CLOSE,
            counts_only=True,
            weight=BUSY,
            clauses=MANY,
        )


def _size(size: int) -> str:
    for unit, name in ((MiB, "MiB"), (KiB, "KiB")):
        if size >= unit:
            return f"{size // unit} {name}"
    return f"{size} bytes"
