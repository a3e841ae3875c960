"""The WebSocket side of a connection: bytes to frames and events."""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.model import Fault, Message, Pong
from wsconform.script.limits import LARGEST, STRAY_KEPT
from wsconform.wire.frames import Decoder, Received
from wsconform.wire.reader import CloseSeen, FrameReader, PingSeen

__all__ = ["KEY", "Stream"]

#: The masking key of every frame that we send; it is fixed, so that the sent bytes are part of the case.
KEY = bytes.fromhex("37fa213d")

Heard = Message | Pong | PingSeen | CloseSeen | Fault


class Stream:
    """The data after a 101."""

    def __init__(self) -> None:
        self._frames = Decoder(LARGEST, kept=STRAY_KEPT)
        self._listener = FrameReader(LARGEST)
        self._foreign = b""

    def receive(self, data: bytes) -> Iterator[tuple[Received, Heard | None]]:
        """Add received bytes; yield each frame that they complete, and its meaning."""
        # Read as a frame, it would be a long Close that never ends.
        if self._foreign or (data.startswith(b"HTTP/") and not self.rest):
            self._foreign += data[: STRAY_KEPT - len(self._foreign)]
            return
        for frame in self._frames.feed(data):
            yield frame, self._listener.read(frame)

    @property
    def rest(self) -> bytes:
        """The bytes that belong to no complete frame: stray ones, or part of a frame."""
        return self.stray or self._frames.unfinished

    @property
    def stray(self) -> bytes:
        """The bytes that can never belong to a frame: foreign ones, or bytes after the Close frame."""
        return self._foreign or self._frames.stray

    @property
    def foreign(self) -> bytes:
        """HTTP data instead of a frame."""
        return self._foreign
