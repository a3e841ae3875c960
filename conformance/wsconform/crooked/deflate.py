"""A correct server's permessage-deflate, in both directions: payloads in, messages out, and back."""

from __future__ import annotations

import zlib

from wsconform.wire.negotiation import Agreement

__all__ = ["LONGEST", "TAIL", "WINDOW", "BrokenError", "Codec", "TooLongError"]

TAIL = b"\x00\x00\xff\xff"
EMPTY = b"\x00"  # RFC 7692 section 7.2.3.6
FINAL_BLOCK = b"\x03\x00"  # with nothing in it
WINDOW = 1 << 15
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
    """Inflates the client's messages, and compresses the server's.

    Attributes:
        agreed: what was negotiated.
        past: the end of the client's messages so far, if its window carries over.
    """

    def __init__(self, agreed: Agreement) -> None:
        self.agreed = agreed
        self.past = b""
        self.inflater: zlib._Decompress | None = None
        self.compressor: zlib._Compress | None = None

    def inflate(self, payload: bytes) -> bytes:
        """Return an inflated message.

        Raises:
            BrokenError: the payload is not DEFLATE, or ends too early.
            TooLongError: the message is too long.
        """
        engine = self.inflater or self.new_inflater(self.past)
        message, engine = self.run(engine, payload + TAIL)
        if not (engine.eof or self.is_complete(engine)):
            raise BrokenError(message)
        self.inflater = None
        if self.keeps(message):
            self.past, self.inflater = (self.past + message)[-WINDOW:], engine
        return message

    def run(self, engine: zlib._Decompress, octets: bytes) -> tuple[bytes, zlib._Decompress]:
        """Return a message and the engine that inflated its end."""
        message = b""
        while True:
            try:
                message += engine.decompress(octets, LONGEST)
            except zlib.error:
                raise BrokenError(message) from None
            if len(message) > LONGEST or engine.unconsumed_tail:
                raise TooLongError
            if not engine.eof or not self.goes_on():
                return message, engine
            # A final block may be followed by another block (RFC 7692 section 7.2.3.4).
            octets, engine = engine.unused_data, self.new_inflater(self.past + message)

    def goes_on(self) -> bool:
        """Whether anything is inflated after a final block."""
        return True

    def is_complete(self, engine: zlib._Decompress) -> bool:
        """Whether a message may end here."""
        return _at_end_of_block(engine)

    def keeps(self, message: bytes) -> bool:
        """Whether the client's window is kept after a message."""
        return self.agreed.client_takeover

    def new_inflater(self, past: bytes) -> zlib._Decompress:
        """Return an engine whose window has these bytes."""
        bits = self.agreed.client_bits
        return zlib.decompressobj(-bits, past[-WINDOW:]) if past else zlib.decompressobj(-bits)

    def compress(self, message: bytes) -> bytes:
        """Return the payload of a message."""
        if not message:
            return self.empty()
        if self.compressor is None or not self.reuses():
            self.compressor = self.new_compressor()
        return self.cut(self.compressed(self.compressor, message))

    def empty(self) -> bytes:
        """Return the payload of an empty message."""
        return EMPTY

    def reuses(self) -> bool:
        """Whether the server's window is kept between messages."""
        return self.agreed.server_takeover

    def cut(self, octets: bytes) -> bytes:
        """Return compressed data without the end that is not sent."""
        return octets.removesuffix(TAIL)

    def new_compressor(self) -> zlib._Compress:
        """Return an engine with an empty window."""
        return zlib.compressobj(wbits=-max(self.agreed.server_bits, 9))

    def compressed(self, engine: zlib._Compress, message: bytes) -> bytes:
        """Return a message as compressed data that end at a byte."""
        if self.agreed.server_bits > 8:
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
