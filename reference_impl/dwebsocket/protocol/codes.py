"""The states, opcodes and close codes of RFC 6455."""

from __future__ import annotations

from enum import Enum, IntEnum, auto

__all__ = ["CloseCode", "Opcode", "State", "may_be_sent"]


class State(Enum):
    """States of a WebSocket connection (RFC 6455 sections 4.1, 7.1.3 and 7.1.4)."""

    CONNECTING = auto()
    """The opening handshake has not been answered yet; ``Connection`` objects start after that."""

    OPEN = auto()
    """Messages go both ways."""

    CLOSING = auto()
    """We have sent a Close frame and wait for the peer's."""

    CLOSED = auto()
    """Nothing more is received or queued. Once the queue is sent, TCP is closed."""


class Opcode(IntEnum):
    """Frame types (RFC 6455 section 5.2). 3 to 7 and 11 to 15 are reserved."""

    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


class CloseCode(IntEnum):
    """Close codes (RFC 6455 section 7.4.1 and the IANA registry). 1004 is reserved."""

    NORMAL = 1000
    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002
    UNSUPPORTED_DATA = 1003
    NO_STATUS = 1005
    ABNORMAL = 1006
    INVALID_DATA = 1007
    POLICY_VIOLATION = 1008
    MESSAGE_TOO_BIG = 1009
    MANDATORY_EXTENSION = 1010
    INTERNAL_ERROR = 1011
    SERVICE_RESTART = 1012
    TRY_AGAIN_LATER = 1013
    BAD_GATEWAY = 1014
    TLS_HANDSHAKE = 1015


_NEVER_ON_THE_WIRE = frozenset({CloseCode.NO_STATUS, CloseCode.ABNORMAL, CloseCode.TLS_HANDSHAKE})
_REGISTERED = frozenset(map(int, CloseCode)) - _NEVER_ON_THE_WIRE


def may_be_sent(code: int) -> bool:
    """Tell whether a client or a server may send ``code`` in a Close frame.

    Registered codes are allowed, except for 1005, 1006 and 1015, and so are 3000 to 4999, which are for
    libraries and private use (RFC 6455 section 7.4).
    """
    return code in _REGISTERED or 3000 <= code <= 4999
