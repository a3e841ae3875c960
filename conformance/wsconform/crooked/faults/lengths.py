"""Faults with the lengths of frames, and with limits (RFC 6455 sections 5.2 and 10.4)."""

from __future__ import annotations

import struct

from wsconform.crooked.connection import PONG, Connection
from wsconform.crooked.frames import FrameDecoder
from wsconform.crooked.model import acts, must, of_topic, should
from wsconform.model import KiB
from wsconform.wire.frames import encode_header

__all__ = ["SERVERS", "longest"]

SHORTEST, NUMBER, LIMIT, CONTENT = "6455-5.2-6", "6455-5.2-5", "6455-10.4-2", "6455-6.1-2"


def _looks_at(mask: int) -> type[Connection]:
    decoder = acts(FrameDecoder, _size=lambda _, announced: announced & mask)
    return acts(Connection, decoder=decoder, is_wide=lambda *_: False)


class _Wide(Connection):
    """Writes lengths in the next longer form from a size on."""

    wide_from = 0

    def header(self, opcode: int, size: int, *, fin: bool, rsv: int) -> bytes:
        bits = None
        if self.wide_from <= size < 1 << 16:
            bits = 16 if size < 126 else 64
        return encode_header(opcode, size, b"", fin=fin, rsv=rsv, mask=False, bits=bits)


def longest(size: int) -> type[Connection]:
    """Return a connection that cuts messages to a number of bytes."""
    return acts(Connection, echo=lambda self, opcode, payload: Connection.echo(self, opcode, payload[:size]))


class _SwapsBlocks(Connection):
    size = 256 * KiB

    def echo(self, opcode: int, payload: bytes) -> None:
        size = self.size
        if 2 * size <= len(payload):
            payload = payload[size : 2 * size] + payload[:size] + payload[2 * size :]
        super().echo(opcode, payload)


class _ShortPongs(Connection):
    def send(self, opcode: int, payload: bytes, *, fin: bool = True, rsv: int = 0) -> None:
        super().send(opcode, payload[:124] if opcode == PONG else payload, fin=fin, rsv=rsv)


class _LittleEndian(Connection):
    """Writes lengths of 16 bits with the low byte first."""

    def header(self, opcode: int, size: int, *, fin: bool, rsv: int) -> bytes:
        if 126 <= size < 1 << 16:
            return struct.pack("<BBH", fin << 7 | rsv << 4 | opcode, 126, size)
        return super().header(opcode, size, fin=fin, rsv=rsv)


class _TopBit(Connection):
    """Sets the top bit of lengths of 64 bits."""

    def header(self, opcode: int, size: int, *, fin: bool, rsv: int) -> bytes:
        header = super().header(opcode, size, fin=fin, rsv=rsv)
        return header if len(header) < 10 else header[:2] + bytes([header[2] | 0x80]) + header[3:]


def _loses_a_byte_at(*sizes: int) -> type[Connection]:
    def echo(self: Connection, opcode: int, payload: bytes) -> None:
        Connection.echo(self, opcode, payload[: len(payload) - 1] if len(payload) in sizes else payload)

    return acts(Connection, echo=echo)


SERVERS = of_topic(
    "lengths",
    (
        should(
            "takes-long-lengths",
            "accepts lengths in more bytes than needed",
            SHORTEST,
            "L.1",
            acts(Connection, is_wide=lambda *_: False),
        ),
        must(
            "ignores-top-bit", "ignores the top bit of a length", NUMBER, "L.2.1,L.2.4,L.2.5", _looks_at((1 << 63) - 1)
        ),
        must("cuts-lengths", "looks at 32 bits of a length", NUMBER, "L.2.1,L.3.2", _looks_at((1 << 32) - 1)),
        must("cuts-lengths-to-31", "looks at 31 bits of a length", NUMBER, "L.2.1,L.3.3", _looks_at((1 << 31) - 1)),
        should(
            "waits-for-all",
            "waits for the payload of any length",
            LIMIT,
            "L.3",
            acts(Connection, decoder=acts(FrameDecoder, largest=None, largest_control=None)),
        ),
        must(
            "answers-long-pings",
            "accepts control frames of more than 125 bytes",
            "6455-5.5-1",
            "L.5.1,L.5.2,L.5.3,L.5.4,L.5.5,L.5.6,L.5.7,L.5.8",
            acts(
                Connection,
                decoder=acts(FrameDecoder, largest_control=None),
                is_bad_control=lambda _, frame: not frame.fin,
            ),
        ),
        must(
            "wide-125",
            "writes a length of 125 in 16 bits",
            SHORTEST,
            "L.4.1,L.4.22,L.4.30",
            _Wide125 := acts(
                _Wide,
                wide_from=125,
                header=lambda self, opcode, size, *, fin, rsv: encode_header(
                    opcode, size, b"", fin=fin, rsv=rsv, mask=False, bits=16 if size == 125 else None
                ),
            ),
        ),
        must(
            "wide-65535",
            "writes lengths from 126 on in 64 bits",
            SHORTEST,
            "L.4.2,L.4.3,L.4.8,L.4.18,L.4.22",
            acts(_Wide, wide_from=126),
        ),
        must("wide-0", "writes all lengths in 16 or 64 bits", SHORTEST, "1.1.1,1.1.2", _Wide),
        must("short-pongs", "cuts pongs to 124 bytes", "6455-5.5.3-1", "L.4.30", _ShortPongs),
        must(
            "cuts-at-64k",
            "cuts messages to 65,535 bytes",
            CONTENT,
            "L.4.19,L.4.20,L.4.21,L.4.22,L.6.1,L.6.7",
            longest(65_535),
        ),
        must(
            "cuts-at-1m",
            "cuts messages to a byte less than 1 MiB",
            CONTENT,
            "L.6.1,L.6.2,L.6.4,L.6.5,L.6.6,L.6.7",
            longest((1 << 20) - 1),
        ),
        must(
            "swaps-blocks",
            "swaps the first two blocks of 256 KiB",
            CONTENT,
            "L.6.1,L.6.2,L.6.4,L.6.5,L.6.6,L.6.7",
            _SwapsBlocks,
        ),
        must(
            "little-endian",
            "writes lengths of 16 bits with the low byte first",
            "6455-5.2-7",
            "1.1.3,1.1.4",
            _LittleEndian,
        ),
        must("sets-top-bit", "sets the top bit of lengths of 64 bits", NUMBER, "1.1.7,1.1.8", _TopBit),
        must("short-at-126", "loses a byte of messages of 126 bytes", CONTENT, "1.1.3,1.2.3", _loses_a_byte_at(126)),
        must(
            "short-at-65536",
            "loses a byte of messages of 65,536 bytes",
            CONTENT,
            "1.1.7,1.1.8",
            _loses_a_byte_at(65_536),
        ),
        must("cuts-at-4k", "cuts messages to 4,096 bytes", CONTENT, "1.1.6,1.1.7,1.2.7", longest(4096)),
    ),
)
