"""Faults in compressing and inflating messages (RFC 7692 sections 6 and 7.2)."""

from __future__ import annotations

import zlib
from typing import Any

from wsconform.crooked.connection import CONTINUATION, CONTROL, PONG, RSV1, Connection, ViolationError
from wsconform.crooked.deflate import LONGEST, TAIL, WINDOW, BrokenError, Codec, TooLongError
from wsconform.crooked.faults.lengths import longest
from wsconform.crooked.faults.state import wrong_when
from wsconform.crooked.model import acts, must, of_topic, should
from wsconform.wire.frames import Received

__all__ = ["SERVERS"]

MARK, DEFLATE, INFLATE, BROKEN, CLIENTS_WINDOW = (
    "7692-6-2",
    "7692-7.2.1-1",
    "7692-7.2.2-1",
    "7692-7.2.2-6",
    "7692-7.2.2-2",
)
EMPTY = "7692-7.2.3-2"


def _compressed_only(part: type[Connection]) -> type[Connection]:
    """Return a connection that does this only if compression was negotiated."""

    def echo(self: Connection, opcode: int, payload: bytes) -> None:
        (Connection if self.codec is None else part).echo(self, opcode, payload)

    return acts(part, echo=echo)


class _MarksContinuations(Connection):
    """Sends compressed messages in two frames, both with RSV1."""

    def echo(self, opcode: int, payload: bytes) -> None:
        if self.codec is None:
            super().echo(opcode, payload)
            return
        octets = self.codec.compress(payload)
        half = len(octets) // 2
        self.send(opcode, octets[:half], fin=False, rsv=RSV1)
        self.send(CONTINUATION, octets[half:], rsv=RSV1)


class _CompressesFragments(Connection):
    """Compresses each of the two fragments of a message by itself."""

    def echo(self, opcode: int, payload: bytes) -> None:
        if self.codec is None or len(payload) < 2:
            super().echo(opcode, payload)
            return
        half = len(payload) // 2
        self.send(opcode, self.codec.compress(payload[:half]), fin=False, rsv=RSV1)
        self.send(CONTINUATION, self.codec.compress(payload[half:]))


class _Unmarked(Connection):
    """Sends compressed messages without RSV1."""

    def echo(self, opcode: int, payload: bytes) -> None:
        self.send(opcode, payload if self.codec is None else self.codec.compress(payload))


class _SpoilsWindow(Connection):
    """Sends a message uncompressed if that is shorter, although its compressor has the message in the window."""

    def echo(self, opcode: int, payload: bytes) -> None:
        octets = payload if self.codec is None else self.codec.compress(payload)
        shrinks = len(octets) < len(payload)
        self.send(opcode, octets if shrinks else payload, rsv=RSV1 if shrinks else 0)


class _ReturnsCompressed(Connection):
    """Returns the bytes of a compressed message as they came."""

    def inflate(self, payload: bytes) -> bytes:
        self.note["came"] = payload
        return super().inflate(payload)

    def echo(self, opcode: int, payload: bytes) -> None:
        came = self.note.pop("came", None)
        if came is None:
            super().echo(opcode, payload)
        else:
            self.send(opcode, came, rsv=RSV1)


class _FalselyMarked(Connection):
    """Sets RSV1 on messages that are not compressed."""

    def echo(self, opcode: int, payload: bytes) -> None:
        self.send(opcode, payload, rsv=0 if self.codec is None else RSV1)


def _marks_pongs(self: Connection, frame: Received) -> None:
    self.send(PONG, frame.payload, rsv=0 if self.codec is None else RSV1)


def _compresses_pongs(self: Connection, frame: Received) -> None:
    self.send(PONG, frame.payload if self.codec is None else self.codec.compress(frame.payload)[:125])


def _takes_marked(self: Connection, frame: Received) -> int:
    return RSV1 if self.codec is not None else 0


def _takes_other_bits(self: Connection, frame: Received) -> int:
    return 7 if frame.rsv & RSV1 and Connection.legal_bits(self, frame) else Connection.legal_bits(self, frame)


class _Utf8First(Connection):
    def inflate(self, payload: bytes) -> bytes:
        self.check_text(payload, final=True)
        return super().inflate(payload)


def _inflates_unchecked(self: Connection, payload: bytes) -> bytes:
    assert self.codec is not None, "it was negotiated"
    try:
        return self.codec.inflate(payload)
    except BrokenError as broken:
        return self.broken(broken)


class _DropsEmptyEnd(Connection):
    """Ignores an empty last fragment of a compressed message."""

    def data(self, frame: Received) -> None:
        if not (frame.opcode == CONTINUATION and self.compressed and not frame.payload):
            super().data(frame)


