"""permessage-deflate (RFC 7692): negotiation, compression and decompression of messages.

The compressor is created for the first message that is long enough, and kept, because it holds the window that later
messages refer to. A new decompressor is created for each message and primed with the window, the last octets of the
messages before it. That takes 2 µs more than keeping one, but less memory between messages. It also solves two
problems that zlib does not. First, a block marked as final (section 7.2.3.4) ends zlib's stream, but must not end the
connection's. Second, a truncated message must be detected: after each message an empty final block is fed in, and if
the decompressor does not reach its end then, the message was incomplete.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from .codes import CloseCode
from .errors import Violation
from .extensions import Offer

__all__ = ["Deflate", "PerMessageDeflate"]

NAME = "permessage-deflate"
LARGEST_WINDOW = 15
SMALLEST_WINDOW = 8
PORTION = 1 << 20
"""Maximum octets to decompress before the size of the message is checked."""

# After each final block a new decompressor is needed, which takes as long as receiving some hundred octets. No usual
# client sends such blocks within a message. A few are allowed, plus one for every _OCTETS_FOR_A_FINAL_BLOCK octets.
_FINAL_BLOCKS = 16
_OCTETS_FOR_A_FINAL_BLOCK = 256

# Every message ends with an empty stored block, of which these octets are not sent (section 7.2.1).
_TAIL = b"\0\0\xff\xff"
_FINAL_BLOCK = b"\x01\0\0\xff\xff"
_EMPTY_MESSAGE = b"\0"  # section 7.2.3.6

_BITS = re.compile("[89]|1[0-5]")


def _is_missing(value: str | None) -> bool:
    return value is None


def _is_bits(value: str | None) -> bool:
    return value is not None and _BITS.fullmatch(value) is not None


def _is_bits_or_missing(value: str | None) -> bool:
    return _is_missing(value) or _is_bits(value)


_PARAMETERS: dict[str, Callable[[str | None], bool]] = {
    "server_no_context_takeover": _is_missing,
    "client_no_context_takeover": _is_missing,
    "server_max_window_bits": _is_bits,
    "client_max_window_bits": _is_bits_or_missing,
}


@dataclass(frozen=True, slots=True)
class PerMessageDeflate:
    """The configuration of permessage-deflate. Accepts the first offer that RFC 7692 allows.

    Attributes:
        level: zlib's compression level, 1 (fastest) to 9 (smallest). On JSON, level 3 takes 60 to 70 % of the time of
            zlib's default, 6, and produces 8 % more octets.
        memory: zlib's memLevel, 1 to 9. With 5 and a window of 12 bits a compressor takes 38 KiB; with
            zlib's defaults, 264 KiB.
        threshold: octets; a shorter message is sent uncompressed. Below 1024 octets it fits into one packet anyway.
        window_bits: base-2 logarithm of the window, 8 to 15: for our messages, and for the client's if it allows that.
        context_takeover: whether messages may refer to earlier ones, which costs both sides memory.

    """

    level: int = 3
    memory: int = 5
    threshold: int = 1024
    window_bits: int = 12
    context_takeover: bool = True

    def accept(self, offer: Offer) -> tuple[str, Deflate] | None:
        """See `Negotiator.accept`."""
        if not _is_legal(offer):
            return None
        asked = dict(offer.params)
        server_bits = self._smaller(asked.get("server_max_window_bits"))
        # The server may limit the client's window only if the client offers that (section 7.1.2.2).
        limits_client = "client_max_window_bits" in asked
        client_bits = self._smaller(asked["client_max_window_bits"]) if limits_client else LARGEST_WINDOW
        server_keeps = self.context_takeover and "server_no_context_takeover" not in asked
        client_keeps = self.context_takeover and "client_no_context_takeover" not in asked
        answer = {
            "server_no_context_takeover": not server_keeps,
            "client_no_context_takeover": not client_keeps,
            f"server_max_window_bits={server_bits}": "server_max_window_bits" in asked,
            f"client_max_window_bits={client_bits}": limits_client,
        }
        element = "; ".join([NAME, *(parameter for parameter, is_used in answer.items() if is_used)])
        return element, Deflate(_Deflater(self, server_bits, server_keeps), _Inflater(client_bits, client_keeps))

    def _smaller(self, bits: str | None) -> int:
        return self.window_bits if bits is None else min(int(bits), self.window_bits)


def _is_legal(offer: Offer) -> bool:
    """Tell whether section 7 allows an offer: known parameters, each at most once, with legal values."""
    names = [name for name, _ in offer.params]
    return (
        offer.name == NAME
        and len(set(names)) == len(names)
        and all(name in _PARAMETERS and _PARAMETERS[name](value) for name, value in offer.params)
    )


class Deflate:
    """permessage-deflate on one connection, see `Extension`. Invalid DEFLATE data fails the connection with 1007."""

    reserved = 0x40
    """RSV1."""

    __slots__ = ("decode", "encode")

    def __init__(self, deflater: _Deflater, inflater: _Inflater) -> None:
        self.encode = deflater.encode
        self.decode = inflater.decode


class _Deflater:
    """Compress our messages.

    Args:
        settings: level, memory and threshold.
        bits: base-2 logarithm of the window.
        keeps: whether a message may refer to earlier ones.

    """

    __slots__ = ("_bits", "_compress", "_compressor", "_keeps", "_settings", "_threshold")

    def __init__(self, settings: PerMessageDeflate, bits: int, keeps: bool) -> None:
        self._settings = settings
        self._threshold = settings.threshold
        self._bits = bits
        self._keeps = keeps
        self._compressor: zlib._Compress | None = None
        self._compress = _compress if bits > SMALLEST_WINDOW else _compress_for_smallest_window

    def encode(self, payload: bytes) -> bytes | None:
        """See `Extension.encode`."""
        if len(payload) < self._threshold:
            return None
        if not payload:
            return _EMPTY_MESSAGE
        compressor = self._compressor
        if compressor is None:
            # zlib has no window of 8 bits; see `_compress_for_smallest_window`.
            bits = max(self._bits, SMALLEST_WINDOW + 1)
            compressor = zlib.compressobj(self._settings.level, zlib.DEFLATED, -bits, self._settings.memory)
            if self._keeps:
                self._compressor = compressor
        return self._compress(compressor, payload)


def _compress(compressor: zlib._Compress, payload: bytes) -> bytes:
    octets = compressor.compress(payload)
    return octets + compressor.flush(zlib.Z_SYNC_FLUSH)[: -len(_TAIL)]


def _compress_for_smallest_window(compressor: zlib._Compress, payload: bytes) -> bytes:
    """Flush every 256 octets, so that no distance can be larger than the window of 8 bits."""
    window = 1 << SMALLEST_WINDOW
    octets = bytearray()
    for at in range(0, len(payload), window):
        octets += compressor.compress(payload[at : at + window])
        octets += compressor.flush(zlib.Z_FULL_FLUSH)
    return bytes(octets[: -len(_TAIL)])


class _Inflater:
    """Decompress the client's messages.

    Args:
        bits: base-2 logarithm of the window.
        keeps: whether a message may refer to earlier ones.

    """

    __slots__ = ("_decompressor", "_final_blocks", "_keeps", "_received", "_size", "_wbits", "_window")

    def __init__(self, bits: int, keeps: bool) -> None:
        self._wbits = -bits  # zlib takes a negative number for a stream without header
        self._size = 1 << bits
        self._keeps = keeps
        self._window = b""
        self._decompressor: zlib._Decompress | None = None  # while a message is incomplete
        self._final_blocks = 0  # of the message so far
        self._received = 0  # octets of the message so far

    def decode(self, octets: bytes, *, last: bool) -> Iterable[bytes]:
        """See `Extension.decode`."""
        self._received += len(octets)
        try:
            decompressor = self._decompressor or zlib.decompressobj(self._wbits, zdict=self._window)
            portion = decompressor.decompress(octets, PORTION)
            self._remember(portion)
            if decompressor.eof or len(portion) == PORTION:
                return self._further(decompressor, portion, last)
            self._decompressor = decompressor
            if last:
                self._end_message(decompressor)
        except zlib.error as error:
            raise _broken() from error
        return (portion,)

    def _further(self, decompressor: zlib._Decompress, portion: bytes, last: bool) -> Iterator[bytes]:
        """Yield `portion` and the following ones; it has the maximum size, or ends with a block marked as final."""
        try:
            yield portion
            while decompressor.eof or len(portion) == PORTION:
                octets = decompressor.unconsumed_tail
                if decompressor.eof:
                    octets = decompressor.unused_data
                    self._count_final_block(self._received - len(octets))
                    decompressor = zlib.decompressobj(self._wbits, zdict=self._window)
                portion = decompressor.decompress(octets, PORTION)
                self._remember(portion)
                yield portion
            self._decompressor = decompressor
            if last:
                self._end_message(decompressor)
        except zlib.error as error:
            raise _broken() from error

    def _count_final_block(self, octets: int) -> None:
        """Count a final block.

        Args:
            octets: how many octets of the message came before the end of this block.

        Raises:
            Violation: 1009; there are too many.

        """
        self._final_blocks += 1
        if self._final_blocks > _FINAL_BLOCKS + octets // _OCTETS_FOR_A_FINAL_BLOCK:
            raise Violation(CloseCode.MESSAGE_TOO_BIG, "too many final DEFLATE blocks in a message")

    def _end_message(self, decompressor: zlib._Decompress) -> None:
        """Raise `zlib.error` if the message ended inside a block, or without the empty block."""
        surplus = decompressor.decompress(_TAIL + _FINAL_BLOCK, 1)
        # If the empty block of the message was itself marked as final, ours is left over, and that is fine.
        if surplus or not decompressor.eof or decompressor.unused_data not in (b"", _FINAL_BLOCK):
            raise zlib.error("incomplete")
        self._decompressor = None
        self._final_blocks = self._received = 0
        if not self._keeps:
            self._window = b""

    def _remember(self, portion: bytes) -> None:
        missing = self._size - len(portion)
        self._window = self._window[-missing:] + portion if missing > 0 else portion[-self._size :]


def _broken() -> Violation:
    return Violation(CloseCode.INVALID_DATA, "a compressed message must be valid DEFLATE data")
