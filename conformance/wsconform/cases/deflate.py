"""Family P, first part: compressed messages as frames (RFC 7692 section 6)."""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.cases.blocks import Compressor, counted, deflated
from wsconform.cases.builders import binary, cont, ping, text
from wsconform.cases.deflate_builders import (
    COUNTED,
    EMPTY,
    FROM_WINDOW,
    HELLO,
    OFFER,
    ONE_BLOCK,
    OTHER,
    RSV1,
    compressed,
    compressed_binary,
    deflate_case,
    failed,
)
from wsconform.conversation.model import PROTOCOL_ERROR, Answer, Await, Case, Chop, Event
from wsconform.model import Frame, Message, Opcode, Pong

OTHER_BITS = "6455-5.2-3", "6455-7.1.7-1"
MISPLACED = "7692-6-2", "7692-6-3", "6455-7.1.7-1"
NOT_AGREED = "6455-9.1-5", "6455-5.2-2", "6455-7.1.7-1"
MARKED = "7692-6-1", "7692-6-5"
FRAGMENTED = "7692-6-4", "7692-7.2.1-6"

#: The bits, what they are set on, and its payload.
BITS = (
    (6, "RSV2 set on a compressed message", ONE_BLOCK),
    (5, "RSV3 set on a compressed message", ONE_BLOCK),
    (7, "RSV2 and RSV3 set on a compressed message", ONE_BLOCK),
    (2, "RSV2 set on an uncompressed message", HELLO),
    (1, "RSV3 set on an uncompressed message", HELLO),
    (3, "RSV2 and RSV3 set on an uncompressed message", HELLO),
)

BEGIN, END = compressed(ONE_BLOCK[:3], fin=False), cont(ONE_BLOCK[3:])
#: Frames on which RSV1 must not be set.
PLACES: tuple[tuple[str, tuple[Frame, ...]], ...] = (
    ("a ping", (ping(b"ping", rsv=RSV1),)),
    ("a ping with a compressed payload", (ping(ONE_BLOCK, rsv=RSV1),)),
    ("an unsolicited pong", (Frame(Opcode.PONG, b"pong", rsv=RSV1),)),
    ("a Close", (Frame(Opcode.CLOSE, (1000).to_bytes(2, "big"), rsv=RSV1),)),
    ("a ping between the fragments of a compressed message", (BEGIN, ping(rsv=RSV1), END)),
    ("the last fragment of a compressed message", (BEGIN, cont(ONE_BLOCK[3:], rsv=RSV1))),
    (
        "the second of three fragments of a compressed message",
        (BEGIN, cont(ONE_BLOCK[3:5], fin=False, rsv=RSV1), cont(ONE_BLOCK[5:])),
    ),
    ("the last fragment of an uncompressed message", (text("Hel", fin=False), cont("lo", rsv=RSV1))),
    ("a continuation frame after an uncompressed first fragment", (text("", fin=False), cont(ONE_BLOCK, rsv=RSV1))),
)

NO_AGREEMENT: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("no offer", ()),
    ("an offer that the server must decline", (f"{OFFER}; foo",)),
)


def cases() -> Iterator[Case]:
    """Yield reserved bits, compressed and uncompressed messages, and fragments."""
    for n, (rsv, what, payload) in enumerate(BITS, 1):
        title, frame = f"{what}: the server fails the connection.", text(payload, rsv=rsv)
        yield failed(f"P.1.{n}", title, (frame,), closing=PROTOCOL_ERROR, clauses=OTHER_BITS)
    for n, (what, send) in enumerate(PLACES, 1):
        title = f"RSV1 set on {what}: the server fails the connection."
        yield failed(f"P.2.{n}", title, send, closing=PROTOCOL_ERROR, clauses=MISPLACED)
    for n, (what, offers) in enumerate(NO_AGREEMENT, 1):
        yield Case(
            f"P.3.{n}",
            f"Compressed message after {what}: the server fails the connection.",
            (compressed(ONE_BLOCK),),
            closing=PROTOCOL_ERROR,
            closes_when_seen=False,
            clauses=NOT_AGREED,
            offers=offers,
            answer=Answer.NONE,
        )
    yield from _mixed()
    yield from _fragments()


