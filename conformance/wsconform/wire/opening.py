"""Removes the answers to our offers from the response head of an opening handshake.

autobahn fails the connection on an answer to an offer that it has not made itself. Since the offers are ours, and we
judge the answers, autobahn must not see them.
"""

from __future__ import annotations

import re

__all__ = ["EXTENSIONS", "Head"]

EXTENSIONS = "Sec-WebSocket-Extensions"
#: Octets in which the head of a response must end.
LARGEST = 1 << 16

_END = b"\r\n\r\n"
_STATUS = re.compile(rb"HTTP/\S+ (\d{3})")
_FIELD = re.compile(rb"\r\n" + EXTENSIONS.encode() + rb"[ \t]*:[ \t]*([^\r\n]*?)[ \t]*(?=\r\n)", re.IGNORECASE)


class Head:
    """Collects octets until the head is complete.

    Attributes:
        whole: the head is complete.
        status: the status code; None if there is none.
        answers: the values of the Sec-WebSocket-Extensions fields.
        endless: so many octets came without the end of a head that no more are taken in.
    """

    def __init__(self) -> None:
        self.whole = self.endless = False
        self.status: int | None = None
        self.answers: tuple[str, ...] = ()
        self._octets = b""

    def feed(self, data: bytes) -> bytes:
        """Take octets in; once the head is complete, return it without those fields, and what follows it."""
        if self.endless:
            return b""
        self._octets += data
        if _END not in self._octets:
            self.endless = len(self._octets) > LARGEST
            return b""
        head, end, rest = self._octets.partition(_END)
        self.whole, self._octets = True, b""
        status = _STATUS.match(head)
        self.status = int(status[1]) if status else None
        fields = head + b"\r\n"
        self.answers = tuple(value.decode("latin-1") for value in _FIELD.findall(fields))
        return _FIELD.sub(b"", fields) + end[2:] + rest
