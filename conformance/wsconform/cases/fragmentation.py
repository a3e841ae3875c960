"""Family 5: fragmentation (RFC 6455 section 5.4)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from wsconform.cases.builders import cont, ping, pong, text
from wsconform.conversation.model import PROTOCOL_ERROR, Case, Chop, Deadline, Pause, Tolerance
from wsconform.model import Message, Pong, Verdict

ONE, TWO, THREE, FOUR, FIVE = (b"fragment%d" % n for n in range(1, 6))
NOTHING = b"non-continuation payload"
WHOLE = Message(ONE + TWO)
CHOPS = Chop.WHOLE, Chop.FRAMES, Chop.OCTETS

FRAGMENTED = "6455-5.4-2", "6455-5.4-9", "6455-5.4-13"
CONTROL_WHOLE = "6455-5.4-4", "6455-5.5-2", "6455-7.1.7-1"
CONTROL_BETWEEN = "6455-5.4-7", "6455-5.4-3", "6455-5.5.2-2"
OF_NOTHING = "6455-5.4-1", "6455-7.1.7-1"
INTERLEAVED = "6455-5.4-6", "6455-5.4-13", "6455-7.1.7-1"

NO_ECHO = Tolerance(
    (), Verdict.PASS, "the connection failed before the valid message was echoed, which no clause forbids"
)

_echoed = partial(Case, deadline=Deadline.CLOSE)
_failure = partial(Case, closing=PROTOCOL_ERROR, closes_when_seen=False)


def cases() -> Iterator[Case]:
    """Yield fragments in and out of order, with control frames between them."""
    for id_, kind, opening in (("5.1", "Ping", ping), ("5.2", "Pong", pong)):
        title = f"{kind} in two fragments: the server fails the connection."
        yield _failure(id_, title, (opening(ONE, fin=False), cont(TWO)), clauses=CONTROL_WHOLE)
    for id_, chop in zip(("5.3", "5.4", "5.5"), CHOPS, strict=True):
        title = f"Text message in two fragments, sent {chop.value}: echoed whole."
        yield _echoed(id_, title, (text(ONE, fin=False), cont(TWO)), (WHOLE,), chop=chop, clauses=FRAGMENTED)
    for id_, chop in zip(("5.6", "5.7", "5.8"), CHOPS, strict=True):
        yield _echoed(
            id_,
            f"Text message in two fragments with a ping between, sent {chop.value}: ping answered, message echoed.",
            send=(text(ONE, fin=False), ping("ping payload"), cont(TWO)),
            expect=(Pong(b"ping payload"), WHOLE),
            chop=chop,
            clauses=CONTROL_BETWEEN,
        )
    yield from _continuations_of_nothing()
    yield _failure(
        "5.18",
        "Message whose second fragment is a text frame, not a continuation frame: the server fails the connection.",
        (text(ONE, fin=False), text(TWO)),
        clauses=INTERLEAVED,
    )
    for id_, chop in (("5.19", Chop.WHOLE), ("5.20", Chop.FRAMES)):
        yield _echoed(
            id_,
            f"Text message in five fragments with two pings and a pause between them, sent {chop.value}: "
            "pings answered, message echoed.",
            send=(
                *(text(ONE, fin=False), cont(TWO, fin=False), ping("pongme 1!")),
                Pause(""),
                *(cont(THREE, fin=False), cont(FOUR, fin=False), ping("pongme 2!"), cont(FIVE)),
            ),
            expect=(Pong(b"pongme 1!"), Pong(b"pongme 2!"), Message(ONE + TWO + THREE + FOUR + FIVE)),
            chop=chop,
            clauses=CONTROL_BETWEEN,
        )


def _continuations_of_nothing() -> Iterator[Case]:
    for ids, fin in ((("5.9", "5.10", "5.11"), True), (("5.12", "5.13", "5.14"), False)):
        for id_, chop in zip(ids, CHOPS, strict=True):
            yield _failure(
                id_,
                f"Continuation frame (FIN {int(fin)}) that continues nothing, then a text message, sent {chop.value}: "
                "the server fails the connection.",
                send=(cont(NOTHING, fin=fin), text("Hello, world!")),
                chop=chop,
                clauses=OF_NOTHING,
            )
    yield _failure(
        "5.15",
        "Fragmented message, then a continuation frame that continues nothing, then a text message: "
        "the server fails the connection.",
        send=(text(ONE, fin=False), cont(TWO), cont(THREE, fin=False), text(FOUR)),
        expect=(WHOLE,),
        tolerate=NO_ECHO,
        clauses=(*OF_NOTHING, "6455-6.2-4"),
    )
    for id_, fin in (("5.16", False), ("5.17", True)):
        yield _failure(
            id_,
            f"Continuation frame (FIN {int(fin)}) that continues nothing, then a fragmented message, both sent twice: "
            "the server fails the connection.",
            send=(cont(ONE, fin=fin), text(TWO, fin=False), cont(THREE)) * 2,
            clauses=OF_NOTHING,
        )
