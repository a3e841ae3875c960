"""Compress the messages of a sample like a client, once for all connections.

The messages of a sample repeat with their corpus. From the second round on, the compression window before a message is
the same as one round earlier, so its compressed bytes can be reused: a thousand messages cost no more than two rounds.
"""

from __future__ import annotations

import zlib
from functools import cache, lru_cache
from random import Random

from wsconform.conversation.corpora import CORPORA, message, period
from wsconform.conversation.model import Sample
from wsconform.model import Opcode, Split
from wsconform.wire.deflate import TAIL
from wsconform.wire.frames import encode_header, fragments, masked
from wsconform.wire.inflater import WINDOW
from wsconform.wire.negotiation import Agreement

__all__ = ["KnownEchoes", "Stream", "known_echoes", "stream"]

RSV1 = 4


class _Compressed:
    """The compressed payloads of a client, in order.

    Args:
        bits: the base-2 logarithm of the window.
        takeover: the window carries over from message to message.
    """

    def __init__(self, sample: Sample, bits: int, *, takeover: bool) -> None:
        self._sample, self._bits, self._takeover = sample, bits, takeover
        self._messages: dict[int, bytes] = {}
        self._payloads: list[bytes] = []
        self._engine = self._fresh()

    def message(self, number: int) -> bytes:
        """Return a message by its number."""
        number %= period(self._sample)
        if number not in self._messages:
            self._messages[number] = message(self._sample, number)
        return self._messages[number]

    def payload(self, place: int) -> bytes:
        """Return the compressed bytes of the message at a place, see `_place`."""
        while len(self._payloads) <= place:
            self._payloads.append(self._compress(self.message(len(self._payloads))))
        return self._payloads[place]

    def _fresh(self) -> zlib._Compress:
        return zlib.compressobj(wbits=-max(self._bits, 9))

    def _compress(self, data: bytes) -> bytes:
        if not self._takeover:
            self._engine = self._fresh()
        if self._bits > 8:
            octets = self._engine.compress(data) + self._engine.flush(zlib.Z_SYNC_FLUSH)
        else:  # zlib has no window of 256 bytes, but a full flush empties it
            octets = b"".join(
                self._engine.compress(data[at : at + 256]) + self._engine.flush(zlib.Z_FULL_FLUSH)
                for at in range(0, len(data) or 1, 256)
            )
        return octets.removesuffix(TAIL)


_compressed = cache(_Compressed)


def _place(sample: Sample, number: int, *, takeover: bool) -> int:
    """Return the lowest number of a message with the same content and window, which has the same bytes."""
    once = period(sample)
    lead = once * -(-WINDOW // (once * sample.size)) if takeover else 0
    return number if number < lead else lead + (number - lead) % once


class Stream:
    """The messages of a sample: plain, compressed, and as masked frames."""

    def __init__(self, sample: Sample, bits: int, *, takeover: bool, fragment: int | None) -> None:
        self.sample, self._takeover, self._fragment = sample, takeover, fragment
        self.is_text = CORPORA[sample.corpus].is_text
        self._opcode = Opcode.TEXT if self.is_text else Opcode.BINARY
        self._compressed = _compressed(sample, bits, takeover=takeover)
        self._octets: dict[int, bytes] = {}
        self._random = Random(0)  # of the masking keys: reproducible, not secret

    def message(self, number: int) -> bytes:
        """Return the plain message."""
        return self._compressed.message(number)

    def payload(self, number: int) -> bytes:
        """Return the compressed message."""
        return self._compressed.payload(_place(self.sample, number, takeover=self._takeover))

    def octets(self, number: int) -> bytes:
        """Return the frames of the compressed message."""
        place = _place(self.sample, number, takeover=self._takeover)
        if place not in self._octets:
            self._octets[place] = self._encode(self._compressed.payload(place))
        return self._octets[place]

    def _encode(self, payload: bytes) -> bytes:
        pieces: list[bytes] = []
        for opcode, size, fin, piece in fragments(Split(self._opcode, payload, self._fragment or len(payload))):
            key = self._random.randbytes(4)
            rsv = RSV1 if opcode == self._opcode else 0
            pieces += encode_header(opcode, size, key, fin=fin, rsv=rsv), masked(piece, key)
        return b"".join(pieces)


@lru_cache(maxsize=128)
def stream(sample: Sample, agreement: Agreement, fragment: int | None) -> Stream:
    """Return the stream of a client that follows an agreement."""
    return Stream(sample, agreement.client_bits, takeover=agreement.client_takeover, fragment=fragment)


class KnownEchoes:
    """Compressed echoes that were inflated and found right.

    Their content depends only on the messages before them, so they need not be inflated again on another connection
    or in another round.
    """

    def __init__(self, sample: Sample, bits: int, *, takeover: bool) -> None:
        self._sample, self._takeover = sample, takeover
        self._payloads: dict[int, bytes] = {}

    def knows(self, number: int, payload: bytes) -> bool:
        """Whether these bytes are known to be a right echo of the message."""
        return self._payloads.get(_place(self._sample, number, takeover=self._takeover)) == payload

    def learn(self, number: int, payload: bytes) -> None:
        """Remember bytes that are a right echo of the message."""
        self._payloads[_place(self._sample, number, takeover=self._takeover)] = payload


known_echoes = cache(KnownEchoes)
