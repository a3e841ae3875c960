"""How a crooked server reads frames."""

from __future__ import annotations

from dataclasses import replace

from wsconform.crooked.rules import Framing
from wsconform.model import MiB
from wsconform.wire.frames import Decoder, Received, masked

__all__ = ["CrookedDecoder"]

#: Bytes of a frame that a right server accepts.
LARGEST, LARGEST_CONTROL = 64 * MiB, 125


class CrookedDecoder(Decoder):
    """Reads frames as a server with these faults does."""

    def __init__(self, how: Framing) -> None:
        if how.answers_long or how.waits:
            super().__init__(None if how.waits else LARGEST)
        else:
            super().__init__(LARGEST, largest_control=LARGEST_CONTROL)
        self._how = how
        self._first_key = b""

    def _size(self, announced: int) -> int:
        return announced & self._how.length_mask

    def next(self) -> Received | None:
        """Return the next frame, unmasked wrongly if that is a fault."""
        frame = super().next()
        if frame is None or not frame.masked:
            return frame
        key = frame.header[-4:]
        self._first_key = self._first_key or key
        if self._how.one_key and key != self._first_key:
            return replace(frame, payload=masked(masked(frame.payload, key), self._first_key))
        if self._how.words and len(frame.payload) % 4:
            whole = len(frame.payload) // 4 * 4
            return replace(frame, payload=frame.payload[:whole] + masked(frame.payload[whole:], key))
        if self._how.refused_key and key == self._how.refused_key:
            return replace(frame, masked=False)
        return frame
