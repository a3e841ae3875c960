"""Judges UTF-8 as it arrives (RFC 6455 section 8.1); refuses to keep the text."""

from __future__ import annotations

from codecs import utf_8_decode

from .codes import CloseCode
from .errors import Violation

__all__ = ["NOT_UTF8", "Utf8Check"]

NOT_UTF8 = "text must be UTF-8"


class Utf8Check:
    """Takes text in pieces and refuses the first octet that no UTF-8 can have."""

    __slots__ = ("_tail",)

    def __init__(self) -> None:
        self._tail = b""

    @property
    def complete(self) -> bool:
        """Whether the text so far does not end inside a character."""
        return not self._tail

    def feed(self, piece: bytes) -> None:
        """Judge the next piece; raises ``Violation`` 1007."""
        if not self._tail and piece.isascii():
            return
        try:
            piece = self._tail + piece
            _, used = utf_8_decode(piece, "strict", False)
        except UnicodeDecodeError as error:
            raise Violation(CloseCode.INVALID_DATA, NOT_UTF8) from error
        self._tail = piece[used:]
        # CPython waits for the third octet of a surrogate; the second one decides already.
        if self._tail[:1] == b"\xed" and self._tail[1:] >= b"\xa0":
            raise Violation(CloseCode.INVALID_DATA, NOT_UTF8)
