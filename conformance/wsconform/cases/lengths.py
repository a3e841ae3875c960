"""Family L: the payload length and its limits (RFC 6455 sections 5.2, 5.5 and 10.4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from wsconform.cases.blocks import TAIL, deflated
from wsconform.cases.builders import LIMIT, binary, close, cont, echo, ping, pong, text
from wsconform.conversation.model import (
    CLEAN,
    PROTOCOL_ERROR,
    Answer,
    Await,
    Case,
    Closing,
    Event,
    Piece,
    Step,
    Tolerance,
)
from wsconform.model import Fill, Frame, KiB, Level, Message, MiB, Opcode, OpenFrame, Pong, Side, Split, Verdict

__all__ = ["cases"]

SHORTEST, TOP_BIT, ORDER = "6455-5.2-6", "6455-5.2-5", "6455-5.2-7"
CONTROL = "6455-5.5-1", "6455-7.1.7-1"
LIMITS, GUARDED = "6455-10.4-2", "6455-10.4-1"
LARGE = "6455-6.1-2", ORDER, "6455-6.2-3", "6455-6.1-6"
HELLO = b"Hello"
#: Numbers of two bytes from 1 on. The pattern is longer than any block that a server is likely to swap or to lose, and
#: its length is no power of two.
NUMBERS = b"".join(n.to_bytes(2, "big") for n in range(1, 32_750))
TOO_LARGE = Closing(Side.PEER, (1009, 1002), clean=False)
#: The share of a peer's capacity that a case takes.
HEAVY, BUSY = 4, 2
RSV1 = 4

_refused = partial(Case, closing=PROTOCOL_ERROR)


def numbered(size: int) -> Fill:
    """Return a payload in which each place differs from its neighbourhood."""
    return Fill(NUMBERS, size)


def cases() -> Iterator[Case]:
    """Yield family L; within a group, cases are numbered in order."""
    groups = _longer, _top_bit, _announced, _borders, _control, _large
    for group, members in enumerate(groups, 1):
        for n, case in enumerate(members(), 1):
            yield replace(case, id=f"L.{group}.{n}")


# L.1: more bytes than needed


def _longer() -> Iterator[Case]:
    """Yield lengths in a longer form. The sender must not; that the receiver must refuse them is not said."""
    for what, frame in (
        ("Text message of 5 bytes with its length in 16 bits", text("Hello", bits=16)),
        ("Binary message of 125 bytes with its length in 64 bits", binary(bytes(numbered(125)), bits=64)),
        ("Ping of 5 bytes with its length in 16 bits", ping("Hello", bits=16)),
        ("Empty text message with its length in 16 bits", text("", bits=16)),
        ("Text message of 1 byte with its length in 16 bits", text("H", bits=16)),
        ("Binary message of 125 bytes with its length in 16 bits", binary(bytes(numbered(125)), bits=16)),
        ("Empty binary message with its length in 64 bits", binary(b"", bits=64)),
        ("Binary message of 126 bytes with its length in 64 bits", binary(bytes(numbered(126)), bits=64)),
        ("Binary message of 65,535 bytes with its length in 64 bits", binary(bytes(numbered(65535)), bits=64)),
        ("Empty ping with its length in 64 bits", ping(bits=64)),
    ):
        is_ping = frame.opcode == Opcode.PING
        answer = Pong(frame.payload) if is_ping else Message(frame.payload, frame.opcode == Opcode.BINARY)
        yield _longer_length(what, (frame,), answer)
    yield _longer_length(
        "Pong of 5 bytes with its length in 16 bits, then a ping",
        (pong("Hello", bits=16), ping("after")),
        Pong(b"after"),
    )
    yield _longer_length(
        "Continuation of 2 bytes with its length in 16 bits",
        (text("Hel", fin=False), cont("lo", bits=16)),
        Message(HELLO),
    )
    for bits in (16, 64):
        yield Case(
            "",
            f"Close with its length in {bits} bits: the server fails the connection.",
            (replace(close(1000), bits=bits),),
            closes_when_seen=False,
            closing=Closing(Side.US, (1002,), clean=False, acceptable=(1000,)),
            clauses=(SHORTEST,),
        )


def _longer_length(what: str, send: tuple[Step, ...], answer: Event) -> Case:
    why = "the server accepted a length in more bytes than needed, which only the sender must avoid"
    tolerate = Tolerance((answer,), Verdict.NON_STRICT, why, closing=CLEAN)
    return _refused("", f"{what}: the server fails the connection.", send, tolerate=tolerate, clauses=(SHORTEST,))


# L.2: the top bit


def _top_bit() -> Iterator[Case]:
    """Yield lengths of 64 bits with the top bit set, which no frame can have; five bytes follow."""
    for opcode, size, words in (
        (Opcode.TEXT, 2**63 + 5, "2^63 + 5"),
        (Opcode.BINARY, 2**64 - 1, "2^64 - 1"),
        (Opcode.TEXT, 2**63, "2^63"),
        (Opcode.PING, 2**63 + 5, "2^63 + 5"),
    ):
        yield Case(
            "",
            f"Header of a {opcode.name.lower()} frame with the length {words}: the server fails the connection.",
            (OpenFrame(opcode, size), Piece(HELLO)),
            closing=TOO_LARGE,
            clauses=(TOP_BIT, GUARDED),
        )
    yield Case(
        "",
        "First fragment, then the header of a continuation with the length 2^63 + 2: the server fails the connection.",
        (text("Hel", fin=False), OpenFrame(Opcode.CONTINUATION, 2**63 + 2), Piece(b"lo")),
        closing=TOO_LARGE,
        clauses=(TOP_BIT, GUARDED),
    )


# L.3: lengths that are announced and never sent


def _announced() -> Iterator[Case]:
    """Yield enormous lengths of which five bytes are sent. A server may wait for the rest, but should have a limit."""
    closing = replace(TOO_LARGE, codes=(1009,), still_open=Verdict.NON_STRICT)
    announced = partial(Case, closing=closing, clauses=(LIMITS, GUARDED), level=Level.SHOULD)
    for size, words in (
        (2**62, "2^62"),
        (2**32 + 5, "2^32 + 5"),
        (2**31 + 5, "2^31 + 5"),
        (2**63 - 1, "2^63 - 1"),
        (2**40, "2^40"),
        (2**32, "2^32"),
        (2**31 - 1, "2^31 - 1"),
    ):
        yield announced(
            "",
            f"Header of a binary frame with the length {words} and five bytes: the server refuses it as too long.",
            (OpenFrame(Opcode.BINARY, size), Piece(HELLO)),
        )
    yield announced(
        "",
        "First fragment, then the header of a continuation with the length 2^62: the server refuses it as too long.",
        (text("Hel", fin=False), OpenFrame(Opcode.CONTINUATION, 2**62), Piece(b"lo")),
    )


# L.4: the borders of the three forms, both ways

SIZES = (
    125,
    126,
    127,
    0,
    1,
    2,
    124,
    128,
    254,
    255,
    256,
    257,
    32767,
    32768,
    65279,
    65280,
    65534,
    65535,
    65536,
    65537,
    131071,
)


def _borders() -> Iterator[Case]:
    """Yield messages at the borders of the forms of a length; the length of the echo must have the shortest form."""
    for size in SIZES:
        yield echo(
            "",
            f"Message of {size:,} byte{'s' * (size != 1)}: echoed, with its length in the shortest form.",
            bytes(numbered(size)),
            is_binary=True,
            clauses=(SHORTEST, ORDER),
        )
    around = 124, 125, 126, 127, 65535, 65536
    yield Case(
        "",
        "Messages of 124, 125, 126, 127, 65,535 and 65,536 bytes on one connection: all echoed.",
        tuple(binary(bytes(numbered(size))) for size in around),
        tuple(Message(bytes(numbered(size)), binary=True) for size in around),
        clauses=(SHORTEST, ORDER),
    )
    for size in (125, 126, 127):
        payload = numbered(3 * size)
        yield Case(
            "",
            f"Message in fragments of {size} bytes: echoed whole.",
            (Split(Opcode.BINARY, payload, size),),
            (Message(payload, binary=True),),
            clauses=(ORDER, "6455-5.4-5"),
        )
    words = "ä" * 62 + "€"
    yield echo(
        "",
        "Text message of 127 bytes in 63 characters: echoed.",
        words.encode(),
        clauses=(SHORTEST, "6455-5.6-1"),
    )
    for size in (0, 1, 124, 125):
        octets = bytes(range(131, 131 + size))
        yield Case(
            "",
            f"Ping of {size} byte{'s' * (size != 1)}, not UTF-8: answered with a pong of the same bytes.",
            (ping(octets),),
            (Pong(octets),),
            clauses=("6455-5.5.3-1", "6455-5.5-1", "6455-5.5.2-1"),
        )


# L.5: control frames


def _control() -> Iterator[Case]:
    """Yield control frames of more than 125 bytes, whole and only announced."""
    for what, frame in (
        ("Ping of 126 bytes", ping(bytes(numbered(126)))),
        ("Pong of 126 bytes", pong(bytes(numbered(126)))),
        ("Ping of 65,536 bytes", ping(bytes(numbered(65536)))),
        ("Ping of 127 bytes", ping(bytes(numbered(127)))),
        ("Pong of 65,535 bytes", pong(bytes(numbered(65535)))),
    ):
        yield _refused("", f"{what}: the server fails the connection.", (frame,), clauses=CONTROL)
    yield _refused(
        "",
        "Ping of 126 bytes between two fragments: the server fails the connection.",
        (text("Hel", fin=False), ping(bytes(numbered(126))), cont("lo")),
        clauses=CONTROL,
    )
    for size in (126, 65536):
        body = (1000).to_bytes(2, "big") + b"*" * (size - 2)
        yield Case(
            "",
            f"Close of {size:,} bytes: the server fails the connection.",
            (Frame(Opcode.CLOSE, body),),
            closes_when_seen=False,
            closing=Closing(Side.US, (1002,), clean=False),
            clauses=CONTROL,
        )
    for opcode in (Opcode.PING, Opcode.PONG, Opcode.CLOSE):
        yield _refused(
            "",
            f"Only the header of a {opcode.name.lower()} frame of 126 bytes: the server fails the connection.",
            (OpenFrame(opcode, 126),),
            closing=replace(PROTOCOL_ERROR, still_open=Verdict.NON_STRICT),
            clauses=CONTROL,
        )


# L.6: large messages


def _large() -> Iterator[Case]:
    """Yield messages of mebibytes whose content shows a block that is lost, swapped or repeated.

    A server that has a lower limit says so with 1009 or 1008.
    """
    for mebibytes in (1, 2, 16):
        payload = numbered(mebibytes * MiB)
        yield echo(
            "",
            f"Binary message of {mebibytes} MiB of different numbers: echoed.",
            payload,
            is_binary=True,
            tolerate=LIMIT,
            within=100,
            weight=HEAVY if mebibytes > 2 else BUSY,
            clauses=LARGE,
        )
    sentence = Fill("".join(f"{n} für € 🌍, " for n in range(4000)).encode(), 0)
    sentence = replace(sentence, size=40 * len(sentence.pattern))
    yield echo(
        "",
        "Text message of about 2 MiB with characters of one to four bytes: echoed.",
        sentence,
        tolerate=LIMIT,
        within=100,
        weight=BUSY,
        clauses=(*LARGE, "6455-5.6-1"),
    )
    payload = numbered(2 * MiB + 1)
    yield Case(
        "",
        "Binary message of 2 MiB and a byte in fragments of 65,537 bytes: echoed whole.",
        (Split(Opcode.BINARY, payload, 64 * KiB + 1),),
        (Message(payload, binary=True),),
        tolerate=LIMIT,
        within=100,
        weight=BUSY,
        clauses=("6455-5.4-5", *LARGE),
    )
    yield Case(
        "",
        "Binary message of 1 MiB, after its echo a text message and a ping: all answered.",
        (binary(numbered(1 * MiB)), Await(1), text("after"), Await(2), ping("after")),
        (Message(numbered(1 * MiB), binary=True), Message(b"after"), Pong(b"after")),
        tolerate=LIMIT,
        within=100,
        weight=BUSY,
        clauses=LARGE,
    )
    chunk = deflated(NUMBERS) + TAIL
    for mebibytes in (1, 2, 16):
        times = -(-mebibytes * MiB // len(NUMBERS))
        yield Case(
            "",
            f"Compressed message that inflates to {mebibytes} MiB of different numbers: echoed.",
            (binary(Fill(chunk, times * len(chunk) - len(TAIL)), rsv=RSV1),),
            (Message(Fill(NUMBERS, times * len(NUMBERS)), binary=True),),
            tolerate=LIMIT,
            offers=("permessage-deflate",),
            answer=Answer.AGREED,
            within=100,
            weight=HEAVY if mebibytes > 2 else BUSY,
            clauses=("7692-7.2.2-1", "7692-7.2.1-2", *LARGE),
        )
