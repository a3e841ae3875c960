"""Family P, second part: the DEFLATE blocks of a compressed message (RFC 7692 sections 7.2.1 and 7.2.3)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from wsconform.cases.blocks import TAIL, Blocks, Compressor, counted, deflated, noise
from wsconform.cases.builders import cont
from wsconform.cases.deflate_builders import (
    COUNTED,
    EMPTY,
    FINAL,
    FROM_WINDOW,
    HELLO,
    ONE_BLOCK,
    OTHER,
    STORED,
    TWO_BLOCKS,
    compressed,
    compressed_binary,
    deflate_case,
    echoed,
    failed,
)
from wsconform.conversation.model import Answer, Case, Closing, Tolerance
from wsconform.model import KiB, Level, Message, Side, Verdict

BLOCKS = "7692-7.2.1-2", "7692-7.2.1-3", "7692-7.2.1-1"
EMPTY_MESSAGE = "7692-7.2.3-2", "7692-7.2.1-1"
FINAL_BLOCK = "7692-7.2.1-4", "7692-7.2.1-5"
SAMPLES = ("7692-7.2.3-1", "7692-7.2.1-1")

STRATEGIES = (
    (zlib.Z_HUFFMAN_ONLY, "with Huffman codes only"),
    (zlib.Z_RLE, "with run-length encoding only"),
    (zlib.Z_FIXED, "with fixed Huffman codes"),
    (zlib.Z_FILTERED, "with the strategy for filtered data"),
)

NO_FINAL_BLOCK = Tolerance(
    (),
    Verdict.NON_STRICT,
    "the connection failed at a final block, although a sender may use one",
    parity=False,
    closing=Closing(Side.PEER, (1002, 1003, 1007), clean=False),
)


def cases() -> Iterator[Case]:
    """Yield blocks made by hand and by zlib, empty messages, final blocks, and the samples of the RFC."""
    for n, (what, payload, message) in enumerate(_by_hand(), 1):
        yield echoed(f"P.7.{n}", f"Compressed message {what}: echoed.", [payload], [message], clauses=BLOCKS)
    for n, (what, payload, message) in enumerate(_by_zlib(), 1):
        yield echoed(f"P.8.{n}", f"Message compressed by zlib {what}: echoed.", [payload], [message], clauses=BLOCKS)
    yield from _empty()
    yield from _final()
    yield from _samples()


def _by_hand() -> Iterator[tuple[str, bytes, bytes]]:
    half, rest, long = COUNTED[:300], COUNTED[300:], counted(4 * KiB)
    client, thousand, empty_ones = Compressor(), Blocks(), Blocks()
    for octet in counted(1000):
        thousand.stored(bytes([octet]))
    for _ in range(200):
        empty_ones.fixed()
    every = bytes(range(256))
    yield "of two blocks separated by a flush", client.message(half) + TAIL + client.message(rest), COUNTED
    yield "of a thousand stored blocks of one byte", thousand.message(), counted(1000)
    yield "with three empty stored blocks at the end", deflated(COUNTED) + (TAIL + EMPTY) * 3, COUNTED
    yield "with an empty stored block at the start", EMPTY + TAIL + deflated(COUNTED), COUNTED
    yield "of one stored block", Blocks().stored(COUNTED).message(), COUNTED
    yield "of one stored block of the maximum size", Blocks().stored(noise(65535)).message(), noise(65535)
    yield "of one fixed-code block with all 256 byte values", Blocks().fixed(every).message(), every
    yield "with two hundred empty blocks at the start", empty_ones.fixed(COUNTED).message(), COUNTED
    each = Blocks().stored(half).fixed(rest).stored().octets(deflated(long))
    yield "of a block of each type", each.raw(), COUNTED + long
    yield "with runs of one byte value", Blocks().fixed(b"a", (258, 1), (258, 1), (3, 1)).message(), b"a" * 520
    yield "with a repetition longer than its distance", Blocks().fixed(b"abc", (100, 3)).message(), (b"abc" * 35)[:103]
    lengths = [(length, 300) for length in range(3, 259)]
    yield (
        "with a repetition of every possible length",
        Blocks().stored(half).fixed(*lengths).message(),
        _cycled(half, lengths),
    )


def _cycled(data: bytes, pairs: list[tuple[int, int]]) -> bytes:
    """Return the result of length-distance pairs that all reach back by the length of the data."""
    size = len(data) + sum(length for length, _ in pairs)
    return (data * (size // len(data) + 1))[:size]


def _by_zlib() -> Iterator[tuple[str, bytes, bytes]]:
    for level in range(10):
        message = counted(5000, level)
        yield f"at level {level}", deflated(message, level=level), message
    for strategy, what in STRATEGIES:
        message = counted(5000, strategy) + b"." * 300
        yield what, deflated(message, strategy=strategy), message


def _empty() -> Iterator[Case]:
    rows = (
        ("an empty stored block", [EMPTY], [b""]),
        ("an empty fixed-code block", [b"\x02\x00"], [b""]),
        ("three in a row", [EMPTY] * 3, [b""] * 3),
        ("two between other messages", [ONE_BLOCK, EMPTY, deflated(COUNTED), b"\x02\x00"], [HELLO, b"", COUNTED, b""]),
    )
    for n, (what, payloads, messages) in enumerate(rows, 1):
        yield echoed(
            f"P.9.{n}", f"Empty compressed messages ({what}): echoed.", payloads, messages, clauses=EMPTY_MESSAGE
        )
    yield failed(
        "P.9.5",
        "Compressed message with no payload at all: the server may fail the connection.",
        (compressed(b""),),
        closing=Closing(Side.PEER, (1002, 1007), clean=False),
        informational=True,
        level=Level.MAY,
        clauses=EMPTY_MESSAGE,
    )


def _final() -> Iterator[Case]:
    two = Blocks().fixed(COUNTED[:300], final=True).fixed(COUNTED[300:])
    twice = Blocks().fixed(COUNTED[:300], final=True).stored(COUNTED[300:], final=True)
    large = noise(200 * KiB)
    rows = (
        ("", [FINAL], [HELLO]),
        (", then another message", [FINAL, deflated(COUNTED)], [HELLO, COUNTED]),
        (", then a message of 200 KiB", [FINAL, deflated(large)], [HELLO, large]),
        (" and another block after it", [two.message(), ONE_BLOCK], [COUNTED, HELLO]),
        (" and a second final block after it", [twice.message(), ONE_BLOCK], [COUNTED, HELLO]),
        (", sent five times", [FINAL] * 5, [HELLO] * 5),
        (" that is a stored block", [Blocks().stored(OTHER, final=True).message(), ONE_BLOCK], [OTHER, HELLO]),
    )
    for n, (what, payloads, messages) in enumerate(rows, 1):
        title = f"Compressed message with a final block (BFINAL){what}: all echoed."
        yield echoed(f"P.10.{n}", title, payloads, messages, clauses=FINAL_BLOCK, tolerate=NO_FINAL_BLOCK)
    yield deflate_case(
        "P.10.8",
        "Compressed message with a final block (BFINAL), in fragments of one byte: all echoed.",
        (
            compressed_binary(FINAL[:1], fin=False),
            *(cont(FINAL[at : at + 1], fin=at == len(FINAL) - 1) for at in range(1, len(FINAL))),
            compressed_binary(deflated(COUNTED)),
        ),
        (Message(HELLO, binary=True), Message(COUNTED, binary=True)),
        clauses=FINAL_BLOCK,
        tolerate=NO_FINAL_BLOCK,
    )


def _samples() -> Iterator[Case]:
    """Yield the samples of section 7.2.3, except the final block, which is P.10.1."""
    rows = (
        ("7.2.3.1", "one block", (compressed(ONE_BLOCK),), 1),
        ("7.2.3.1", "one block in two fragments", (compressed(ONE_BLOCK[:3], fin=False), cont(ONE_BLOCK[3:])), 1),
        ("7.2.3.2", "two messages that share a window", (compressed(ONE_BLOCK), compressed(FROM_WINDOW)), 2),
        ("7.2.3.2", "two messages with separate windows", (compressed(ONE_BLOCK), compressed(ONE_BLOCK)), 2),
        ("7.2.3.3", "an uncompressed block", (compressed(STORED),), 1),
        ("7.2.3.5", "two blocks", (compressed(TWO_BLOCKS),), 1),
    )
    for n, (section, what, send, count) in enumerate(rows, 1):
        yield deflate_case(
            f"P.11.{n}",
            f"Sample from RFC 7692 section {section} ({what}): echoed.",
            send,
            (Message(HELLO),) * count,
            answer=Answer.KEPT if "share" in what else Answer.AGREED,
            clauses=SAMPLES,
        )
