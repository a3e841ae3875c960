"""Check UTF-8 while it arrives (RFC 6455 section 8.1)."""

from __future__ import annotations

from codecs import utf_8_decode

from .codes import CloseCode
from .errors import Violation

__all__ = ["NOT_UTF8", "Utf8Check"]

NOT_UTF8 = "text must be UTF-8"


class Utf8Check:
    """Check a text piece by piece; fail at the first octet that cannot be part of valid UTF-8."""

    __slots__ = ("_tail",)

    def __init__(self) -> None:
        self._tail = b""

    @property
    def complete(self) -> bool:
        """Whether the text so far ends with a complete character."""
        return not self._tail

    def feed(self, piece: bytes) -> None:
        """Check the next piece; raises ``Violation`` 1007."""
        if not self._tail and piece.isascii():
            return
        try:
            piece = self._tail + piece
            _, used = utf_8_decode(piece, "strict", False)
        except UnicodeDecodeError as error:
            raise Violation(CloseCode.INVALID_DATA, NOT_UTF8) from error
        self._tail = piece[used:]
        # CPython only rejects a surrogate after its third octet, but the second is already invalid.
        if self._tail[:1] == b"\xed" and self._tail[1:] >= b"\xa0":
            raise Violation(CloseCode.INVALID_DATA, NOT_UTF8)