class _ForgetsMark(Connection):
    """Forgets that a message is compressed when a control frame comes within it."""

    def handle(self, frame: Received) -> None:
        if frame.opcode in CONTROL:
            self.compressed = False
        super().handle(frame)


class _OnlyMarked(Connection):
    """Fails the connection at messages that are not compressed, if compression was negotiated."""

    def start(self, frame: Received) -> None:
        if self.codec is not None and not self.is_marked(frame):
            raise ViolationError(1002)
        super().start(frame)


class _Forgets(Codec):
    def keeps(self, message: bytes) -> bool:
        return False


class _LosesFullWindow(Codec):
    """Loses the window once it is full."""

    inflated = 0

    def keeps(self, message: bytes) -> bool:
        if not super().keeps(message):
            return False
        self.inflated += len(message)
        if self.inflated <= WINDOW:
            return True
        self.past, self.inflated = b"", 0
        return False


class _Bytewise(Codec):
    """Inflates byte by byte, since zlib does not check distances within the output of one call."""

    bits = 12

    def new_inflater(self, past: bytes) -> zlib._Decompress:
        return zlib.decompressobj(-self.bits)

    def inflate(self, payload: bytes) -> bytes:
        engine, message = self.inflater or self.new_inflater(b""), bytearray()
        self.inflater = engine if self.agreed.client_takeover else None
        for octet in payload + TAIL:
            try:
                message += engine.decompress(bytes([octet]))
            except zlib.error:
                raise BrokenError from None
            if len(message) > LONGEST:
                raise TooLongError
        return bytes(message)


def _compressor(**options: Any) -> type[Codec]:
    return acts(Codec, new_compressor=lambda self: zlib.compressobj(**options))


class _Wide(Codec):
    """Compresses with the largest window."""

    def new_compressor(self) -> zlib._Compress:
        return zlib.compressobj(wbits=-15)

    def compressed(self, engine: zlib._Compress, message: bytes) -> bytes:
        return engine.compress(message) + engine.flush(zlib.Z_SYNC_FLUSH)


class _NotFlushed(Codec):
    """Ends compressed messages with a final block and nothing behind it."""

    def compressed(self, engine: zlib._Compress, message: bytes) -> bytes:
        own = self.new_compressor()
        return (own.compress(message) + own.flush())[:-1]


def _zlib_header(self: Codec) -> Any:
    return zlib.compressobj(wbits=max(self.agreed.server_bits, 9))


