"""Read and write frame headers (RFC 6455 section 5.2).

The first octet is looked up in a table of 256 entries: each is the rule that the octet breaks, or ``None``. One table
is used between messages and another inside a fragmented message, which also checks the order of fragments.
"""

from __future__ import annotations

from functools import cache
from struct import Struct

from .codes import CloseCode, Opcode
from .errors import Violation

__all__ = [
    "CONTROL",
    "FIN",
    "LONGEST",
    "MASKED",
    "MAX_CONTROL_PAYLOAD",
    "RESERVED_BITS",
    "as_octets",
    "frame",
    "read_header",
    "rules",
]

FIN = 0x80
RESERVED_BITS = 0x70
CONTROL = 0x08
"""The bit that distinguishes control opcodes from data opcodes (RFC 6455 section 5.5)."""

MASKED = 0x80
MAX_CONTROL_PAYLOAD = 125
"""Maximum length in octets (RFC 6455 section 5.5)."""

LONGEST = (1 << 63) - 1
"""Maximum payload length in octets; a 64-bit length has a leading zero bit (RFC 6455 section 5.2)."""

Header = tuple[int, int, int]
"""First octet, payload length, position of the masking key."""

_OPCODES = frozenset(map(int, Opcode))
_PACK_8 = Struct("!BB").pack
_PACK_16 = Struct("!BBH").pack
_PACK_64 = Struct("!BBQ").pack


def as_octets(data: bytes) -> bytes:
    """Return any bytes-like object as bytes; raises ``TypeError`` for anything else."""
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data)
    raise TypeError(f"expected str or bytes, not {type(data).__name__}")


def frame(first: int, payload: bytes) -> bytes:
    """Return an unmasked frame, as a server sends it, with the length in the shortest form.

    Args:
        first: the first octet: FIN, reserved bits and opcode.
        payload: the octets to send; a server does not mask them (RFC 6455 section 5.1).

    """
    length = len(payload)
    if length < 126:
        return _PACK_8(first, length) + payload
    if length < 65536:
        return _PACK_16(first, 126, length) + payload
    return _PACK_64(first, 127, length) + payload


def read_header(data: bytes, at: int, rules: tuple[str | None, ...]) -> Header | None:
    """Read the header that begins at ``data[at]``, up to the masking key.

    Each octet is checked as soon as it has arrived, even if the next one is missing.

    Args:
        data: octets received; at least one from ``at`` on.
        at: where the frame begins.
        rules: the table for the first octet, see the function ``rules``.

    Returns:
        The header; ``None`` if octets are missing.

    Raises:
        Violation: 1002; a client may not send this header (RFC 6455 section 5).

    """
    first = data[at]
    rule = rules[first]
    if rule is not None:
        raise Violation(CloseCode.PROTOCOL_ERROR, rule)
    if len(data) - at < 2:
        return None
    length = data[at + 1] ^ MASKED  # above 127: the bit was not set
    if length <= MAX_CONTROL_PAYLOAD:
        return first, length, at + 2
    return _read_long(data, at, first, length)


def _read_long(data: bytes, at: int, first: int, length: int) -> Header | None:
    if length & MASKED:
        raise Violation(CloseCode.PROTOCOL_ERROR, "a frame from a client must be masked")
    if first & CONTROL:
        raise Violation(CloseCode.PROTOCOL_ERROR, "a control frame may carry at most 125 bytes")
    octets = 2 if length == 126 else 8
    field = data[at + 2 : at + 2 + octets]
    if octets == 8 and field and field[0] & 0x80:
        raise Violation(CloseCode.PROTOCOL_ERROR, "the most significant bit of a 64-bit length must be 0")
    if len(field) < octets:
        return None
    value = int.from_bytes(field, "big")
    if value < (126 if octets == 2 else 65536):
        raise Violation(CloseCode.PROTOCOL_ERROR, "a length must be encoded in the shortest form")
    return first, value, at + 2 + octets


@cache
def rules(*, inside: bool, reserved: int = 0) -> tuple[str | None, ...]:
    """Return the table of first octets: for each octet the rule that it breaks, or ``None``.

    Args:
        inside: whether a fragmented message is incomplete.
        reserved: reserved bits that an extension defines, for the first frame of a message.

    """
    return tuple(_rule(first, inside, reserved) for first in range(256))


def _rule(first: int, inside: bool, reserved: int) -> str | None:
    opcode = first & 0x0F
    starts = opcode in (Opcode.TEXT, Opcode.BINARY)
    if first & RESERVED_BITS & ~(reserved if starts else 0):
        return "a reserved bit is set, but no agreed extension uses it"
    if opcode not in _OPCODES:
        return "the opcode is reserved"
    if opcode & CONTROL:
        return None if first & FIN else "a control frame must not be fragmented"
    if inside == starts:
        return "new message before the end of the previous one" if inside else "continuation frame without a message"
    return None
