"""Family 1: framing (RFC 6455 section 5.2)."""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.cases.builders import echo
from wsconform.conversation.model import Case
from wsconform.model import Fill

SIZES = 0, 125, 126, 127, 128, 65535, 65536  # around each border of the length encoding
CLAUSES = "6455-5.2-7", "6455-5.4-1", "6455-6.2-3", "6455-5.3-5"


def cases() -> Iterator[Case]:
    """Every length encoding, as text and as binary."""
    for section, fill, kind in (("1.1", b"*", "text"), ("1.2", b"\xfe", "binary")):
        for n, size in enumerate(SIZES, 1):
            yield echo(
                f"{section}.{n}",
                f"A {kind} message of {size} octets.",
                Fill(fill, size),
                is_binary=kind == "binary",
                within=1 if size < 65535 else 10,
                clauses=CLAUSES,
            )
        yield echo(
            f"{section}.8",
            f"A {kind} message of 65536 octets, cut every 997.",
            Fill(fill, 65536),
            is_binary=kind == "binary",
            chop=997,
            within=10,
            clauses=("6455-2.1-1", *CLAUSES),
        )
