"""Applies a masking key (RFC 6455 section 5.3); refuses to know what a frame is."""

from __future__ import annotations

from functools import cache

__all__ = ["apply_mask", "apply_mask_in_python"]

_SHORT = 256

Octets = bytes | bytearray | memoryview


def apply_mask_in_python(data: Octets, key: bytes | bytearray) -> bytes:
    """Return ``data`` XOR the repeated four octets of ``key``; masking and unmasking are the same."""
    return _by_integer(data, key) if len(data) < _SHORT else _by_stride(data, key)


def _by_integer(data: Octets, key: bytes | bytearray) -> bytes:
    size = len(data)
    mask = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(data, "big") ^ int.from_bytes(mask, "big")).to_bytes(size, "big")


def _by_stride(data: Octets, key: bytes | bytearray) -> bytes:
    result = bytearray(data)
    for lane in range(4):
        result[lane::4] = result[lane::4].translate(_xor_table(key[lane]))
    return bytes(result)


@cache
def _xor_table(octet: int) -> bytes:
    return bytes(value ^ octet for value in range(256))


try:
    from websockets.speedups import apply_mask
except ImportError:  # a platform without a wheel, or a build without the compiler
    apply_mask = apply_mask_in_python
