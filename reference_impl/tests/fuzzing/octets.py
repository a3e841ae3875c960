"""What a client may send, right or nearly right, for hypothesis.

Random octets fail at their first frame, so these begin with valid frames, and break few things at a time. Lengths are
those at which the encoding of a length or the way of unmasking changes. Values are recipes, whose representation is
short however much they make.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from hypothesis import strategies as st

from tests.protocol.wire import FIN, length_field

TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10
RSV1 = 0x40
TAIL = b"\0\0\xff\xff"
NOISE = Random(7).randbytes(70_000)
MANY_ENDS = b"\x03\0" * 300
"""Empty blocks, each marked as the last of its stream."""

SIZES = st.one_of(
    st.integers(0, 20),
    st.sampled_from([124, 125, 126, 127, 128, 511, 512, 1023, 1024, 16383, 16384, 65535, 65536, 65537]),
)
KEYS = st.one_of(st.binary(min_size=4, max_size=4), st.sampled_from([bytes(4), b"\xff" * 4]))
CUTS = st.lists(st.sampled_from([0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 13, 14, 125, 1000, 4096]), max_size=40)
"""Sizes of the pieces in which octets arrive; the last piece is what is left."""


def cut(octets: bytes, sizes: list[int]) -> list[bytes]:
    """The octets in pieces of these sizes, and what is left."""
    pieces = []
    for size in sizes:
        pieces.append(octets[:size])
        octets = octets[size:]
    return [*pieces, octets]


def masked(first: int, payload: bytes, key: bytes, form: int | None = None) -> bytes:
    """A frame as a client sends it; as `wire.masked`, but fast for long payloads."""
    size = len(payload)
    stream = (key * (size // 4 + 1))[:size]
    octets = (int.from_bytes(payload, "big") ^ int.from_bytes(stream, "big")).to_bytes(size, "big")
    return bytes([first]) + length_field(size, form) + key + octets


# Payloads

UNITS = {"a": b"a", "nul": b"\0", "mixed": b"ab\xff", "all": bytes(range(256)), "noise": NOISE}


@dataclass(frozen=True)
class Filled:
    """A payload of one unit again and again."""

    size: int
    unit: str

    def made(self) -> bytes:
        unit = UNITS[self.unit]
        return (unit * (self.size // len(unit) + 1))[: self.size]


@dataclass(frozen=True)
class FilledText:
    """A text of one unit again and again, as large as possible up to a size in octets."""

    size: int
    unit: str

    def made(self) -> str:
        return self.unit * (self.size // len(self.unit.encode()))


@dataclass(frozen=True)
class NearlyText:
    """Octets that are UTF-8 except for one place."""

    before: FilledText
    wrong: bytes
    after: str

    def made(self) -> bytes:
        return self.before.made().encode() + self.wrong + self.after.encode()


def made(recipe):
    """What a recipe makes; octets and text are their own recipes."""
    return recipe if isinstance(recipe, (bytes, str)) else recipe.made()


FILLED_TEXTS = st.builds(FilledText, SIZES, st.sampled_from(["a", "é", "€", "😀", "a\0€"]))
BINARIES = st.one_of(st.binary(max_size=40), st.builds(Filled, SIZES, st.sampled_from(sorted(UNITS))))
TEXTS = st.one_of(st.text(max_size=30), FILLED_TEXTS)
NEARLY_TEXTS = st.builds(
    NearlyText,
    FILLED_TEXTS,
    st.sampled_from([b"\xff", b"\xc3", b"\xe2\x82", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\x80", b"\x80"]),
    st.text(max_size=3),
)
MESSAGES = st.one_of(TEXTS, BINARIES)


def encoded(message: str | bytes) -> tuple[int, bytes]:
    """Opcode and payload of a message."""
    return (TEXT, message.encode()) if isinstance(message, str) else (BINARY, message)


# Frames that are right

CONTROLS = st.tuples(st.sampled_from([PING, PONG]), st.one_of(st.binary(max_size=8), st.just(bytes(125))))
CLOSES = st.one_of(
    st.just(b""),
    st.builds(
        lambda code, reason: code.to_bytes(2, "big") + reason.encode()[:123].decode(errors="ignore").encode(),
        st.sampled_from([1000, 1001, 1003, 1007, 1010, 1014, 3000, 4999]),
        st.text(max_size=123),
    ),
)
"""Payloads of Close frames."""
FRAGMENTS = st.lists(st.tuples(SIZES, KEYS, st.one_of(st.none(), CONTROLS)), max_size=5)
"""For each fragment but the last one: size, masking key, and a control frame behind it."""


def fragmented(first: int, payload: bytes, plan) -> bytes:
    """A message in frames, with control frames between them; `plan` is one of `FRAGMENTS`."""
    octets = b""
    *pieces, last = cut(payload, [size for size, _, _ in plan])
    for piece, (_, key, control) in zip(pieces, plan, strict=True):
        octets += masked(first, piece, key)
        first = CONTINUATION
        if control is not None:
            octets += masked(FIN | control[0], control[1], key)
    return octets + masked(FIN | first, last, b"last")


# Damage


@dataclass(frozen=True)
class Damage:
    """A change of a few octets, at a place that is given as a part of the whole."""

    how: str
    place: float
    octets: bytes

    def done(self, octets: bytes) -> bytes:
        at = int(self.place * len(octets))
        before, behind = octets[:at], octets[at:]
        if self.how == "change":
            return before + bytes(a ^ b for a, b in zip(behind, self.octets, strict=False)) + behind[len(self.octets) :]
        if self.how == "insert":
            return before + self.octets + behind
        if self.how == "drop":
            return before + behind[len(self.octets) :]
        return octets[: len(octets) - len(self.octets)] if self.how == "shorten" else before


DAMAGES = st.lists(
    st.builds(
        Damage,
        st.sampled_from(["change", "insert", "drop", "shorten", "cut"]),
        st.one_of(st.floats(0, 1), st.just(0.0)),
        st.binary(min_size=1, max_size=6),
    ),
    max_size=2,
).map(tuple)


@dataclass(frozen=True)
class Joined:
    """Parts, one behind the other, with damages."""

    parts: tuple
    damages: tuple = ()

    def made(self) -> bytes:
        octets = b"".join(map(made, self.parts))
        for damage in self.damages:
            octets = damage.done(octets)
        return octets


def joined(parts, most: int):
    """A strategy for a few of these parts, damaged or not."""
    return st.builds(Joined, st.lists(parts, min_size=1, max_size=most).map(tuple), DAMAGES)


# Compressed, right or not


@dataclass(frozen=True)
class Deflated:
    """Octets that zlib has compressed, with the tail that a sender must remove."""

    payload: object
    level: int
    strategy: int
    flush: int

    def made(self) -> bytes:
        return _deflated(self)


@lru_cache(200)
def _deflated(recipe: Deflated) -> bytes:
    payload = made(recipe.payload)
    compressor = zlib.compressobj(recipe.level, zlib.DEFLATED, -15, 9, recipe.strategy)
    payload = payload.encode() if isinstance(payload, str) else payload
    return compressor.compress(payload) + compressor.flush(recipe.flush)


@dataclass(frozen=True)
class Untailed:
    """A stream without its tail."""

    stream: Deflated

    def made(self) -> bytes:
        return self.stream.made().removesuffix(TAIL)


@dataclass(frozen=True)
class Repeated:
    """A part, many times."""

    part: bytes
    times: int

    def made(self) -> bytes:
        return self.part * self.times


STREAMS = st.builds(
    Deflated,
    st.one_of(BINARIES, TEXTS, NEARLY_TEXTS),
    st.sampled_from([0, 1, 9]),
    st.sampled_from([zlib.Z_DEFAULT_STRATEGY, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE, zlib.Z_FIXED]),
    st.sampled_from([zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH, zlib.Z_BLOCK, zlib.Z_FINISH]),
)
BOMBS = st.builds(
    Deflated,
    st.builds(Filled, st.sampled_from([70_000, 1 << 20, (1 << 20) + 1, 3 << 20]), st.just("nul")),
    st.just(9),
    st.just(zlib.Z_DEFAULT_STRATEGY),
    st.sampled_from([zlib.Z_SYNC_FLUSH, zlib.Z_FINISH]),
)
EMPTY_BLOCKS = b"\0", b"\x03\0", b"\x02\0", b"\x01\0\0\xff\xff", TAIL, b"\xff", b"\x06"
BLOCKS = st.one_of(
    STREAMS,
    STREAMS.map(Untailed),
    BOMBS,
    BOMBS.map(Untailed),
    st.sampled_from(EMPTY_BLOCKS),
    st.builds(Repeated, st.sampled_from(EMPTY_BLOCKS), st.sampled_from([2, 17, 300])),
)
COMPRESSED = joined(BLOCKS, 3)


# Frames that are wrong, or do not fit


@dataclass(frozen=True)
class Framed:
    """A frame whose length is right."""

    first: int
    payload: object
    key: bytes
    form: int | None = None

    def made(self) -> bytes:
        payload = made(self.payload)
        return masked(self.first, payload, self.key, self.form)


@dataclass(frozen=True)
class Announced:
    """A frame whose payload need not be as long as announced."""

    first: int
    length: int
    key: bytes
    payload: bytes
    in_64_bits: bool
    unmasked: bool

    def made(self) -> bytes:
        header = bytearray([self.first]) + length_field(self.length, 64 if self.in_64_bits else None)
        header[1] &= 0x7F if self.unmasked else 0xFF
        return bytes(header) + self.key + self.payload


FIRSTS = st.sampled_from([0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0xC1, 0xC2, 0x41, 0x42, 0x40, 0xC0])
DATA_FRAMES = st.builds(Framed, FIRSTS, st.one_of(BINARIES, NEARLY_TEXTS, COMPRESSED), KEYS)
CONTROL_FRAMES = st.builds(
    Framed,
    st.sampled_from([FIN | CLOSE, FIN | PING, FIN | PONG, PING]),
    st.one_of(CLOSES, st.binary(max_size=5), st.sampled_from([bytes(125), bytes(126)])),
    KEYS,
)
ANNOUNCED = st.builds(
    Announced,
    st.one_of(FIRSTS, st.integers(0, 255)),
    st.one_of(SIZES, st.sampled_from([1 << 20, 1 << 31, 1 << 32, (1 << 63) - 1])),
    KEYS,
    st.binary(max_size=20),
    st.booleans(),
    st.sampled_from([False, False, False, True]),
)
HOSTILE = joined(st.one_of(DATA_FRAMES, CONTROL_FRAMES, ANNOUNCED), 4)
