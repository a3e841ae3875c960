"""The events that a connection returns for the data it receives.

The classes are slotted but not frozen: creating a frozen dataclass takes about three times as long, and one is
created for every message.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CloseReceived", "Event", "Failed", "Message", "Ping", "Pong"]


@dataclass(slots=True)
class Message:
    """A complete message: text is ``str``, binary is ``bytes``."""

    data: str | bytes


@dataclass(slots=True)
class Ping:
    """A Ping frame; the Pong is already queued."""

    data: bytes


@dataclass(slots=True)
class Pong:
    """A Pong frame, in answer to a Ping or unsolicited."""

    data: bytes


@dataclass(slots=True)
class CloseReceived:
    """The peer has closed the connection, with this code and reason.

    The code is 1005 for a Close frame without one, and 1006 when TCP ended without a Close frame.
    """

    code: int
    reason: str


@dataclass(slots=True)
class Failed:
    """The peer broke a rule. A Close frame with this code and reason is queued, unless one was sent before."""

    code: int
    reason: str


Event = Message | Ping | Pong | CloseReceived | Failed
