"""Family P, last part: compressed messages that must fail the connection (RFC 7692 section 7.2.2)."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator

from wsconform.cases.blocks import TAIL, Blocks, deflated, noise
from wsconform.cases.builders import binary, cont
from wsconform.cases.deflate_builders import (
    COUNTED,
    HELLO,
    NO_ECHO,
    ONE_BLOCK,
    OTHER,
    RSV1,
    STORED,
    compressed,
    compressed_binary,
    deflate_case,
    echoed,
    failed,
)
from wsconform.conversation.model import CLEAN, Case, Closing, Tolerance
from wsconform.model import Fill, Frame, Message, MiB, Opcode, Side, Verdict

BROKEN = "7692-7.2.2-6", "6455-7.1.7-1"
TEXT = "6455-8.1-3", "7692-6-6", "6455-7.1.7-1"
LIMIT = ("6455-10.4-1",)

NO_DEFLATE = Closing(Side.PEER, (1007, 1002), clean=False)
NOT_UTF8 = Closing(Side.PEER, (1007,), clean=False)
TOO_LONG = Closing(Side.PEER, (1009,), clean=False)

DYNAMIC = (0, 1), (2, 2)

#: Text that is not UTF-8, and the reason.
BAD_TEXT = (
    ("a byte that never occurs in UTF-8", b"\xff"),
    ("an overlong encoding", b"\xc0\xaf"),
    ("half a surrogate pair", b"\xed\xa0\x80"),
    ("a character above U+10FFFF", b"\xf4\x90\x80\x80"),
    ("an incomplete character at the end", COUNTED + b"\xe2\x82"),
    ("an invalid byte after six hundred valid ones", COUNTED + b"\x80" + OTHER),
)
GOOD_TEXT = "Grüße, κόσμε, 日本, 𝄞 \U0010ffff".encode()

MANY = 1024
#: 1 MiB of zeros in blocks that do not refer to earlier data, so that they can be repeated.
ZEROS = deflated(bytes(1 * MiB)) + TAIL
HEAVIEST = 6


def cases() -> Iterator[Case]:
    """Yield invalid DEFLATE data, text that is not UTF-8 after inflating, and compression bombs."""
    for n, (what, payload) in enumerate(_broken(), 1):
        yield failed(
            f"P.17.{n}",
            f"Invalid DEFLATE data ({what}): the server fails the connection.",
            (compressed_binary(payload),),
            tolerate=_inflated(payload) if what in CUT_SHORT else None,
            closes_when_seen=what in CUT_SHORT,
            closing=NO_DEFLATE,
            clauses=BROKEN,
        )
    yield failed(
        "P.18.1",
        "Invalid DEFLATE data after a valid message: the server fails the connection.",
        (compressed_binary(ONE_BLOCK), compressed_binary(b"\x06")),
        (Message(HELLO, binary=True),),
        tolerate=NO_ECHO,
        closing=NO_DEFLATE,
        clauses=BROKEN,
    )
    yield failed(
        "P.18.2",
        "Invalid DEFLATE data in the last of three fragments: the server fails the connection.",
        (compressed_binary(deflated(COUNTED), fin=False), cont(TAIL, fin=False), cont(b"\x06")),
        closing=NO_DEFLATE,
        clauses=BROKEN,
    )
    yield from _texts()
    yield from _bombs()


#: Data that end too early, of which the steps of RFC 7692 section 7.2.2 make a message all the same.
CUT_SHORT = (
    "a fixed-code block that is truncated",
    "a dynamic-code block truncated to half its bytes",
    "a dynamic-code block without its last byte",
)


def _inflated(payload: bytes) -> Tolerance:
    """Accept the message that the two steps of section 7.2.2 make of data that end too early."""
    message = zlib.decompressobj(-15).decompress(payload + TAIL)
    whole = message == COUNTED
    what = "the whole message, of which only the last byte was missing" if whole else "a part of the message"
    return Tolerance(
        (Message(message, binary=True),),
        Verdict.INFO if whole else Verdict.NON_STRICT,
        f"the server returned {what}; RFC 7692 section 7.2.2 does not say what becomes of data that end too early",
        parity=False,
        closing=CLEAN,
    )


def _broken() -> Iterator[tuple[str, bytes]]:
    whole = deflated(COUNTED)
    yield "a block of the reserved type 3", Blocks().bits(3 << 1, 3).message()
    yield "a block of the reserved type 3 after a valid one", whole + TAIL + b"\x06"
    yield "a stored block whose two lengths do not match", b"\x00\x05\x00\xfb\xff" + HELLO + b"\x00"
    yield "a stored block that is truncated", STORED[:8]
    yield "a fixed-code block that is truncated", ONE_BLOCK[:4]
    yield "a dynamic-code block truncated to half its bytes", whole[: len(whole) // 2]
    yield "a dynamic-code block without its last byte", whole[:-1]
    yield "a distance of 2 after a single byte", Blocks().fixed(b"a", (3, 2)).message()
    yield "a distance of 32768 after 600 bytes", Blocks().fixed(COUNTED, (3, 32768)).message()
    yield "an undefined length code", Blocks().bits(1 << 1, 3).symbol(286).symbol(256).message()
    far = Blocks().bits(1 << 1, 3).symbol(97).symbol(257).distance(30).symbol(256)
    yield "an undefined distance code", far.message()
    yield "more code lengths than symbols", _dynamic((30, 5), (0, 5), (0, 4))
    yield "an over-subscribed set of codes", _dynamic((0, 5), (0, 5), (0, 4), *[(1, 3)] * 4)
    yield "an incomplete set of codes", _dynamic((0, 5), (0, 5), (0, 4), (1, 3))
    zeros = (0, 5), (0, 5), (0, 4), (0, 3), (0, 3), (1, 3), (1, 3), (127 << 1 | 1, 8), (109 << 1 | 1, 8)
    yield "no code for the end of the block", _dynamic(*zeros)
    yield "a zlib header", zlib.compress(COUNTED)
    yield "a gzip header", gzip.compress(COUNTED, mtime=0)
    yield "random bytes", noise(500, 2)


def _dynamic(*fields: tuple[int, int]) -> bytes:
    """A dynamic-code block with these header bits, followed by more bytes than it needs."""
    blocks = Blocks()
    for value, count in (*DYNAMIC, *fields):
        blocks.bits(value, count)
    return blocks.octets(bytes(60)).message()


def _texts() -> Iterator[Case]:
    for n, (what, data) in enumerate(BAD_TEXT, 1):
        title = f"Compressed text with {what}: the server fails the connection."
        send: tuple[Frame, ...] = (compressed(deflated(data)),)
        yield failed(f"P.19.{n}", title, send, closing=NOT_UTF8, clauses=TEXT)
    for n, (what, data) in enumerate(BAD_TEXT, 1):
        title = f"Compressed text in fragments of one byte with {what}: the server fails the connection."
        yield failed(f"P.20.{n}", title, _cut(deflated(data)), closing=NOT_UTF8, clauses=TEXT)
    stored = Blocks().stored(GOOD_TEXT).message()
    rows: tuple[tuple[str, tuple[Frame, ...], bytes], ...] = (
        ("with characters of every length", (compressed(deflated(GOOD_TEXT * 9)),), GOOD_TEXT * 9),
        ("in fragments that split its characters", _cut(stored), GOOD_TEXT),
        ("in two blocks that split a character", (compressed(_halves(GOOD_TEXT, 3)),), GOOD_TEXT),
    )
    for n, (what, send, message) in enumerate(rows, 1):
        yield deflate_case(f"P.21.{n}", f"Compressed text {what}: echoed.", send, (Message(message),), clauses=TEXT)
    yield echoed(
        "P.21.4",
        "Compressed binary messages that are not UTF-8: echoed.",
        [deflated(data) for _, data in BAD_TEXT],
        [data for _, data in BAD_TEXT],
        clauses=TEXT,
    )


def _halves(data: bytes, at: int) -> bytes:
    return Blocks().stored(data[:at]).fixed(data[at:]).message()


def _cut(data: bytes) -> tuple[Frame, ...]:
    """A text message in fragments of one byte."""
    begin, *rest = (data[at : at + 1] for at in range(len(data)))
    return compressed(begin, fin=False), *(cont(octet, fin=False) for octet in rest), cont(b"")


def _bombs() -> Iterator[Case]:
    whole = Fill(ZEROS, MANY * len(ZEROS) - len(TAIL))
    part, last = Fill(ZEROS, 16 * len(ZEROS)), Fill(ZEROS, 16 * len(ZEROS) - len(TAIL))
    middle = [Frame(Opcode.CONTINUATION, part, fin=False)] * (MANY // 16 - 2)
    in_fragments = binary(part, fin=False, rsv=RSV1), *middle, Frame(Opcode.CONTINUATION, last)
    for n, (what, send) in enumerate(
        ((" in one frame", (binary(whole, rsv=RSV1),)), (" in fragments", in_fragments)), 1
    ):
        yield failed(
            f"P.22.{n}",
            f"Compressed message that inflates from 1 MiB to 1 GiB, sent{what}: refused as too long.",
            send,
            closing=TOO_LONG,
            within=20,
            weight=HEAVIEST,
            clauses=LIMIT,
        )
