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
    """Octet strings from words of hexadecimal digits."""
    return tuple(map(bytes.fromhex, words.split()))


def lonely(first: int, last: int) -> bytes:
    """Each start octet of a range but the last (so Autobahn's samples have it), followed by a space."""
    return b"".join(bytes((lead, 0x20)) for lead in range(first, last))


TRUNCATED = hexes("c0 e080 f08080 f8808080 fc80808080 df efbf f7bfbf fbbfbfbf fdbfbfbfbf")
NONCHARACTERS = hexes("efbfbe efbfbf") + tuple(
    chr(plane << 16 | low).encode() for plane in range(1, 17) for low in (0xFFFE, 0xFFFF)
)

#: The groups of Markus Kuhn's decoder stress test. Python's decoder says which samples are valid;
#: a test pins how many are.
SAMPLES = {
    "6.5": ("Some valid text", (b"hello$world", *(f"hello{c}world".encode() for c in "¢€\U00024b62"), KOSME)),
    "6.6": ("All prefixes of a valid text", tuple(KOSME[:n] for n in range(1, len(KOSME) + 1))),
    "6.7": ("First sequence of each length", hexes("00 c280 e0a080 f0908080")),
    "6.8": ("First sequence of 5 and 6 octets", hexes("f888808080 fc8480808080")),
    "6.9": ("Last sequence of each length", hexes("7f dfbf efbfbf f48fbfbf")),
    "6.10": ("Last sequence of 4, 5 and 6 octets", hexes("f7bfbfbf fbbfbfbfbf fdbfbfbfbfbf")),
    "6.11": ("Other boundaries", hexes("ed9fbf ee8080 efbfbd f48fbfbf f4908080")),
    "6.12": (
        "Continuation octets without a start octet",
        (*hexes("80 bf 80bf 80bf80 80bf80bf 80bf80bf80 80bf80bf80bf"), bytes(range(0x80, 0xBF))),
    ),
    "6.13": (
        "Start octets without a continuation octet",
        tuple(lonely(*r) for r in ((0xC0, 0xDF), (0xE0, 0xEF), (0xF0, 0xF7), (0xF8, 0xFB), (0xFC, 0xFD))),
    ),
    "6.14": ("Last continuation octet missing", TRUNCATED),
    "6.15": ("Incomplete sequences joined", (b"".join(TRUNCATED),)),
    "6.16": ("Impossible octets", hexes("fe ff fefeffff")),
    "6.17": ("Overlong ASCII", hexes("c0af e080af f08080af f8808080af fc80808080af")),
    "6.18": ("Longest overlong sequences", hexes("c1bf e09fbf f08fbfbf f887bfbfbf fc83bfbfbfbf")),
    "6.19": ("Overlong NUL", hexes("c080 e08080 f0808080 f880808080 fc8080808080")),
    "6.20": ("Single surrogates", hexes("eda080 edadbf edae80 edafbf edb080 edbe80 edbfbf")),
    "6.21": (
        "Paired surrogates",
        tuple(a + b for a in hexes("eda080 edadbf edae80 edafbf") for b in hexes("edb080 edbfbf")),
    ),
    "6.22": ("Noncharacters, all valid", NONCHARACTERS),
    "6.23": ("Specials", tuple(chr(c).encode() for c in range(0xFFF9, 0x10000))),
}


def is_valid(data: bytes) -> bool:
    """Whether the octets are UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def cases() -> Iterator[Case]:
    """Fragmented text, text that is wrong early, and the samples."""
    yield from _fragmented()
    yield from _fail_fast()
    for section, (title, samples) in SAMPLES.items():
        for n, data in enumerate(samples, 1):
            yield _sample(f"{section}.{n}", f"{title}: 0x{data.hex()}", data)


def _sample(id_: str, title: str, data: bytes) -> Case:
    """Valid text comes back; anything else ends in 1007."""
    if is_valid(data):
        return echo(id_, title, data, within=0.5, clauses=VALID)
    return _failure(id_, title, (text(data),), within=0.5)


_failure = partial(Case, closing=INVALID_PAYLOAD, closes_when_seen=False, clauses=INVALID)
_echoed = partial(Case, deadline=Deadline.CLOSE)


def _fragmented() -> Iterator[Case]:
    middle = b"middle frame payload"
    empty = text("", fin=False)
    yield echo("6.1.1", "An empty message.", b"", deadline=Deadline.CLOSE, clauses=FRAGMENTED)
    for id_, title, between in (
        ("6.1.2", "Three empty fragments", b""),
        ("6.1.3", "A fragment between two empty ones", middle),
    ):
        send = (empty, cont(between, fin=False), cont(""))
        yield _echoed(id_, f"{title}.", send, (Message(between),), clauses=FRAGMENTED)
    yield echo("6.2.1", "Valid text, unfragmented.", GREETING, deadline=Deadline.CLOSE, clauses=VALID)
    halves = (text(GREETING[:15], fin=False), cont(GREETING[15:]))
    yield _echoed("6.2.2", "Valid text, cut between code points.", halves, (Message(GREETING),), clauses=FRAGMENTED)
    for id_, data in (("6.2.3", GREETING), ("6.2.4", KOSME)):
        send_split = (Split(Opcode.TEXT, data, 1),)
        yield _echoed(id_, "Valid text in fragments of one octet.", send_split, (Message(data),), clauses=FRAGMENTED)
    yield _failure("6.3.1", "Invalid text, unfragmented.", (text(SURROGATE),))
    yield _failure("6.3.2", "Invalid text in fragments of one octet.", (Split(Opcode.TEXT, SURROGATE, 1),))


#: RFC 6455 asks that the connection is failed, not that it is failed at the first wrong octet.
LATE = Tolerance(
    (StillOpen("A"), StillOpen("B")),
    Verdict.INFO,
    "failed only at the end of the message; no clause asks for the first wrong octet",
)


def _fail_fast() -> Iterator[Case]:
    """The second part makes the text wrong for good, whatever the third may bring."""
    for n, (cut1, cut2) in enumerate(((11, 15), (12, 13)), 1):
        one, two, three = BEYOND[:cut1], BEYOND[cut1:cut2], BEYOND[cut2:]
        fragments = text(one, fin=False), cont(two, fin=False), cont(three)
        yield _paused(f"6.4.{n}", "fragments", *fragments)
    for n, (cut1, cut2) in enumerate(((11, 15), (12, 13)), 3):
        yield _paused(
            f"6.4.{n}",
            "pieces of one frame",
            (OpenFrame(Opcode.TEXT, len(BEYOND), fin=False), Piece(BEYOND[:cut1])),
            Piece(BEYOND[cut1:cut2]),
            (Piece(BEYOND[cut2:]), cont("")),
        )


def _paused(id_: str, kind: str, *parts: Step | tuple[Step, ...]) -> Case:
    one, two, three = (part if isinstance(part, tuple) else (part,) for part in parts)
    return _failure(
        id_,
        f"Invalid text in three {kind} with pauses; the second decides.",
        send=(*one, Pause("A"), *two, Pause("B"), *three),
        expect=(StillOpen("A"),),
        tolerate=LATE,
    )
