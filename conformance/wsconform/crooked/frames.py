"""How a crooked server reads frames."""

from __future__ import annotations

from wsconform.model import MiB
from wsconform.wire.frames import Decoder

__all__ = ["LARGEST", "LARGEST_CONTROL", "FrameDecoder"]

#: Bytes of a frame that a right server accepts.
LARGEST, LARGEST_CONTROL = 64 * MiB, 125


class FrameDecoder(Decoder):
    """Reads frames up to a size; a longer one is refused at its header.

    Attributes:
        largest: bytes of a payload; None for no limit.
        largest_control: bytes of the payload of a control frame; None for no other limit.
    """

    largest: int | None = LARGEST
    largest_control: int | None = LARGEST_CONTROL

    def __init__(self) -> None:
        super().__init__(self.largest, largest_control=self.largest_control)
