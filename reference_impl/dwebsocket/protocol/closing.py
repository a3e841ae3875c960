"""Read and write the payload of a Close frame (RFC 6455 section 5.5.1)."""

from __future__ import annotations

from .codes import CloseCode, may_be_sent
from .errors import Violation
from .frames import MAX_CONTROL_PAYLOAD, as_octets

__all__ = ["close_payload", "read_close"]


def read_close(payload: bytes) -> tuple[int, str]:
    """Return the code and reason in the payload of a received Close frame; 1005 and "" if it is empty.

    Raises:
        Violation: 1002 if the payload is one octet long or the code may not be sent; 1007 if the reason is not UTF-8.

    """
    if not payload:
        return CloseCode.NO_STATUS, ""
    if len(payload) == 1:
        raise Violation(CloseCode.PROTOCOL_ERROR, "a close code must have two bytes")
    code = int.from_bytes(payload[:2], "big")
    if not may_be_sent(code):
        raise Violation(CloseCode.PROTOCOL_ERROR, "this close code must not be sent")
    try:
        return code, payload[2:].decode()
    except UnicodeDecodeError as error:
        raise Violation(CloseCode.INVALID_DATA, "a close reason must be UTF-8") from error


def close_payload(code: int | None, reason: str | bytes = "") -> bytes:
    """Return the payload of a Close frame that a server sends.

    Args:
        code: the close code. ``None``: 1000 if there is a reason; otherwise the payload is empty.
        reason: text, or its UTF-8.

    Raises:
        ValueError: a server may not send the code (1010 is for clients), or the reason is not UTF-8 or longer
            than 123 bytes.
        TypeError: the code is not an ``int``, or the reason is neither ``str`` nor bytes.

    """
    octets = reason.encode() if isinstance(reason, str) else as_octets(reason)
    octets.decode()
    if code is None and not octets:
        return b""
    code = CloseCode.NORMAL if code is None else code
    if not isinstance(code, int):
        raise TypeError(f"a close code must be an int, not {type(code).__name__}")
    if not may_be_sent(code) or code == CloseCode.MANDATORY_EXTENSION:
        raise ValueError(f"a server must not send the close code {code}")
    payload = code.to_bytes(2, "big") + octets
    if len(payload) > MAX_CONTROL_PAYLOAD:
        raise ValueError(f"a close reason may have at most 123 bytes of UTF-8, not {len(octets)}")
    return payload
