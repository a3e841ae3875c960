"""Limits for what a peer may send (RFC 6455 section 10.4)."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """If a message exceeds one of these limits, the connection fails with 1009. ``None``: no limit.

    Attributes:
        max_message_size: octets of a message, all fragments together. The default is the size of the largest message
            in Autobahn's test suite (family 9).
        max_frame_size: octets of one data frame. By default only the message is limited.
        max_empty_fragments: empty fragments in one message. They take no memory, so the size limit does not cover
            them, but no usual client sends thousands.

    """

    max_message_size: int | None = 16 * _MIB
    max_frame_size: int | None = None
    max_empty_fragments: int | None = 4096
