"""Takes the response head of an opening handshake in, and prepares it for autobahn.

autobahn fails the connection on an answer to an offer that it has not made itself. Since the offers are ours, and we
judge the answers, autobahn must not see them. It also takes a head for UTF-8 and cuts lines at characters that end no
line in HTTP, so it is given a clean one: the lines as a lenient client reads them, with an escape for each octet that
is not printable ASCII. The head as it came is kept for the judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wsconform.wire.head import fields, status_code, status_line

__all__ = ["EXTENSIONS", "LARGEST_HEAD", "Head"]

EXTENSIONS = "Sec-WebSocket-Extensions"
#: Octets of a response head; no server needs more, and an endless one must not fill our memory.
LARGEST_HEAD = 1 << 16

_END = re.compile(rb"\r?\n\r?\n")
_LONGEST_END = 4
_STRANGE = re.compile(rb"[^\t\x20-\x7e]")
#: autobahn fails the connection if it sees one of these again; that it came again is for the judge.
_SINGLE = b"sec-websocket-accept", b"sec-websocket-protocol"


class Head:
    """Collects octets until the head is complete.

    Attributes:
        whole: the head is complete.
        overlong: the head has more octets than we take; it will not become whole.
        octets: the head as it came, without the empty line.
        status: the status code; None if there is none.
        answers: the values of the Sec-WebSocket-Extensions fields.
    """

    def __init__(self) -> None:
        self.whole = self.overlong = False
        self.status: int | None = None
        self.answers: tuple[str, ...] = ()
        self.octets = b""

    def feed(self, data: bytes) -> bytes:
        """Take octets in; once the head is complete, return it cleaned and without those fields, and what follows."""
        searched = max(0, len(self.octets) - _LONGEST_END)
        self.octets += data
        end = _END.search(self.octets, searched)
        self.overlong = (end.start() if end else len(self.octets)) > LARGEST_HEAD
        if self.overlong:
            self.octets = self.octets[:LARGEST_HEAD]
        if end is None or self.overlong:
            return b""
        rest, self.octets = self.octets[end.end() :], self.octets[: end.start()]
        self.whole = True
        self.status = status_code(self.octets)
        found = list(fields(self.octets))
        self.answers = tuple(value.decode("latin-1") for name, value in found if _is_answer(name))
        return b"\r\n".join((_clean(status_line(self.octets)), *_lines(found), b"", rest))


def _is_answer(name: bytes) -> bool:
    return name.lower() == EXTENSIONS.lower().encode()


def _lines(found: list[tuple[bytes, bytes]]) -> Iterator[bytes]:
    seen = set()
    for name, value in found:
        again = name.lower() in _SINGLE and name.lower() in seen
        seen.add(name.lower())
        if not again and not _is_answer(name):
            yield _clean(name) + b": " + _clean(value)


def _clean(octets: bytes) -> bytes:
    return _STRANGE.sub(lambda found: b"\\x%02x" % found[0][0], octets)
