"""Inflates the messages of a server, and finds what is wrong with their compression (RFC 7692 section 7.2)."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from wsconform.model import Fault
from wsconform.wire.deflate import TAIL, scan
from wsconform.wire.negotiation import Agreement

__all__ = ["Inflater"]

WINDOW = 1 << 15
LARGEST = 1 << 26  # octets of a message; no case expects more
#: Final blocks in a message. Each makes zlib begin anew, which takes time for as little as two octets.
MOST_STREAMS = 64

#: How many compressed octets of a connection are scanned as well as inflated. zlib alone does not notice a distance
#: that is too large within one call, nor how a message ends; but it is a hundred times as fast as our scanner.
SCANNED = 1 << 15


class _TooMuchError(Exception):
    """A message takes more memory or work to inflate than it may."""


class Inflater:
    """Inflates what a server sends on one connection, within bounds of memory and work.

    Args:
        agreement: what was negotiated.
        largest: octets of an inflated message; None: `LARGEST`.

    Attributes:
        known: returns the message if the compressed octets are known at this place in the stream, else None.
        noted: faults of messages that could be inflated nevertheless.
    """

    def __init__(self, agreement: Agreement, largest: int | None = None) -> None:
        self._largest = LARGEST if largest is None else largest
        self.known: Callable[[bytes], bytes | None] = lambda _: None
        self.noted: list[Fault] = []
        self._bits, self._takeover = agreement.server_bits, agreement.server_takeover
        self._past = b""  # the window, if it carries over from message to message
        self._zlib: zlib._Decompress | None = None  # None: create it from `_past` when it is needed
        self._left_to_scan = SCANNED

    def inflate(self, payload: bytes) -> bytes | Fault:
        """Return the message, or the fault if it does not inflate."""
        message = self.known(payload)
        if message is None:
            self._scan(payload)
            try:
                message = self._inflated(payload + TAIL)
            except zlib.error as error:
                return self._fault(str(error))
            except _TooMuchError as error:
                return Fault(1009, str(error), "6455-10.4-2")
        else:
            self._zlib = None
        if self._takeover:
            self._past = message[-WINDOW:] if len(message) >= WINDOW else (self._past + message)[-WINDOW:]
        return message

    def _inflated(self, octets: bytes) -> bytes:
        """Return the message.

        Raises:
            zlib.error: the octets are not DEFLATE.
            _TooMuchError: the message is too large, or has too many final blocks.
        """
        engine = self._zlib or self._engine(self._past)
        message = self._inflated_by(engine, octets, self._largest)
        self._zlib = engine if self._takeover and not engine.eof else None
        if engine.eof and engine.unused_data:
            return self._inflated_streams(message, engine.unused_data)
        return message

    def _inflated_streams(self, first: bytes, rest: bytes) -> bytes:
        """Inflate what follows a final block (section 7.2.3.4), and return it with what was before."""
        streams, size, past = [first], len(first), self._past
        while rest:
            if len(streams) == MOST_STREAMS:
                raise _TooMuchError(f"a compressed message with more than {MOST_STREAMS} final blocks")
            past = (past + streams[-1][-WINDOW:])[-WINDOW:]
            engine = self._engine(past)
            streams.append(self._inflated_by(engine, rest, self._largest - size))
            size += len(streams[-1])
            rest = engine.unused_data if engine.eof else b""
        return b"".join(streams)

    def _inflated_by(self, engine: zlib._Decompress, octets: bytes, room: int) -> bytes:
        message = engine.decompress(octets, room + 1)
        if len(message) > room:
            raise _TooMuchError(f"a message that inflates to more than {self._largest} bytes")
        return message

    def _engine(self, past: bytes) -> zlib._Decompress:
        if past:
            return zlib.decompressobj(-self._bits, zdict=past[-WINDOW:])
        return zlib.decompressobj(-self._bits)

    def _scan(self, payload: bytes) -> None:
        if len(payload) > self._left_to_scan:
            return
        self._left_to_scan -= len(payload)
        found = scan(payload)
        if found.farthest > 1 << self._bits:
            self.noted.append(_beyond(self._bits, f"a distance of {found.farthest} bytes"))
        elif not found.stopped and (found.error or not found.whole):
            what = "a compressed message that is incomplete even with the removed 00 00 ff ff"
            self.noted.append(Fault(1007, what, "7692-7.2.1-1"))

    def _fault(self, why: str) -> Fault:
        if "distance" in why and not self._takeover:
            what = "a compressed message that refers to the previous one despite server_no_context_takeover"
            return Fault(1007, what, "7692-7.2.1-9")
        if "distance" in why:
            return _beyond(self._bits, "a distance beyond the window")
        return Fault(1007, f"a compressed message that does not inflate ({why.rpartition(': ')[2]})", "7692-7.2.1-1")


def _beyond(bits: int, what: str) -> Fault:
    clause = "7692-7.2.1-7" if bits == 15 else "7692-7.2.1-11"
    return Fault(1007, f"{what} in a compressed message, with a window of {1 << bits} bytes", clause)
