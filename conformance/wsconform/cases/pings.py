"""Family 2: pings and pongs (RFC 6455 sections 5.5.2 and 5.5.3)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from wsconform.cases.builders import close, ping, pong
from wsconform.conversation.model import PROTOCOL_ERROR, Case, Chop, Deadline, Tolerance
from wsconform.model import Fill, Payload, Pong, Verdict

BINARY = bytes.fromhex("00fffefdfcfb00ff")
FULL = Fill(b"\xfe", 125)
UNSOLICITED = b"unsolicited pong payload"
TEN = tuple(b"payload-%d" % n for n in range(10))

PAYLOADS: tuple[tuple[str, Payload], ...] = (
    ("without a payload", b""),
    ("with a text payload", b"Hello, world!"),
    ("with a binary payload", BINARY),
    ("with a payload of 125 bytes", FULL),
)

ANSWERED = "6455-5.5.2-2", "6455-5.5.3-1"
TOO_LONG = "6455-5.5-1", "6455-7.1.7-1"
IGNORED = ("6455-5.5.3-3",)

#: RFC 6455 section 5.5.3: an endpoint with several unanswered pings may answer only the most recent one.
NEWEST_ONLY = Tolerance(
    (Pong(TEN[-1]),),
    Verdict.PASS,
    "only the most recent of the waiting pings was answered, as RFC 6455 section 5.5.3 allows",
    parity=False,
)

_ping_case = partial(Case, deadline=Deadline.CLOSE)


def cases() -> Iterator[Case]:
    """Yield pings of every size, unsolicited pongs, and many pings at once."""
    for n, (title, payload) in enumerate(PAYLOADS, 1):
        what = f"Ping {title}: answered with a pong {'with the same' if payload else 'without a'} payload."
        yield _ping_case(f"2.{n}", what, (ping(payload),), (Pong(payload),), clauses=ANSWERED)
    yield Case(
        "2.5",
        "Ping with a payload of 126 bytes, one more than allowed: the server fails the connection.",
        (ping(Fill(b"\xfe", 126)),),
        closing=PROTOCOL_ERROR,
        closes_when_seen=False,
        clauses=TOO_LONG,
    )
    yield _ping_case(
        "2.6",
        "Ping with a payload of 125 bytes, sent byte by byte: answered with a pong.",
        (ping(FULL),),
        (Pong(FULL),),
        chop=Chop.OCTETS,
        within=2,
        clauses=("6455-2.1-1", *ANSWERED),
    )
    for id_, title, unasked in (("2.7", "without a payload", b""), ("2.8", "with a payload", UNSOLICITED)):
        yield _ping_case(
            id_,
            f"Unsolicited pong {title}, then a Close: the pong is ignored, the Close answered.",
            (pong(unasked), close(1000)),
            closes_when_seen=False,
            clauses=IGNORED,
        )
    yield _ping_case(
        "2.9",
        "Unsolicited pong, then a ping: the pong is ignored, the ping answered.",
        (pong(UNSOLICITED), ping("ping payload")),
        (Pong(b"ping payload"),),
        clauses=IGNORED + ANSWERED,
    )
    for id_, chop, how in (("2.10", Chop.WHOLE, "all at once"), ("2.11", Chop.OCTETS, "byte by byte")):
        yield _ping_case(
            id_,
            f"Ten pings, sent {how}: answered in order.",
            tuple(map(ping, TEN)),
            tuple(map(Pong, TEN)),
            tolerate=NEWEST_ONLY,
            chop=chop,
            within=3,
            clauses=ANSWERED,
        )
