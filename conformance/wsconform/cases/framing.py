"""Family 1: framing (RFC 6455 section 5.2)."""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.cases.builders import echo
from wsconform.conversation.model import Case
from wsconform.model import Fill

SIZES = 0, 125, 126, 127, 128, 65535, 65536  # on both sides of each change in the length encoding
CLAUSES = "6455-5.2-7", "6455-5.4-1", "6455-6.2-3", "6455-5.3-5"


def cases() -> Iterator[Case]:
    """Yield a text and a binary message for each length encoding."""
    for section, fill, kind in (("1.1", b"*", "Text"), ("1.2", b"\xfe", "Binary")):
        for n, size in enumerate(SIZES, 1):
            yield echo(
                f"{section}.{n}",
                f"{kind} message of {size} bytes: echoed.",
                Fill(fill, size),
                is_binary=kind == "Binary",
                within=1 if size < 65535 else 10,
                clauses=CLAUSES,
            )
        yield echo(
            f"{section}.8",
            f"{kind} message of 65536 bytes in TCP segments of 997 bytes: echoed.",
            Fill(fill, 65536),
            is_binary=kind == "Binary",
            chop=997,
            within=10,
            clauses=("6455-2.1-1", *CLAUSES),
        )
