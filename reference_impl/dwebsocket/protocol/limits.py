"""How much a peer may make us keep (RFC 6455 section 10.4); refuses to know how it is counted."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What a peer may send; beyond it the connection fails with 1009. ``None`` is no limit.

    Attributes:
        max_message_size: octets of a message, all fragments together. The default is twice the
            largest message of Autobahn's family 9, so that no common test meets it, and one
            connection cannot take more than that.
        max_frame_size: octets of one data frame; by default as much as the message may have.
        max_empty_fragments: empty fragments in one message. They fill no memory, so the size
            never ends them; no honest peer sends thousands.

    """

    max_message_size: int | None = 32 * _MIB
    max_frame_size: int | None = None
    max_empty_fragments: int | None = 4096
