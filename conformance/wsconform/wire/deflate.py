"""Scans the DEFLATE blocks of a compressed message (RFC 1951) without inflating it.

The scan finds what an inflater does not report: how far back the compressor reached, and whether its octets end as
RFC 7692 section 7.2.1 requires. It does not use zlib, since most servers compress with zlib.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

__all__ = ["TAIL", "Scan", "scan"]

#: Octets that a sender removes and a receiver appends (RFC 7692 sections 7.2.1 and 7.2.2).
TAIL = b"\x00\x00\xff\xff"

NO_CODE = "a code that stands for nothing"

LITERALS, DISTANCES, END_OF_BLOCK = 286, 30, 256
#: The order of the lengths of the code length code (RFC 1951 section 3.2.7).
ORDER = 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15
LENGTH_BITS = 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0
DISTANCE_BITS = tuple(max(0, code // 2 - 1) for code in range(DISTANCES))

#: The most bits of a length and a distance, with all their extra bits.
LONGEST = 15 + 5 + 15 + 13
CHUNK = 32  # octets taken at a time: with more, every shift costs more

#: The blocks of a message that are read, so that a message of many small ones does not take seconds. A block with
#: dynamic codes makes two tables, which takes as long as reading many blocks without.
MOST_BLOCKS, DYNAMIC_COSTS = 4096, 32
DYNAMIC = 2  # the kind of such a block


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found in the blocks of a message.

    Attributes:
        farthest: the largest distance, in octets; 0 if nothing is repeated.
        size: octets of the inflated message, as far as the data can be read.
        whole: the data end at the end of a block once the tail is appended.
        final: a block is marked as the last of its stream (BFINAL).
        error: why the data are not DEFLATE; empty if they are, or only end too early.
        stopped: the limit of blocks was reached, and the rest was not read.
    """

    farthest: int = 0
    size: int = 0
    whole: bool = False
    final: bool = False
    error: str = ""
    stopped: bool = False


Table = tuple[list[int], int]


class _BrokenError(Exception):
    """The data are not DEFLATE."""


class _CutShortError(_BrokenError):
    """The data end in the middle of a block."""


def scan(data: bytes) -> Scan:
    """Scan the blocks of a message; ``data`` is the payload of its frames, without the tail."""
    scanner, whole, error = _Scanner(data + TAIL), True, ""
    try:
        whole = scanner.run()
    except _CutShortError:
        whole = False
    except _BrokenError as broken:
        whole, error = False, str(broken)
    return Scan(scanner.farthest, scanner.size, whole, scanner.final, error, scanner.left == 0)


def _built(lengths: Sequence[int], entries: Sequence[int], *, all_needed: bool = False) -> Table:
    """Return a table that is indexed with the next bits, low bit first, and the mask for these bits.

    The low four bits of an entry are the length of its code. Bits that begin no code have the entry 0.
    """
    longest = max(lengths, default=0)
    table, code, last = [0] * (1 << longest), 0, 0
    for length, symbol in sorted((length, symbol) for symbol, length in enumerate(lengths) if length):
        code <<= length - last
        if code >> length:
            raise _BrokenError("more codes than their lengths allow")
        # Codes come with their high bit first (RFC 1951 section 3.1.1).
        turned = int(f"{code:0{length}b}"[::-1], 2)
        table[turned :: 1 << length] = [entries[symbol] | length] * (1 << longest - length)
        code, last = code + 1, length
    if code < 1 << longest and longest and (all_needed or longest > 1):
        raise _BrokenError("fewer codes than their lengths demand")
    return table, (1 << longest) - 1


def _based(first: int, extra_bits: Sequence[int]) -> list[tuple[int, int]]:
    """Return the smallest value of each code, and how many extra bits are added to it."""
    rows = []
    for extra in extra_bits:
        rows.append((first, extra))
        first += 1 << extra
    return rows


def _literal_entries() -> list[int]:
    """Return 0 for literals. Others have bit 4, then extra bits (3) and length; length 0 ends the block."""
    lengths = _based(3, LENGTH_BITS)
    lengths[-1] = (258, 0)  # the only one that does not follow from the code before
    return [0] * END_OF_BLOCK + [1 << 4] + [1 << 4 | extra << 5 | base << 8 for base, extra in lengths]


LITERAL_ENTRIES = _literal_entries()
#: Extra bits (4) and distance.
DISTANCE_ENTRIES = [extra << 4 | base << 8 for base, extra in _based(1, DISTANCE_BITS)]
#: The symbol.
LENGTH_ENTRIES = [symbol << 4 for symbol in range(len(ORDER))]
MEANINGLESS = 1 << 30


@cache
def _fixed() -> tuple[Table, Table]:
    """Return the fixed codes (RFC 1951 section 3.2.6); the last two of each have no meaning."""
    literals = [8] * 144 + [9] * 112 + [7] * 24 + [8] * 8
    return _sieved(literals, LITERAL_ENTRIES), _sieved([5] * 32, DISTANCE_ENTRIES)


def _sieved(lengths: Sequence[int], entries: list[int]) -> Table:
    table, mask = _built(lengths, entries + [MEANINGLESS] * 2)
    return [0 if entry >= MEANINGLESS else entry for entry in table], mask


