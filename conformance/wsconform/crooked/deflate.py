"""A crooked server's permessage-deflate, in both directions: payloads in, messages out, and back."""

from __future__ import annotations

import zlib

from wsconform.crooked.rules import Deflate
from wsconform.wire.negotiation import Agreement

__all__ = ["BrokenError", "Codec"]

TAIL = b"\x00\x00\xff\xff"
EMPTY = b"\x00"  # RFC 7692 section 7.2.3.6
FINAL_BLOCK = b"\x03\x00"  # with nothing in it
WINDOW = 1 << 15
SMALL_WINDOW = 12  # bits
LONGEST = 1 << 25  # bytes of a message


class BrokenError(Exception):
    """A message cannot be inflated; ``so_far`` is the part that could be."""

    code = 1007

    def __init__(self, so_far: bytes = b"") -> None:
        self.so_far = so_far


class TooLongError(BrokenError):
    """A message inflates to more than the limit."""

    code = 1009


class Codec:
    """Inflates the client's messages, and compresses the server's."""

    def __init__(self, how: Deflate, agreed: Agreement) -> None:
        self._how, self._agreed = how, agreed
        self._past = b""  # the end of the client's messages so far, if its window carries over
        self._inflater: zlib._Decompress | None = None
        self._compressor: zlib._Compress | None = None
        self._inflated = 0  # bytes since the window was new

    def inflate(self, payload: bytes) -> bytes:
        """Return an inflated message.

        Raises:
            BrokenError: the payload is not DEFLATE, or ends too early.
            TooLongError: the message is too long.
        """
        if self._how.small_window:
            return self._inflate_bytewise(payload + TAIL)
        engine = self._inflater or self._new(self._past)
        message, engine = self._run(engine, payload + TAIL)
        if not (self._how.takes_cut_short or engine.eof or _at_end_of_block(engine)):
            raise BrokenError(message)
        self._keep(engine, message)
        return message

    def _run(self, engine: zlib._Decompress, octets: bytes) -> tuple[bytes, zlib._Decompress]:
        message = b""
        while True:
            try:
                message += engine.decompress(octets, LONGEST)
            except zlib.error:
                raise BrokenError(message) from None
            if len(message) > LONGEST or engine.unconsumed_tail:
                raise TooLongError
            if not engine.eof or self._how.ends_at_final:
                return message, engine
            # A final block may be followed by another block (RFC 7692 section 7.2.3.4).
            octets, engine = engine.unused_data, self._new(self._past + message)

    def _inflate_bytewise(self, octets: bytes) -> bytes:
        """Inflate byte by byte, since zlib does not check distances within the output of one call."""
        engine, message = self._inflater or self._new(b""), bytearray()
        self._inflater = engine if self._agreed.client_takeover else None
        for octet in octets:
            try:
                message += engine.decompress(bytes([octet]))
            except zlib.error:
                raise BrokenError from None
            if len(message) > LONGEST:
                raise TooLongError
        return bytes(message)

    def _keep(self, engine: zlib._Decompress, message: bytes) -> None:
        self._inflater = None
        if not self._agreed.client_takeover or self._how.forgets:
            return
        self._inflated += len(message)
        if self._how.loses_full_window and self._inflated > WINDOW:
            self._past, self._inflated = b"", 0
            return
        self._past, self._inflater = (self._past + message)[-WINDOW:], engine

    def _new(self, past: bytes) -> zlib._Decompress:
        bits = SMALL_WINDOW if self._how.small_window else self._agreed.client_bits
        return zlib.decompressobj(-bits, past[-WINDOW:]) if past else zlib.decompressobj(-bits)

    def compress(self, message: bytes) -> bytes:
        """The payload of a message."""
        if not message:
            return b"" if self._how.empty_payload else EMPTY
        if self._compressor is None or not (self._agreed.server_takeover or self._how.keeps_window):
            self._compressor = self._new_compressor()
        octets = self._compressed(self._compressor, message)
        return octets if self._how.leaves_tail else octets.removesuffix(TAIL)

    def _new_compressor(self) -> zlib._Compress:
        bits = 15 if self._how.wide_window else max(self._agreed.server_bits, 9)
        return zlib.compressobj(wbits=bits if self._how.zlib_header else -bits)

    def _compressed(self, engine: zlib._Compress, message: bytes) -> bytes:
        if self._agreed.server_bits > 8 or self._how.wide_window:
            return engine.compress(message) + engine.flush(zlib.Z_SYNC_FLUSH)
        # zlib has no window of 256 bytes, but a full flush clears it.
        return b"".join(
            engine.compress(message[at : at + 256]) + engine.flush(zlib.Z_FULL_FLUSH)
            for at in range(0, len(message), 256)
        )


def _at_end_of_block(engine: zlib._Decompress) -> bool:
    """Tell whether a block could begin at the next byte, by feeding a final block to a copy of the engine."""
    probe = engine.copy()
    try:
        probe.decompress(FINAL_BLOCK)
    except zlib.error:
        return False
    return probe.eof and not probe.unused_data
