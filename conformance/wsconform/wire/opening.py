"""The opening handshake of a client without I/O: the request, and how its answer is read (RFC 6455 section 4.1).

The judge needs the answer as it came, so it is read as leniently as HTTP allows: any byte in a field, any legal
response with a status of 1xx before the final one. The only questions here are where the head ends and if the
connection is open.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass

from wsconform.wire.address import Address
from wsconform.wire.head import Asked, fields, opening_faults, quoted, status_code, status_line

__all__ = ["EXTENSIONS", "HIDDEN", "LARGEST_HEAD", "Additions", "Head", "new_key", "opening_request", "refusal"]

EXTENSIONS = "Sec-WebSocket-Extensions"
#: Octets of all response heads; no server needs more, and an endless one must not fill our memory.
LARGEST_HEAD = 1 << 16
#: The value of a field that must not be shown.
HIDDEN = "***"

SWITCHING = 101

_END = re.compile(rb"\r?\n\r?\n")
_LONGEST_END = 4


@dataclass(frozen=True, slots=True)
class Additions:
    """What every opening handshake has beside the fields that RFC 6455 demands, since a server wants to see it.

    Attributes:
        subprotocols: the subprotocols to offer.
        fields: names and values, such as of Origin, Cookie and Authorization.
        secrets: the texts that must not be in any output.
    """

    subprotocols: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    secrets: tuple[str, ...] = ()

    def lines(self, *, hidden: bool = False) -> Iterator[str]:
        """Yield the field lines; with ``hidden``, without the values of the fields."""
        if self.subprotocols:
            yield f"Sec-WebSocket-Protocol: {', '.join(self.subprotocols)}"
        for name, value in self.fields:
            yield f"{name}: {HIDDEN if hidden else value}"


def opening_request(address: Address, key: str, additions: Additions, offers: tuple[str, ...] = ()) -> bytes:
    """Return an opening handshake.

    Args:
        address: the server.
        key: the value of Sec-WebSocket-Key.
        additions: further fields.
        offers: the values of Sec-WebSocket-Extensions, a field each.
    """
    lines = (
        f"GET {address.target} HTTP/1.1",
        f"Host: {address.authority}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
        *(f"{EXTENSIONS}: {offer}" for offer in offers),
        *additions.lines(),
        "User-Agent: wsconform",
    )
    return "\r\n".join((*lines, "", "")).encode("latin-1")


def new_key(octets: bytes) -> str:
    """Return the Sec-WebSocket-Key of 16 bytes."""
    return base64.b64encode(octets).decode()


def refusal(head: bytes, asked: Asked) -> str:
    """Return why the answer with this head does not open a connection; empty if it does."""
    status = status_code(head)
    if status is None:
        return f"the answer is not HTTP: {quoted(status_line(head))}"
    if status != SWITCHING:
        return f"HTTP {quoted(status_line(head).partition(b' ')[2])[1:-1]}"
    return next((f"the 101 response has {fault.what}" for fault in opening_faults(head, asked)), "")


class Head:
    """Collects octets until the head of the final answer is complete.

    Attributes:
        whole: the head is complete.
        overlong: the heads have more octets than we take; the final one will not become whole.
        octets: the head as it came, without the empty line; until it is whole, what came of it.
        status: the status code; None if there is none.
        answers: the values of the Sec-WebSocket-Extensions fields.
    """

    def __init__(self) -> None:
        self.whole = self.overlong = False
        self.status: int | None = None
        self.answers: tuple[str, ...] = ()
        self.octets = b""
        self._passed_over = 0  # octets of the interim responses

    def feed(self, data: bytes) -> bytes:
        """Take octets in; once the head is complete, return those behind it.

        A client must pass over responses with 1xx before the final one, except 101 (RFC 9110 section 15.2).
        """
        searched = max(0, len(self.octets) - _LONGEST_END)
        self.octets += data
        while not self.whole and (end := _END.search(self.octets, searched)):
            head, rest, searched = self.octets[: end.start()], self.octets[end.end() :], 0
            if self._passed_over + len(head) > LARGEST_HEAD:
                break
            status = status_code(head)
            if status is not None and 100 <= status < 200 and status != SWITCHING:
                self.octets = rest
                self._passed_over += end.end()
                continue
            self._complete(head, status)
            return rest
        self.overlong = self._passed_over + len(self.octets) > LARGEST_HEAD
        if self.overlong:
            self.octets = self.octets[:LARGEST_HEAD]
            self.status = status_code(self.octets)
        return b""

    def _complete(self, head: bytes, status: int | None) -> None:
        self.octets, self.status, self.whole = head, status, True
        found = (value for name, value in fields(head) if name.lower() == EXTENSIONS.lower().encode())
        self.answers = tuple(value.decode("latin-1") for value in found)
