"""Write and read frames as a client, and the client's side of permessage-deflate.

`dwebsocket.protocol` only implements the server's side. This client does not validate the server's frames: it is for
testing views, not servers.
"""

import os
import zlib
from collections.abc import Iterator

from dwebsocket.protocol.extensions import read_offers
from dwebsocket.protocol.masking import apply_mask

__all__ = ["Compression", "Frames", "masked"]

_MASKED = 0x80
_EXTENDED = {126: 2, 127: 8}  # octets of the extended payload length (RFC 6455 section 5.2)
_LENGTH = 0x7F

# The end of every compressed message; it is not sent (RFC 7692 section 7.2.1).
_TAIL = b"\0\0\xff\xff"

# zlib cannot create a raw stream with a window of 8 bits.
_SMALLEST_WINDOW = 9


def masked(first: int, payload: bytes) -> bytes:
    """Return one masked frame.

    Args:
        first: the first octet: FIN, reserved bits and opcode.
        payload: unmasked.
    """
    length = len(payload)
    if length < 126:
        size = bytes([_MASKED | length])
    elif length < 65536:
        size = bytes([_MASKED | 126]) + length.to_bytes(2, "big")
    else:
        size = bytes([_MASKED | 127]) + length.to_bytes(8, "big")
    key = os.urandom(4)
    return bytes([first]) + size + key + apply_mask(payload, key)


class Frames:
    """Split the server's octets into frames."""

    def __init__(self) -> None:
        self._octets = bytearray()

    def feed(self, octets: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield the first octet and the payload of each frame that these octets complete."""
        self._octets += octets
        while (frame := self._next()) is not None:
            yield frame

    def _next(self) -> tuple[int, bytes] | None:
        octets = self._octets
        if len(octets) < 2:
            return None
        length = octets[1] & _LENGTH
        start = 2 + _EXTENDED.get(length, 0)
        if len(octets) < start:
            return None
        end = start + (int.from_bytes(octets[2:start], "big") if start > 2 else length)
        if len(octets) < end:
            return None
        frame = octets[0], bytes(octets[start:end])
        del octets[:end]
        return frame


class Compression:
    """permessage-deflate (RFC 7692) with the parameters that the server accepted.

    Attributes:
        offer: the offer in the opening handshake; the same as Chrome's.
        reserved: the reserved bit that marks a compressed message.
    """

    offer = "permessage-deflate; client_max_window_bits"
    reserved = 0x40

    def __init__(self, accepted: str) -> None:
        """Read the server's Sec-WebSocket-Extensions."""
        [extension] = read_offers(accepted)
        self._bits = int(dict(extension.params).get("client_max_window_bits") or zlib.MAX_WBITS)
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)

    def inflate(self, payload: bytes) -> bytes:
        """Decompress a message."""
        return self._inflater.decompress(payload + _TAIL)

    def deflate(self, payload: bytes) -> bytes | None:
        """Compress a message without context takeover; None: send it uncompressed."""
        if self._bits < _SMALLEST_WINDOW:
            return None
        compressor = zlib.compressobj(wbits=-self._bits)
        octets = compressor.compress(payload) + compressor.flush(zlib.Z_SYNC_FLUSH)
        return octets[: -len(_TAIL)]
