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
from wsconform.conversation.model import Case, Closing
from wsconform.model import Fill, Frame, Message, MiB, Opcode, Side

BROKEN = "7692-7.2.2-6", "6455-7.1.7-1"
TEXT = "6455-8.1-3", "7692-6-6", "6455-7.1.7-1"
LIMIT = ("6455-10.4-1",)

NO_DEFLATE = Closing(Side.PEER, (1007, 1002), clean=False)
NOT_UTF8 = Closing(Side.PEER, (1007,), clean=False)
TOO_LONG = Closing(Side.PEER, (1009,), clean=False)

DYNAMIC = (0, 1), (2, 2)

#: No UTF-8, and why.
BAD_TEXT = (
    ("an octet that never is", b"\xff"),
    ("an overlong form", b"\xc0\xaf"),
    ("half a surrogate pair", b"\xed\xa0\x80"),
    ("a character above U+10FFFF", b"\xf4\x90\x80\x80"),
    ("a character that is cut off at the end", COUNTED + b"\xe2\x82"),
    ("a wrong octet behind six hundred good ones", COUNTED + b"\x80" + OTHER),
)
GOOD_TEXT = "Grüße, κόσμε, 日本, 𝄞 \U0010ffff".encode()

MANY = 1024
#: 1 MiB of zeros, in blocks that know nothing of those before: the same octets each time.
ZEROS = deflated(bytes(1 * MiB)) + TAIL
HEAVIEST = 6


def cases() -> Iterator[Case]:
    """Data that are no DEFLATE, text that is no UTF-8 once it is inflated, and far too much of either."""
    for n, (what, payload) in enumerate(_broken(), 1):
        yield failed(
            f"P.17.{n}",
            f"Broken data fail the connection: {what}.",
            (compressed_binary(payload),),
            closing=NO_DEFLATE,
            clauses=BROKEN,
        )
    yield failed(
        "P.18.1",
        "Broken data behind a good message fail the connection.",
        (compressed_binary(ONE_BLOCK), compressed_binary(b"\x06")),
        (Message(HELLO, binary=True),),
        tolerate=NO_ECHO,
        closing=NO_DEFLATE,
        clauses=BROKEN,
    )
    yield failed(
        "P.18.2",
        "Broken data in fragments fail the connection.",
        (compressed_binary(deflated(COUNTED), fin=False), cont(TAIL, fin=False), cont(b"\x06")),
        closing=NO_DEFLATE,
        clauses=BROKEN,
    )
    yield from _texts()
    yield from _bombs()


def _broken() -> Iterator[tuple[str, bytes]]:
    whole = deflated(COUNTED)
    yield "a block of the kind that there is not", Blocks().bits(3 << 1, 3).message()
    yield "such a block behind a good one", whole + TAIL + b"\x06"
    yield "a stored block whose two lengths do not match", b"\x00\x05\x00\xfb\xff" + HELLO + b"\x00"
    yield "a stored block that is cut short", STORED[:8]
    yield "a block in the fixed codes that is cut short", ONE_BLOCK[:4]
    yield "a block that is cut short after half of its octets", whole[: len(whole) // 2]
    yield "a block without its last octet", whole[:-1]
    yield "a distance of 2 behind the first octet", Blocks().fixed(b"a", (3, 2)).message()
    yield "a distance of 32768 in the first message", Blocks().fixed(COUNTED, (3, 32768)).message()
    yield "a length code without a meaning", Blocks().bits(1 << 1, 3).symbol(286).symbol(256).message()
    far = Blocks().bits(1 << 1, 3).symbol(97).symbol(257).distance(30).symbol(256)
    yield "a distance code without a meaning", far.message()
    yield "more codes than there are symbols", _dynamic((30, 5), (0, 5), (0, 4))
    yield "more codes than their lengths allow", _dynamic((0, 5), (0, 5), (0, 4), *[(1, 3)] * 4)
    yield "fewer codes than their lengths demand", _dynamic((0, 5), (0, 5), (0, 4), (1, 3))
    zeros = (0, 5), (0, 5), (0, 4), (0, 3), (0, 3), (1, 3), (1, 3), (127 << 1 | 1, 8), (109 << 1 | 1, 8)
    yield "no code for the end of a block", _dynamic(*zeros)
    yield "the header of zlib", zlib.compress(COUNTED)
    yield "the header of gzip", gzip.compress(COUNTED, mtime=0)
    yield "noise", noise(500, 2)


def _dynamic(*fields: tuple[int, int]) -> bytes:
    """A block that brings codes of its own, of which these are the bits; more follow than it takes."""
    blocks = Blocks()
    for value, count in (*DYNAMIC, *fields):
        blocks.bits(value, count)
    return blocks.octets(bytes(60)).message()


def _texts() -> Iterator[Case]:
    for n, (what, data) in enumerate(BAD_TEXT, 1):
        title = f"Compressed text with {what} fails the connection."
        send: tuple[Frame, ...] = (compressed(deflated(data)),)
        yield failed(f"P.19.{n}", title, send, closing=NOT_UTF8, clauses=TEXT)
    for n, (what, data) in enumerate(BAD_TEXT, 1):
        title = f"Compressed text in fragments with {what} fails the connection."
        yield failed(f"P.20.{n}", title, _cut(deflated(data)), closing=NOT_UTF8, clauses=TEXT)
    stored = Blocks().stored(GOOD_TEXT).message()
    rows: tuple[tuple[str, tuple[Frame, ...], bytes], ...] = (
        ("that is compressed", (compressed(deflated(GOOD_TEXT * 9)),), GOOD_TEXT * 9),
        ("in a stored block that is cut within its characters", _cut(stored), GOOD_TEXT),
        ("in two blocks that part within a character", (compressed(_halves(GOOD_TEXT, 3)),), GOOD_TEXT),
    )
    for n, (what, send, message) in enumerate(rows, 1):
        yield deflate_case(f"P.21.{n}", f"Text {what} comes back.", send, (Message(message),), clauses=TEXT)
    yield echoed(
        "P.21.4",
        "Binary messages need not be UTF-8.",
        [deflated(data) for _, data in BAD_TEXT],
        [data for _, data in BAD_TEXT],
        clauses=TEXT,
    )


def _halves(data: bytes, at: int) -> bytes:
    return Blocks().stored(data[:at]).fixed(data[at:]).message()


def _cut(data: bytes) -> tuple[Frame, ...]:
    """A text message with a fragment for each octet."""
    begin, *rest = (data[at : at + 1] for at in range(len(data)))
    return compressed(begin, fin=False), *(cont(octet, fin=False) for octet in rest), cont(b"")


def _bombs() -> Iterator[Case]:
    whole = Fill(ZEROS, MANY * len(ZEROS) - len(TAIL))
    part, last = Fill(ZEROS, 16 * len(ZEROS)), Fill(ZEROS, 16 * len(ZEROS) - len(TAIL))
    middle = [Frame(Opcode.CONTINUATION, part, fin=False)] * (MANY // 16 - 2)
    in_fragments = binary(part, fin=False, rsv=RSV1), *middle, Frame(Opcode.CONTINUATION, last)
    for n, (what, send) in enumerate((("", (binary(whole, rsv=RSV1),)), (" in fragments", in_fragments)), 1):
        yield failed(
            f"P.22.{n}",
            f"A message of 1 MiB{what} that inflates to 1 GiB is too long.",
            send,
            closing=TOO_LONG,
            within=20,
            weight=HEAVIEST,
            clauses=LIMIT,
        )
