"""Families 12 and 13: messages through permessage-deflate (RFC 7692), by payload and by parameters."""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.conversation.corpora import CORPORA
from wsconform.conversation.model import Answer, Case, CompressedTrips, Deadline, Echoes, Sample
from wsconform.model import KiB

COUNT = 1000
#: Message size, bytes per fragment (split after compression) and seconds.
LOADS: tuple[tuple[int, int | None, int], ...] = (
    (16, None, 60),
    (64, None, 60),
    (256, None, 120),
    (1 * KiB, None, 240),
    *((size * KiB, None, 480) for size in (4, 8, 16, 32, 64, 128)),
    *((size * KiB, 256, 480) for size in (8, 16, 32, 64, 128)),
    *((128 * KiB, fragment * KiB, 480) for fragment in (1, 4, 32)),
)

#: Autobahn sends these two hints with every offer, but keeps its window between messages unless the server requires
#: an empty one. So do we: otherwise a server that wrongly resets its window would go unnoticed.
OFFER = "permessage-deflate; client_no_context_takeover; client_max_window_bits"
ALONE = f"{OFFER}; server_no_context_takeover"
#: The offers of 13.1, 13.2 and so on in order of preference, and how a title refers to them.
OFFERS = (
    ("client parameters only", (OFFER,)),
    ("server_no_context_takeover", (ALONE,)),
    ("server_max_window_bits=9", (f"{OFFER}; server_max_window_bits=9",)),
    ("server_max_window_bits=15", (f"{OFFER}; server_max_window_bits=15",)),
    ("server_no_context_takeover and server_max_window_bits=9", (f"{ALONE}; server_max_window_bits=9",)),
    ("server_no_context_takeover and server_max_window_bits=15", (f"{ALONE}; server_max_window_bits=15",)),
    ("three alternatives", (f"{ALONE}; server_max_window_bits=9", ALONE, OFFER)),
)

ECHO = "7692-7.2.2-1", "7692-7.2.1-1"
#: The share of a peer's capacity that a case takes: one connection that never pauses keeps one core busy.
BUSY = 4


def cases() -> Iterator[Case]:
    """Yield family 12 for each corpus, then family 13 for each set of offers."""
    for n, corpus in enumerate(CORPORA, 1):
        yield from _loads(f"12.{n}", corpus, (OFFER,))
    for n, (what, offers) in enumerate(OFFERS, 1):
        yield from _loads(f"13.{n}", "json", offers, f" (offered: {what})")


def _loads(group: str, corpus: str, offers: tuple[str, ...], offered: str = "") -> Iterator[Case]:
    for n, (size, fragment, within) in enumerate(LOADS, 1):
        unit = "characters" if CORPORA[corpus].is_text else "bytes"
        cut = f", in fragments of {fragment} bytes" if fragment else ""
        yield Case(
            f"{group}.{n}",
            f"{COUNT} compressed messages of {size} {unit} from {CORPORA[corpus].title}{cut}{offered}: all echoed.",
            (CompressedTrips(Sample(corpus, size), COUNT, fragment),),
            (Echoes(COUNT),),
            clauses=ECHO,
            within=within,
            deadline=Deadline.CLOSE,
            weight=BUSY,
            offers=(", ".join(offers),),
            answer=Answer.AGREED,
        )
