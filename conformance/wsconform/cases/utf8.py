"""Family 6: UTF-8 (RFC 6455 section 8.1, RFC 3629)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from wsconform.cases.builders import cont, echo, text
from wsconform.conversation.model import INVALID_PAYLOAD, Case, Deadline, Pause, Piece, Step, StillOpen, Tolerance
from wsconform.model import Message, Opcode, OpenFrame, Split, Verdict

KOSME = "κ\u1f79σμε".encode()
GREETING = "Hello-µ@ßöäüàá-UTF-8!!".encode()
SURROGATE = KOSME + bytes.fromhex("eda080") + b"edited"
BEYOND = KOSME + bytes.fromhex("f4908080") + b"edited"  # one past U+10FFFF

VALID = "6455-5.6-1", "6455-5.6-3"
INVALID = "6455-8.1-1", "6455-7.4.1-8", "6455-7.1.7-1"
FRAGMENTED = "6455-5.4-8", "6455-5.6-1"


def hexes(words: str) -> tuple[bytes, ...]:
    """Return byte strings from words of hexadecimal digits."""
    return tuple(map(bytes.fromhex, words.split()))


def lonely(first: int, last: int) -> bytes:
    """Each start byte of a range except the last one (as in Autobahn's samples), followed by a space."""
    return b"".join(bytes((lead, 0x20)) for lead in range(first, last))


TRUNCATED = hexes("c0 e080 f08080 f8808080 fc80808080 df efbf f7bfbf fbbfbfbf fdbfbfbfbf")
NONCHARACTERS = hexes("efbfbe efbfbf") + tuple(
    chr(plane << 16 | low).encode() for plane in range(1, 17) for low in (0xFFFE, 0xFFFF)
)

#: The groups of Markus Kuhn's decoder stress test. Python's decoder decides which samples are valid;
#: a test pins their number.
SAMPLES = {
    "6.5": ("Valid text", (b"hello$world", *(f"hello{c}world".encode() for c in "¢€\U00024b62"), KOSME)),
    "6.6": ("First {} of the 11 bytes of a valid text", tuple(KOSME[:n] for n in range(1, len(KOSME) + 1))),
    "6.7": ("Lowest {}-byte sequence", hexes("00 c280 e0a080 f0908080")),
    "6.8": ("Lowest {}-byte sequence, longer than UTF-8 allows", hexes("f888808080 fc8480808080")),
    "6.9": ("Highest valid {}-byte sequence", hexes("7f dfbf efbfbf f48fbfbf")),
    "6.10": ("Highest {}-byte sequence, above U+10FFFF", hexes("f7bfbfbf fbbfbfbfbf fdbfbfbfbfbf")),
    "6.11": ("Another boundary code point", hexes("ed9fbf ee8080 efbfbd f48fbfbf f4908080")),
    "6.12": (
        "Continuation bytes without a start byte",
        (*hexes("80 bf 80bf 80bf80 80bf80bf 80bf80bf80 80bf80bf80bf"), bytes(range(0x80, 0xBF))),
    ),
    "6.13": (
        "Start bytes without continuation bytes",
        tuple(lonely(*r) for r in ((0xC0, 0xDF), (0xE0, 0xEF), (0xF0, 0xF7), (0xF8, 0xFB), (0xFC, 0xFD))),
    ),
    "6.14": ("Sequence without its last continuation byte", TRUNCATED),
    "6.15": ("Ten incomplete sequences in a row", (b"".join(TRUNCATED),)),
    "6.16": ("Bytes that never occur in UTF-8", hexes("fe ff fefeffff")),
    "6.17": ("Overlong {}-byte encoding of an ASCII character", hexes("c0af e080af f08080af f8808080af fc80808080af")),
    "6.18": ("Highest overlong {}-byte sequence", hexes("c1bf e09fbf f08fbfbf f887bfbfbf fc83bfbfbfbf")),
    "6.19": ("Overlong {}-byte encoding of NUL", hexes("c080 e08080 f0808080 f880808080 fc8080808080")),
    "6.20": ("Single UTF-16 surrogate", hexes("eda080 edadbf edae80 edafbf edb080 edbe80 edbfbf")),
    "6.21": (
        "Pair of UTF-16 surrogates",
        tuple(a + b for a in hexes("eda080 edadbf edae80 edafbf") for b in hexes("edb080 edbfbf")),
    ),
    "6.22": ("Noncharacter, which is valid", NONCHARACTERS),
    "6.23": ("Code point in the Specials block", tuple(chr(c).encode() for c in range(0xFFF9, 0x10000))),
}


def is_valid(data: bytes) -> bool:
    """Whether the bytes are valid UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def cases() -> Iterator[Case]:
    """Yield fragmented text, text that becomes invalid early, and the samples."""
    yield from _fragmented()
    yield from _fail_fast()
    for section, (what, samples) in SAMPLES.items():
        for n, data in enumerate(samples, 1):
            yield _sample(f"{section}.{n}", what.format(len(data)), data)


def _sample(id_: str, what: str, data: bytes) -> Case:
    """Valid text comes back; anything else ends in 1007."""
    sample = f"0x{data.hex()}"
    if is_valid(data):
        return echo(id_, f"{what}: echoed ({sample}).", data, within=0.5, clauses=VALID)
    return _failure(id_, f"{what}: the server fails the connection ({sample}).", (text(data),), within=0.5)


_failure = partial(Case, closing=INVALID_PAYLOAD, closes_when_seen=False, clauses=INVALID)
_echoed = partial(Case, deadline=Deadline.CLOSE)


def _fragmented() -> Iterator[Case]:
    middle = b"middle frame payload"
    empty = text("", fin=False)
    yield echo("6.1.1", "Empty text message: echoed.", b"", deadline=Deadline.CLOSE, clauses=FRAGMENTED)
    for id_, title, between in (
        ("6.1.2", "Text message in three empty fragments", b""),
        ("6.1.3", "Text message in three fragments, the first and last empty", middle),
    ):
        send = (empty, cont(between, fin=False), cont(""))
        yield _echoed(id_, f"{title}: echoed whole.", send, (Message(between),), clauses=FRAGMENTED)
    yield echo("6.2.1", "Valid text in one frame: echoed.", GREETING, deadline=Deadline.CLOSE, clauses=VALID)
    halves = (text(GREETING[:15], fin=False), cont(GREETING[15:]))
    title = "Valid text in two fragments, split between two code points: echoed whole."
    yield _echoed("6.2.2", title, halves, (Message(GREETING),), clauses=FRAGMENTED)
    for id_, data in (("6.2.3", GREETING), ("6.2.4", KOSME)):
        send_split = (Split(Opcode.TEXT, data, 1),)
        title = f"Valid text of {len(data)} bytes in fragments of one byte: echoed whole."
        yield _echoed(id_, title, send_split, (Message(data),), clauses=FRAGMENTED)
    yield _failure("6.3.1", "Invalid UTF-8 in one frame: the server fails the connection.", (text(SURROGATE),))
    title = "Invalid UTF-8 in fragments of one byte: the server fails the connection."
    yield _failure("6.3.2", title, (Split(Opcode.TEXT, SURROGATE, 1),))


#: RFC 6455 requires the connection to fail, but not at the first invalid byte.
LATE = Tolerance(
    (StillOpen("A"), StillOpen("B")),
    Verdict.INFO,
    "the connection failed only at the end of the message; no clause requires it to fail at the first invalid byte",
)


def _fail_fast() -> Iterator[Case]:
    """After the second part the text is invalid, no matter how it continues."""
    for n, (cut1, cut2) in enumerate(((11, 15), (12, 13)), 1):
        one, two, three = BEYOND[:cut1], BEYOND[cut1:cut2], BEYOND[cut2:]
        fragments = text(one, fin=False), cont(two, fin=False), cont(three)
        yield _paused(f"6.4.{n}", f"fragments (split after bytes {cut1} and {cut2})", *fragments)
    for n, (cut1, cut2) in enumerate(((11, 15), (12, 13)), 3):
        yield _paused(
            f"6.4.{n}",
            f"pieces of one frame (split after bytes {cut1} and {cut2})",
            (OpenFrame(Opcode.TEXT, len(BEYOND), fin=False), Piece(BEYOND[:cut1])),
            Piece(BEYOND[cut1:cut2]),
            (Piece(BEYOND[cut2:]), cont("")),
        )


def _paused(id_: str, kind: str, *parts: Step | tuple[Step, ...]) -> Case:
    one, two, three = (part if isinstance(part, tuple) else (part,) for part in parts)
    return _failure(
        id_,
        f"Text in three {kind} with pauses between, invalid from the second on: the server fails the connection.",
        send=(*one, Pause("A"), *two, Pause("B"), *three),
        expect=(StillOpen("A"),),
        tolerate=LATE,
    )
