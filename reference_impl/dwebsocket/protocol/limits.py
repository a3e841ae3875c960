"""Limits on what a peer may send (RFC 6455 section 10.4)."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits beyond which the connection fails with 1009. ``None`` is no limit.

    Attributes:
        max_message_size: octets of a message, all fragments together. The default is the largest message of
            Autobahn's test suite (family 9).
        max_frame_size: octets of one data frame; by default only the size of the message is limited.
        max_empty_fragments: empty fragments in one message. They take no memory, so the limit of the size
            does not apply to them, but no regular client sends thousands.

    """

    max_message_size: int | None = 16 * _MIB
    max_frame_size: int | None = None
    max_empty_fragments: int | None = 4096