def _mixed() -> Iterator[Case]:
    plain, more = counted(80, 100), counted(90, 700)
    first, second = deflated(COUNTED), deflated(OTHER)
    rows: tuple[tuple[str, tuple[Frame, ...], tuple[Event, ...]], ...] = (
        (
            "Uncompressed message between two compressed ones",
            (compressed(first), text(plain), compressed(second)),
            (Message(COUNTED), Message(plain), Message(OTHER)),
        ),
        (
            "Compressed message between two uncompressed ones",
            (text(plain), compressed(first), text(more)),
            (Message(plain), Message(COUNTED), Message(more)),
        ),
        (
            "Text and binary messages, compressed and uncompressed",
            (compressed(first), compressed_binary(second), text(plain), binary(more)),
            (Message(COUNTED), Message(OTHER, binary=True), Message(plain), Message(more, binary=True)),
        ),
        (
            "Messages without RSV1 whose payload looks compressed",
            (binary(ONE_BLOCK), compressed(first), binary(FROM_WINDOW), binary(EMPTY)),
            (
                Message(ONE_BLOCK, binary=True),
                Message(COUNTED),
                Message(FROM_WINDOW, binary=True),
                Message(EMPTY, binary=True),
            ),
        ),
        (
            "Uncompressed fragmented message between two compressed messages",
            (compressed(first), text(plain[:40], fin=False), cont(plain[40:]), compressed(second)),
            (Message(COUNTED), Message(plain), Message(OTHER)),
        ),
        (
            "Empty uncompressed message between two compressed ones",
            (compressed(first), text(""), compressed(second)),
            (Message(COUNTED), Message(b""), Message(OTHER)),
        ),
    )
    for n, (what, send, expect) in enumerate(rows, 1):
        yield deflate_case(f"P.4.{n}", f"{what}: all echoed unchanged.", send, expect, clauses=MARKED)
    pongs = Pong(b"1"), Pong(ONE_BLOCK)
    yield deflate_case(
        "P.4.7",
        "Pings between compressed messages: pings answered, messages echoed.",
        # Of two pings that wait together, a server need only answer the newest (RFC 6455 section 5.5.3).
        (ping(b"1"), compressed(ONE_BLOCK), Await(2), ping(ONE_BLOCK), compressed(EMPTY)),
        (pongs[0], Message(HELLO), pongs[1], Message(b"")),
        clauses=MARKED,
    )


def _fragments() -> Iterator[Case]:
    data, short = deflated(COUNTED), deflated(COUNTED[:60])
    begin, end, nothing = compressed(data[:90], fin=False), cont(data[90:]), cont(b"", fin=False)
    single = [cont(data[at : at + 1], fin=False) for at in range(1, len(data) - 1)]
    rows: tuple[tuple[str, tuple[Frame, ...]], ...] = (
        ("in fragments of one byte", (compressed(data[:1], fin=False), *single, cont(data[-1:]))),
        ("with an empty first fragment", (compressed(b"", fin=False), cont(data))),
        ("with an empty last fragment", (compressed(data, fin=False), cont(b""))),
        ("with an empty fragment in the middle", (begin, nothing, end)),
        (
            "with an empty first and an empty last fragment",
            (compressed(b"", fin=False), cont(data, fin=False), cont(b"")),
        ),
        ("with two hundred empty fragments in the middle", (begin, *[nothing] * 200, end)),
    )
    for n, (what, send) in enumerate(rows, 1):
        title = f"Compressed message {what}: echoed."
        yield deflate_case(f"P.5.{n}", title, send, (Message(COUNTED),), clauses=FRAGMENTED)
    yield deflate_case(
        "P.5.7",
        "Ping between the fragments of a compressed message: answered before the echo.",
        (begin, ping(b"between"), end),
        (Pong(b"between"), Message(COUNTED)),
        clauses=FRAGMENTED,
    )
    yield deflate_case(
        "P.5.8",
        "Compressed message in two fragments, sent byte by byte: echoed.",
        (compressed(short[:9], fin=False), cont(short[9:])),
        (Message(COUNTED[:60]),),
        chop=Chop.OCTETS,
        clauses=FRAGMENTED,
    )
    yield _fragmented_twice()
    for n, at in enumerate((0, 1, 2, 4, 5, 6, 7), 1):  # a split after 3 bytes is the RFC's sample, P.11.2
        title = f"Compressed message of {len(ONE_BLOCK)} bytes in two fragments, split after byte {at}: echoed."
        send = compressed(ONE_BLOCK[:at], fin=False), cont(ONE_BLOCK[at:])
        yield deflate_case(f"P.6.{n}", title, send, (Message(HELLO),), clauses=FRAGMENTED)


def _fragmented_twice() -> Case:
    client = Compressor()
    first, second = client.message(COUNTED), client.message(COUNTED + OTHER)
    return deflate_case(
        "P.5.9",
        "Two fragmented messages, the second compressed with the window of the first: both echoed.",
        (compressed(first[:50], fin=False), cont(first[50:]), compressed(second[:1], fin=False), cont(second[1:])),
        (Message(COUNTED), Message(COUNTED + OTHER)),
        answer=Answer.KEPT,
        clauses=FRAGMENTED,
    )
