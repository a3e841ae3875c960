"""Read the head of an HTTP/1.1 request (RFC 9112).

If the server has read the head already, a ``Request`` is made from what it provides instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import HandshakeRefused

__all__ = ["TOKEN", "Request", "parse_request", "read_list"]

TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
"""RFC 9110 section 5.6.2."""

MAX_REQUEST_LINE = 8192  # octets; RFC 9112 section 3 recommends at least 8000
MAX_FIELDS = 100
MAX_HEAD = 65536  # octets of request line and fields together

_REQUEST_LINE = re.compile(rf"({TOKEN}) ([\x21-\x7e]+) HTTP/(\d\.\d)")
# Spaces around the value are stripped later: a pattern that excludes them takes quadratic time.
_FIELD = re.compile(rf"({TOKEN}):([\t\x20-\x7e\x80-\xff]*)")
_HALF_LINE_END = re.compile(rb"(?<!\r)\n|\r(?!\n|\Z)")


@dataclass(frozen=True, slots=True)
class Request:
    """The head of an HTTP request. Field values have no surrounding whitespace."""

    method: str
    target: str
    http_version: str
    headers: tuple[tuple[str, str], ...]

    def get_all(self, name: str) -> list[str]:
        """Return the values of all fields with this name, in order; the case of the name does not matter."""
        wanted = name.lower()
        return [value for field, value in self.headers if field.lower() == wanted]

    def get(self, name: str) -> str | None:
        """Return the values of all fields with this name, joined (RFC 9110 section 5.3), or ``None``."""
        values = self.get_all(name)
        return ", ".join(values) if values else None


def read_list(value: str | None) -> list[str]:
    """Return the elements of a comma-separated value, without empty ones (RFC 9110 section 5.6.1)."""
    elements = (element.strip(" \t") for element in (value or "").split(","))
    return [element for element in elements if element]


def parse_request(data: bytes) -> tuple[Request, int] | None:
    """Parse the head of the request at the beginning of ``data``.

    Args:
        data: all octets received so far.

    Returns:
        The request and the length of its head in octets; ``None`` if the end of the head has not arrived yet.

    Raises:
        HandshakeRefused: 400 if the head is malformed, 414 if the request line is over 8192 octets, 431 if the head is
            over 64 KiB or has more than 100 fields. An incomplete head is refused as soon as one of these is certain.

    """
    # One empty line before a request is to be ignored (RFC 9112 section 2.2).
    start = 2 if data.startswith(b"\r\n") else 0
    end = data.find(b"\r\n\r\n", start)
    head = data[start:] if end < 0 else data[start:end]
    if _HALF_LINE_END.search(head):
        raise HandshakeRefused(400, "A line of the request must end with CR LF.")
    _check_sizes(head)
    if end < 0:
        return None
    return _read_head(head.decode("latin-1")), end + 4


def _check_sizes(head: bytes) -> None:
    line_end = head.find(b"\r\n")
    if (len(head) if line_end < 0 else line_end) > MAX_REQUEST_LINE:
        raise HandshakeRefused(414, "The request line is too long.")
    if len(head) > MAX_HEAD or head.count(b"\r\n") > MAX_FIELDS:
        raise HandshakeRefused(431, "The request has too many header fields, or they are too large.")


def _read_head(head: str) -> Request:
    line, *fields = head.split("\r\n")
    match = _REQUEST_LINE.fullmatch(line)
    if match is None:
        raise HandshakeRefused(400, "The request line is malformed.")
    method, target, version = match.groups()
    return Request(method, target, version, tuple(map(_read_field, fields)))


def _read_field(line: str) -> tuple[str, str]:
    match = _FIELD.fullmatch(line)  # neither a space before the colon nor a folded line matches
    if match is None:
        raise HandshakeRefused(400, "A header field is malformed.")
    return match[1], match[2].strip(" \t")