class _Scanner:
    """Reads block after block."""

    def __init__(self, data: bytes) -> None:
        self._data, self._next, self._bits, self._have = data, 0, 0, 0
        self.farthest = self.size = 0
        self.final = False
        self.left = MOST_BLOCKS  # how many more blocks are read

    def run(self) -> bool:
        """Read to the end of the data; return False if there are too many blocks.

        Raises:
            _BrokenError: the data are not DEFLATE, or end too early.
        """
        while self._have or self._next < len(self._data):
            final, kind = self._take(1), self._take(2)
            self.left = max(0, self.left - (DYNAMIC_COSTS if kind == DYNAMIC else 1))
            if not self.left:
                return False
            _KINDS[kind](self)
            if final:
                # A stream ends with a whole octet (RFC 1951 section 3.1); another may follow.
                self._align()
                self.final = True
        return True

    def _take(self, count: int) -> int:
        """Take up to 16 bits, the first one lowest."""
        if self._have < count:
            self._refill()
        taken = self._bits & (1 << count) - 1
        self._drop(count)
        return taken

    def _refill(self) -> None:
        more = self._data[self._next : self._next + CHUNK]
        self._bits |= int.from_bytes(more, "little") << self._have
        self._have += 8 * len(more)
        self._next += len(more)

    def _drop(self, count: int) -> None:
        self._bits >>= count
        self._have -= count
        if self._have < 0:
            raise _CutShortError

    def _align(self) -> None:
        """Skip to the next whole octet."""
        self._next -= self._have >> 3
        self._bits = self._have = 0

    def reserved(self) -> None:
        """Reject the reserved kind of block.

        Raises:
            _BrokenError: always.
        """
        raise _BrokenError("a block of the reserved kind 3")

    def stored(self) -> None:
        """Read a block that is not compressed (RFC 1951 section 3.2.4)."""
        self._align()
        size, check = self._take(16), self._take(16)
        if size ^ check != 0xFFFF:
            raise _BrokenError("a stored block whose two lengths do not match")
        self._align()
        there = min(size, len(self._data) - self._next)
        self._next += there
        self.size += there
        if there < size:
            raise _CutShortError

    def fixed(self) -> None:
        """Read a block with fixed codes (RFC 1951 section 3.2.6)."""
        self._codes(*_fixed())

    def dynamic(self) -> None:
        """Read a block with dynamic codes (RFC 1951 section 3.2.7)."""
        literals, distances, count = self._take(5) + 257, self._take(5) + 1, self._take(4) + 4
        if literals > LITERALS or distances > DISTANCES:
            raise _BrokenError("codes for more symbols than there are")
        short = [0] * 19
        for symbol in ORDER[:count]:
            short[symbol] = self._take(3)
        lengths = self._lengths(_built(short, LENGTH_ENTRIES, all_needed=True), literals + distances)
        if not lengths[END_OF_BLOCK]:
            raise _BrokenError("no code for the end of the block")
        self._codes(_built(lengths[:literals], LITERAL_ENTRIES), _built(lengths[literals:], DISTANCE_ENTRIES))

    def _lengths(self, table: Table, count: int) -> list[int]:
        lengths: list[int] = []
        while len(lengths) < count:
            symbol = self._symbol(table)
            if symbol < 16:
                lengths.append(symbol)
            elif symbol == 16:
                if not lengths:
                    raise _BrokenError("a repeated code length without one before it")
                lengths += lengths[-1:] * (3 + self._take(2))
            else:
                lengths += [0] * (3 + self._take(3) if symbol == 17 else 11 + self._take(7))
        if len(lengths) > count:
            raise _BrokenError("more code lengths than announced")
        return lengths

    def _symbol(self, table: Table) -> int:
        """Take the next symbol of the code length code; its codes have at most seven bits."""
        entries, mask = table
        if self._have < 7:
            self._refill()
        entry = entries[self._bits & mask]
        if not entry:
            raise _BrokenError(NO_CODE)
        self._drop(entry & 15)
        return entry >> 4

    def _codes(self, literals: Table, distances: Table) -> None:
        """Read literals, and lengths with distances, to the end of the block.

        This is one long function with its state in local variables, because its loop runs for every octet or two.
        """
        (literal, literal_mask), (distance, distance_mask) = literals, distances
        bits, have, size, farthest = self._bits, self._have, self.size, self.farthest
        while have >= 0:
            if have < LONGEST:
                # Near the end of the data, the next symbol may include bits that do not exist.
                self.size, self.farthest, self._bits, self._have = size, farthest, bits, have
                self._refill()
                bits, have = self._bits, self._have
            entry = literal[bits & literal_mask]
            if 0 < entry < 16:
                bits >>= entry
                have -= entry
                size += 1
                continue
            extra, length = entry >> 5 & 7, entry >> 8
            bits >>= entry & 15
            have -= (entry & 15) + extra
            if not length:
                break
            length += bits & (1 << extra) - 1
            bits >>= extra
            entry = distance[bits & distance_mask]
            if not entry:
                break
            extra = entry >> 4 & 15
            bits >>= entry & 15
            have -= (entry & 15) + extra
            back = (entry >> 8) + (bits & (1 << extra) - 1)
            bits >>= extra
            size += length
            if back > farthest:
                farthest = back
        if have < 0:
            raise _CutShortError
        self.size, self.farthest, self._bits, self._have = size, farthest, bits, have
        if not entry:
            raise _BrokenError(NO_CODE)


_KINDS: tuple[Callable[[_Scanner], None], ...] = _Scanner.stored, _Scanner.fixed, _Scanner.dynamic, _Scanner.reserved
