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
    ("without payload", b""),
    ("with a text payload", b"Hello, world!"),
    ("with a binary payload", BINARY),
    ("of 125 octets", FULL),
)

ANSWERED = "6455-5.5.2-2", "6455-5.5.3-1"
TOO_LONG = "6455-5.5-1", "6455-7.1.7-1"
IGNORED = ("6455-5.5.3-3",)

#: RFC 6455 section 5.5.3: an endpoint that has not yet answered may answer the newest ping only.
NEWEST_ONLY = Tolerance(
    (Pong(TEN[-1]),),
    Verdict.PASS,
    "answered the newest of the waiting pings only, as RFC 6455 section 5.5.3 allows",
    parity=False,
)

_ping_case = partial(Case, deadline=Deadline.CLOSE)


def cases() -> Iterator[Case]:
    """Pings of every size, unsolicited pongs, and many pings at once."""
    for n, (title, payload) in enumerate(PAYLOADS, 1):
        yield _ping_case(f"2.{n}", f"A ping {title}.", (ping(payload),), (Pong(payload),), clauses=ANSWERED)
    yield Case(
        "2.5",
        "A ping of 126 octets.",
        (ping(Fill(b"\xfe", 126)),),
        closing=PROTOCOL_ERROR,
        closes_when_seen=False,
        clauses=TOO_LONG,
    )
    yield _ping_case(
        "2.6",
        "A ping of 125 octets, octet by octet.",
        (ping(FULL),),
        (Pong(FULL),),
        chop=Chop.OCTETS,
        within=2,
        clauses=("6455-2.1-1", *ANSWERED),
    )
    for id_, title, unasked in (("2.7", "without", b""), ("2.8", "with", UNSOLICITED)):
        yield _ping_case(
            id_,
            f"An unsolicited pong {title} payload, then close.",
            (pong(unasked), close(1000)),
            closes_when_seen=False,
            clauses=IGNORED,
        )
    yield _ping_case(
        "2.9",
        "An unsolicited pong, then a ping.",
        (pong(UNSOLICITED), ping("ping payload")),
        (Pong(b"ping payload"),),
        clauses=IGNORED + ANSWERED,
    )
    for id_, chop, how in (("2.10", Chop.WHOLE, "back to back"), ("2.11", Chop.OCTETS, "octet by octet")):
        yield _ping_case(
            id_,
            f"Ten pings, {how}.",
            tuple(map(ping, TEN)),
            tuple(map(Pong, TEN)),
            tolerate=NEWEST_ONLY,
            chop=chop,
            within=3,
            clauses=ANSWERED,
        )
