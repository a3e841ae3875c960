"""Compressed messages for cases: by zlib, or block by block, in forms no compressor writes (RFC 1951)."""

from __future__ import annotations

import zlib
from bisect import bisect
from collections.abc import Sequence
from random import Random

__all__ = ["TAIL", "Blocks", "Compressor", "counted", "deflated", "noise"]

TAIL = b"\x00\x00\xff\xff"

LENGTH_EXTRAS = (0,) * 8 + (1,) * 4 + (2,) * 4 + (3,) * 4 + (4,) * 4 + (5,) * 4
DISTANCE_EXTRAS = tuple(max(0, code // 2 - 1) for code in range(30))


def counted(size: int, start: int = 0) -> bytes:
    """Return ASCII in which every position differs: consecutive numbers."""
    return b"".join(b"%d " % number for number in range(start, start + size // 2 + 1))[:size]


def noise(size: int, seed: int = 0) -> bytes:
    """Return bytes with almost no repetitions."""
    return Random(seed).randbytes(size)


def deflated(data: bytes, *, level: int = 6, bits: int = 15, strategy: int = zlib.Z_DEFAULT_STRATEGY) -> bytes:
    """Compress one message with zlib and an empty window, and cut off the tail (RFC 7692 section 7.2.1)."""
    return Compressor(level, bits, strategy).message(data)


class Compressor:
    """Compresses the messages of a client that keeps its window between them."""

    def __init__(self, level: int = 6, bits: int = 15, strategy: int = zlib.Z_DEFAULT_STRATEGY) -> None:
        self._zlib = zlib.compressobj(level, zlib.DEFLATED, -bits, 8, strategy)

    def message(self, data: bytes) -> bytes:
        """Compress the next message."""
        octets = self._zlib.compress(data) + self._zlib.flush(zlib.Z_SYNC_FLUSH)
        return octets.removesuffix(TAIL)


def _bases(first: int, extras: Sequence[int]) -> list[int]:
    bases = [first]
    for extra in extras[:-1]:
        bases.append(bases[-1] + (1 << extra))
    return bases


LENGTHS, DISTANCES = _bases(3, LENGTH_EXTRAS), _bases(1, DISTANCE_EXTRAS)


class Blocks:
    """A message built block by block. Each method appends to it and returns it."""

    def __init__(self) -> None:
        self._bits, self._count = 0, 0

    def bits(self, value: int, count: int) -> Blocks:
        """Append `count` bits of a value, the lowest first."""
        self._bits |= value << self._count
        self._count += count
        return self

    def octets(self, octets: bytes) -> Blocks:
        """Append whole bytes at the next byte boundary."""
        return self._aligned().bits(int.from_bytes(octets, "little"), 8 * len(octets))

    def stored(self, data: bytes = b"", *, final: bool = False) -> Blocks:
        """Append a stored block: uncompressed bytes."""
        size = len(data)
        head = size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little")
        return self.bits(final, 3).octets(head + data)

    def fixed(self, *symbols: bytes | tuple[int, int], final: bool = False) -> Blocks:
        """Append a block in the fixed Huffman codes, from literals and pairs of length and distance.

        After a final block, the next block starts at a byte boundary.
        """
        self.bits(final | 1 << 1, 3)
        for symbol in symbols:
            if isinstance(symbol, bytes):
                for octet in symbol:
                    self.symbol(octet)
            else:
                self._match(*symbol)
        self.symbol(256)
        return self._aligned() if final else self

    def symbol(self, symbol: int) -> Blocks:
        """Append the fixed code of a literal, the end of a block (256) or a length (RFC 1951 section 3.2.6)."""
        if symbol < 144:
            return self._code(0x30 + symbol, 8)
        if symbol < 256:
            return self._code(0x190 + symbol - 144, 9)
        return self._code(symbol - 256, 7) if symbol < 280 else self._code(0xC0 + symbol - 280, 8)

    def distance(self, code: int) -> Blocks:
        """Append a distance code, without its extra bits."""
        return self._code(code, 5)

    def _match(self, length: int, distance: int) -> None:
        if length == 258:
            self.symbol(285)
        else:
            at = bisect(LENGTHS, length) - 1
            self.symbol(257 + at).bits(length - LENGTHS[at], LENGTH_EXTRAS[at])
        at = bisect(DISTANCES, distance) - 1
        self.distance(at).bits(distance - DISTANCES[at], DISTANCE_EXTRAS[at])

    def _code(self, code: int, count: int) -> Blocks:
        """Append a Huffman code, the highest bit first."""
        return self.bits(int(f"{code:0{count}b}"[::-1], 2), count)

    def _aligned(self) -> Blocks:
        self._count += -self._count % 8
        return self

    def message(self) -> bytes:
        """Return the payload: the blocks, then an empty stored block without its last four bytes."""
        return self.bits(0, 3).raw()

    def raw(self) -> bytes:
        """Return the bytes without an ending."""
        return self._bits.to_bytes(-(-self._count // 8), "little")