SERVERS = of_topic(
    "compression",
    (
        must(
            "keeps-window",
            "agrees to server_no_context_takeover and ignores it",
            "7692-7.2.1-9",
            "P.16.1,P.16.2,P.16.3,P.16.5,X.7.6,13.2.3,13.5.3,13.6.3,13.7.3",
            acts(Codec, reuses=lambda _: True),
        ),
        must(
            "wide-window",
            "compresses with a larger window than agreed",
            "7692-7.2.1-11",
            "P.12.1,P.12.2,P.12.3,P.12.4,P.12.5,P.12.6,P.12.7,13.3.6,13.5.6",
            _Wide,
        ),
        must(
            "leaves-tail",
            "leaves 00 00 ff ff at the end of compressed messages",
            DEFLATE,
            "P.4,P.7.1,P.11,12.1.1,13.2.1",
            acts(Codec, cut=lambda _, octets: octets),
        ),
        must(
            "cuts-tail-short",
            "removes a byte too much from the end of compressed messages",
            DEFLATE,
            "P.4.1,12.1.1",
            acts(Codec, cut=lambda _, octets: octets[:-5]),
        ),
        must(
            "zlib-header",
            "sends a zlib header in compressed messages",
            DEFLATE,
            "P.4,P.7.1,P.11,12.1.1,13.2.1",
            acts(Codec, new_compressor=_zlib_header),
        ),
        must(
            "gzip-header", "sends a gzip header in compressed messages", DEFLATE, "12.1.1,13.2.1", _compressor(wbits=31)
        ),
        must(
            "final-cut",
            "ends compressed messages with a final block that is cut short",
            DEFLATE,
            "P.4.1,12.1.1",
            _NotFlushed,
        ),
        must(
            "marks-continuations",
            "sets RSV1 on continuation frames",
            MARK,
            "P.4,P.7.1,P.11,12.1.1",
            _MarksContinuations,
        ),
        must(
            "compresses-fragments",
            "compresses the fragments of a message one by one",
            "7692-6-4",
            "P.4,12.1.1",
            _CompressesFragments,
        ),
        must(
            "spoils-window",
            "keeps messages in its window that it sends uncompressed",
            "7692-7.2.1-10",
            "P.16.8,P.16.9",
            _SpoilsWindow,
        ),
        must("unmarked", "sends compressed messages without RSV1", "7692-6-1", "P.4,12.1.1", _Unmarked),
        must(
            "returns-compressed",
            "returns the bytes of a compressed message as they came",
            "7692-7.2.1-11",
            "13.3.5,13.3.7",
            _ReturnsCompressed,
        ),
        must(
            "falsely-marked", "sets RSV1 on messages that are not compressed", "7692-6-1", "P.4,12.1.1", _FalselyMarked
        ),
        must(
            "marks-pongs", "sets RSV1 on Pong frames", MARK, "P.4.7,P.5.7,P.15.7", acts(Connection, ping=_marks_pongs)
        ),
        must(
            "compresses-pongs",
            "compresses the payload of pongs",
            "7692-6-1",
            "P.4.7,P.5.7",
            acts(Connection, ping=_compresses_pongs),
        ),
        must(
            "takes-marked",
            "accepts RSV1 on continuation and control frames",
            "7692-6-3",
            "P.2.1,P.2.2,P.2.3,P.2.5,P.2.6,P.2.7,P.2.8",
            acts(Connection, legal_bits=_takes_marked),
        ),
        must(
            "takes-other-bits",
            "accepts RSV2 and RSV3 together with RSV1",
            "6455-5.2-3",
            "P.1.1,P.1.2,P.1.3",
            acts(Connection, legal_bits=_takes_other_bits),
        ),
        must(
            "inflates-all",
            "inflates messages that are not compressed",
            "7692-6-5",
            "P.4.1,P.4.2,P.4.4,P.15.2,X.4",
            acts(Connection, is_marked=lambda *_: True),
        ),
        must(
            "only-compressed",
            "refuses messages that are not compressed",
            "7692-6-5",
            "P.4.1,P.15.2",
            _OnlyMarked,
        ),
        must(
            "utf8-first", "requires UTF-8 before it inflates", "7692-6-6", "P.4,P.11,P.21.1,P.21.2,12.1.3", _Utf8First
        ),
        must(
            "utf8-never",
            "does not check for UTF-8 after it has inflated",
            "6455-8.1-3",
            "P.19,P.20",
            acts(Connection, inflate=_inflates_unchecked),
        ),
        must("forgets", "forgets the client's window between messages", CLIENTS_WINDOW, "P.5.9,P.11.3,P.15", _Forgets),
        must(
            "forgets-mark", "forgets at a control frame that a message is compressed", "7692-6-1", "P.5.7", _ForgetsMark
        ),
        must(
            "small-window",
            "inflates with a window of 4 KiB without negotiating it",
            "7692-7.2.2-4",
            "P.13.8,P.13.16,P.13.32,P.15.5,12.1.8",
            _Bytewise,
        ),
        must("loses-full-window", "loses the window after 32 KiB", CLIENTS_WINDOW, "P.15.5,P.15.6", _LosesFullWindow),
        must(
            "echoes-broken",
            "echoes the valid part of broken DEFLATE data",
            BROKEN,
            "P.17.1,P.17.2,P.17.3,P.17.4,P.17.8,P.17.9,P.17.10,P.17.11,P.18",
            acts(Connection, broken=lambda _, error: error.so_far),
        ),
        should(
            "takes-cut-short",
            "accepts truncated DEFLATE data",
            BROKEN,
            "P.17.5,P.17.6",
            acts(Codec, is_complete=lambda *_: True),
        ),
        must(
            "ends-at-final",
            "ignores all messages after a final block",
            "7692-7.2.1-4",
            "P.10.2,P.10.3,P.10.4,P.10.5,P.10.6,P.10.7,P.10.8",
            acts(Codec, goes_on=lambda _: False),
        ),
        must(
            "wrong-from-257",
            "echoes wrong bytes from the 257th compressed message on",
            INFLATE,
            "12.1.1,12.2.2,13.3.3,13.7.1",
            wrong_when(lambda self: self.codec is not None and self.messages >= 256),
        ),
        must(
            "wrong-after-64k",
            "echoes wrong bytes after 64 KiB of compressed messages",
            INFLATE,
            "P.12.8,P.15.5,12.1.3,12.2.5,12.3.10,13.1.12,13.7.18",
            wrong_when(lambda self: self.codec is not None and self.octets > 1 << 16),
        ),
        must(
            "truncates",
            "truncates compressed messages after 64 KiB",
            INFLATE,
            "P.10.3,P.12.8,12.1.10,12.5.15,13.7.18",
            _compressed_only(longest(1 << 16)),
        ),
        must(
            "drops-empty-end",
            "ignores an empty last fragment of a compressed message",
            "7692-6-4",
            "P.5.3,P.5.5,P.6.7",
            _DropsEmptyEnd,
        ),
        must(
            "empty-payload",
            "sends an empty message compressed to no bytes",
            EMPTY,
            "P.4.6,P.9.1,P.9.2,P.9.3,P.9.4",
            acts(Codec, empty=lambda _: b""),
        ),
    ),
)
