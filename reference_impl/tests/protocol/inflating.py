"""A DEFLATE reader of our own (RFC 1951) that keeps an eye on distances, and blocks written by hand.

Slow and simple; nothing of zlib is used, so that zlib can be judged by it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

_LENGTHS = (
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    11,
    13,
    15,
    17,
    19,
    23,
    27,
    31,
    35,
    43,
    51,
    59,
    67,
    83,
    99,
    115,
    131,
    163,
    195,
    227,
)
_LENGTH_BITS = (0,) * 8 + (1,) * 4 + (2,) * 4 + (3,) * 4 + (4,) * 4 + (5,) * 4
_DISTANCES = [1, 2, 3, 4, *(sum(1 << (i // 2 - 1) for i in range(2, code)) + 3 for code in range(4, 30))]
_DISTANCE_BITS = [0, 0, 0, 0, *(code // 2 - 1 for code in range(4, 30))]
_ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)
_FIXED = [8] * 144 + [9] * 112 + [7] * 24 + [8] * 8

Codes = dict[tuple[int, int], int]


class NotDeflateError(Exception):
    """The octets end too early or too late, or break a rule."""


def codes(lengths: list[int], *, complete: bool = False) -> Codes:
    """Canonical Huffman codes (section 3.2.2): number of bits and code, to symbol.

    Every bit pattern must be one, but that a single code may stand alone if it need not be complete.
    """
    used = sum(2.0**-length for length in lengths if length)
    if used > 1 or (0 < used < 1 and (complete or max(lengths) > 1)):
        raise NotDeflateError("no set of codes")
    code, made = 0, {}
    for bits in range(1, 16):
        for symbol, length in enumerate(lengths):
            if length == bits:
                made[bits, code] = symbol
                code += 1
        code <<= 1
    return made


@dataclass
class Inflated:
    """What a stream has made so far; `read` takes the octets of one message.

    Attributes:
        output: all of it.
        distance: the largest one of the last message.
        reach: how far before its beginning the last message has reached.
    """

    output: bytearray = field(default_factory=bytearray)
    distance: int = 0
    reach: int = 0

    def read(self, payload: bytes) -> bytes:
        """Inflate one message; behind it and the empty block there must be nothing."""
        start, self.distance, self.reach = len(self.output), 0, 0
        self._data, self._at, self._start = payload + b"\0\0\xff\xff", 0, start
        while self._at < len(self._data) * 8:
            if self._block():
                self._at += -self._at % 8
        if self._last_size:
            raise NotDeflateError("the last block is not an empty stored one")
        return bytes(self.output[start:])

    def _block(self) -> int:
        final, kind = self._bits(1), self._bits(2)
        before = len(self.output)
        if kind == 0:
            self._stored()
        elif kind == 1:
            self._compressed(codes(_FIXED), codes([5] * 32))
        elif kind == 2:
            self._compressed(*self._tables())
        else:
            raise NotDeflateError("block type 3")
        self._last_size = len(self.output) - before or kind
        return final

    def _bits(self, count: int) -> int:
        value = 0
        for place in range(count):
            octet, bit = divmod(self._at, 8)
            if octet >= len(self._data):
                raise NotDeflateError("too short")
            value |= (self._data[octet] >> bit & 1) << place
            self._at += 1
        return value

    def _symbol(self, table: Codes) -> int:
        code = 0
        for bits in range(1, 16):
            code = code << 1 | self._bits(1)
            if (bits, code) in table:
                return table[bits, code]
        raise NotDeflateError("no such code")

    def _stored(self) -> None:
        self._at += -self._at % 8
        size, check = self._bits(16), self._bits(16)
        if size ^ check != 0xFFFF:
            raise NotDeflateError("stored length")
        self.output += bytes(self._bits(8) for _ in range(size))

    def _tables(self) -> tuple[Codes, Codes]:
        literals, distances, count = self._bits(5) + 257, self._bits(5) + 1, self._bits(4) + 4
        if literals > 286 or distances > 30:
            raise NotDeflateError("too many symbols")
        lengths = [0] * 19
        for symbol in _ORDER[:count]:
            lengths[symbol] = self._bits(3)
        table, lengths = codes(lengths, complete=True), []
        while len(lengths) < literals + distances:
            symbol = self._symbol(table)
            if symbol < 16:
                lengths.append(symbol)
            elif symbol == 16 and lengths:
                lengths += lengths[-1:] * (self._bits(2) + 3)
            elif symbol == 16:
                raise NotDeflateError("nothing to repeat")
            else:
                lengths += [0] * (self._bits(3) + 3 if symbol == 17 else self._bits(7) + 11)
        if len(lengths) > literals + distances or not lengths[256]:
            raise NotDeflateError("too many lengths, or none for the end")
        return codes(lengths[:literals]), codes(lengths[literals:])

    def _compressed(self, literals: Codes, distances: Codes) -> None:
        while (symbol := self._symbol(literals)) != 256:
            if symbol < 256:
                self.output.append(symbol)
                continue
            if symbol > 285:
                raise NotDeflateError("no such length")
            length = 258 if symbol == 285 else _LENGTHS[symbol - 257] + self._bits(_LENGTH_BITS[symbol - 257])
            code = self._symbol(distances)
            if code > 29:
                raise NotDeflateError("no such distance")
            self._copy(length, _DISTANCES[code] + self._bits(_DISTANCE_BITS[code]))

    def _copy(self, length: int, distance: int) -> None:
        if distance > len(self.output):
            raise NotDeflateError("distance before the start")
        self.distance = max(self.distance, distance)
        self.reach = max(self.reach, distance - (len(self.output) - self._start))
        for _ in range(length):
            self.output.append(self.output[-distance])


class Block:
    """A block of fixed Huffman codes, written by hand; `final` sets BFINAL.

    The first of a message begins at an octet; the empty stored block behind it is included.
    """

    def __init__(self, *parts: bytes | tuple[int, int], final: bool = False, kind: int = 1) -> None:
        self._text = f"{final:b}" + f"{kind:02b}"[::-1]
        for part in parts:
            if isinstance(part, bytes):
                for octet in part:
                    self._write_symbol(octet)
            else:
                self._copy(*part)

    def _write_symbol(self, symbol: int) -> None:
        [bits, code] = next(key for key, value in codes(_FIXED).items() if value == symbol)
        self._text += f"{code:0{bits}b}"

    def _copy(self, length: int, distance: int) -> None:
        code = max(code for code, base in enumerate(_LENGTHS) if base <= length) if length < 258 else 28
        self._write_symbol(257 + code)
        if length < 258:
            self._write_number(length - _LENGTHS[code], _LENGTH_BITS[code])
        code = max(code for code, base in enumerate(_DISTANCES) if base <= distance)
        self._text += f"{code:05b}"
        self._write_number(distance - _DISTANCES[code], _DISTANCE_BITS[code])

    def _write_number(self, value: int, bits: int) -> None:
        self._text += f"{value:0{bits}b}"[::-1] if bits else ""

    def unended(self) -> bytes:
        """The octets, without the code that ends the block."""
        padded = self._text + "0" * (-len(self._text) % 8)
        return bytes(int(padded[at : at + 8][::-1], 2) for at in range(0, len(padded), 8))

    def message(self) -> bytes:
        """The octets of a message that is this block."""
        self._write_symbol(256)
        final = self._text[0] == "1"
        if final:
            self._text += "0" * (-len(self._text) % 8)
        self._text += "000"
        return self.unended()


def stored(data: bytes, *, final: bool = False) -> bytes:
    """A stored block that begins at an octet."""
    size = len(data)
    return bytes([final]) + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little") + data


assert all(low < high for low, high in pairwise(_DISTANCES))
assert (_DISTANCES[-1], len(_DISTANCES), len(_LENGTHS), len(_LENGTH_BITS)) == (24577, 30, 28, 28)
