"""The WebSocket side of a connection: octets to what the server says. Knows no socket and judges nothing."""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.model import Fault, Message, Pong
from wsconform.wire.frames import Decoder, Received
from wsconform.wire.reader import CloseSeen, FrameReader, PingSeen

__all__ = ["Heard", "Stream"]

Heard = Message | Pong | PingSeen | CloseSeen | Fault


class Stream:
    """What comes behind a 101."""

    def __init__(self) -> None:
        self._frames = Decoder()
        self._listener = FrameReader()
        self._foreign = b""

    def receive(self, data: bytes) -> Iterator[tuple[Received, Heard | None]]:
        """Take octets in; each frame that they complete and what it means."""
        # As a frame it would be a long Close, of which the end is awaited in vain.
        if self._foreign or (data.startswith(b"HTTP/") and not self.rest):
            self._foreign += data
            return
        for frame in self._frames.feed(data):
            yield frame, self._listener.read(frame)

    @property
    def rest(self) -> bytes:
        """The octets that belong to no whole frame: stray ones, or part of a frame."""
        return self.stray or self._frames.unfinished

    @property
    def stray(self) -> bytes:
        """The octets that never can belong to a frame: foreign ones, or those behind the Close frame."""
        return self._foreign or self._frames.stray

    @property
    def foreign(self) -> bytes:
        """HTTP where a frame is due."""
        return self._foreign
