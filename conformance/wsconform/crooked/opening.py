"""The opening handshake of a crooked server, and its negotiation of compression."""

from __future__ import annotations

import base64
import hashlib
import re
import socket
from collections.abc import Iterator, Sequence

from wsconform.crooked.requests import Handshake, Refusal, read_request, understood
from wsconform.crooked.rules import Crooked, Deflate, Opening
from wsconform.wire.negotiation import Agreement, Element, MalformedError, may_be_accepted, read_elements

__all__ = ["RefusedError", "negotiate", "shake_hands"]

NAME = "permessage-deflate"
LARGEST = 15
KNOWN = "server_no_context_takeover", "client_no_context_takeover", "server_max_window_bits", "client_max_window_bits"
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class RefusedError(Exception):
    """The handshake is answered with an HTTP error."""

    def __init__(self, status: int) -> None:
        self.status = status


def shake_hands(sock: socket.socket, how: Crooked) -> tuple[bytes, Agreement | None] | None:
    """Answer requests up to an opening handshake.

    Returns:
        The bytes after it and the agreed compression; None if the connection ended before.
    """
    data, faults = b"", how.opening.faults
    while (request := read_request(sock, data, faults)) is not None:
        head, data = request
        try:
            body = _body(head, faults)
            handshake = understood(head, faults)
            if "no-body" in faults and body:
                raise Refusal(400)
            while len(data) < len(body):  # the body that is announced must come first
                data += sock.recv(1 << 16) or b"x" * len(body)
            answer, agreed = negotiate(how.deflate, handshake.offers)
            if missing := [line for line in how.opening.wants if line.lower() not in head.lower()]:
                raise Refusal(401 if b"authorization" in missing[0].lower() else 400)
        except (RefusedError, Refusal) as refused:
            if "drops" in faults or not _refuse(sock, refused, head):
                return None
            if "loses-behind" in faults:
                data = b""
            continue
        sock.sendall(_response(how.opening, handshake, answer))
        while how.opening.endless:
            sock.sendall(how.opening.more * 1000)
        if b" 101" not in how.opening.status:
            return None
        if "loses-first" in faults:
            sock.recv(1 << 16)
        early = b"" if "loses-early" in faults else data[len(body) :]
        return early, agreed
    return None


def _body(head: bytes, faults: frozenset[str]) -> bytes:
    """Return as many bytes as the body of a request has; a server that ignores bodies finds none."""
    if "body" in faults:
        return b""
    if re.search(rb"(?i)\ntransfer-encoding:", head):
        raise Refusal(411, b"Connection: close")
    length = re.search(rb"(?i)\ncontent-length:\s*(\d+)", head)
    return bytes(int(length[1])) if length else b""


def _refuse(sock: socket.socket, refused: RefusedError | Refusal, head: bytes) -> bool:
    """Send a response; return whether another request may follow."""
    lines = refused.lines if isinstance(refused, Refusal) else (b"Connection: close",)
    closes = b"Connection: close" in lines
    text = b"" if head.startswith(b"HEAD ") else b"no"
    response = (b"HTTP/1.1 %d Answer" % refused.status, *lines, b"Content-Length: 2", b"", text)
    sock.sendall(b"\r\n".join(response))
    return not closes


def _response(how: Opening, handshake: Handshake, extensions: str) -> bytes:
    accept = base64.b64encode(hashlib.sha1(handshake.key + GUID).digest())
    fields = [
        (b"Upgrade", b"websocket"),
        (b"Connection", b"Upgrade"),
        *[(b"Sec-WebSocket-Accept", accept)] * how.accepts,
        *([(b"Sec-WebSocket-Protocol", handshake.subprotocol)] if handshake.subprotocol else []),
        *([(b"Sec-WebSocket-Extensions", extensions.encode("latin-1"))] if extensions else []),
    ]
    replaced = dict(how.replaced)
    kept = [(name, replaced.get(name, value)) for name, value in fields]
    lines = b"".join(
        (name.lower() if how.lower else name) + b":" + how.blanks + value + how.line_end
        for name, value in kept
        if value is not None
    )
    return how.interim + how.status + how.line_end + how.more + lines + (b"" if how.endless else how.line_end)


def negotiate(how: Deflate, fields: Sequence[str]) -> tuple[str, Agreement | None]:
    """Return the extensions field of the answer and the agreement that it expresses.

    Raises:
        RefusedError: the offers are malformed, or this server refuses them.
    """
    try:
        offers = [element for field in fields for element in read_elements(_without_empty(field))]
    except MalformedError:
        raise RefusedError(400) from None
    if how.crashes_on_8 and any(("server_max_window_bits", "8") in offer.params for offer in offers):
        raise RefusedError(500)
    accepted = [Element(NAME)] if how.unoffered else list(_acceptable(how, offers))
    if not accepted:
        if how.refuses and offers:
            raise RefusedError(400)
        return "", None
    answers = [_answer(how, offer) for offer in accepted]
    chosen = answers[-1 if how.prefers_last else 0]
    if how.accepts_all:
        return ", ".join(map(str, answers)), _agreement(chosen)
    return NAME if how.drops_parameters else str(chosen), _agreement(chosen)


def _without_empty(field: str) -> str:
    """Return a list without empty elements, which a recipient ignores (RFC 9110 section 5.6.1)."""
    return ",".join(part for part in field.split(",") if part.strip(" \t"))


def _acceptable(how: Deflate, offers: Sequence[Element]) -> Iterator[Element]:
    for offer in offers:
        reduced = _without_ignored(how, offer)
        if may_be_accepted(reduced):
            yield reduced


def _without_ignored(how: Deflate, offer: Element) -> Element:
    """Return an offer without the invalid parameters that this server ignores."""
    kept: list[tuple[str, str | None]] = []
    for name, value in offer.params:
        unknown = name not in KNOWN
        bad = not unknown and not may_be_accepted(Element(NAME, ((name, value),)))
        repeated = any(name == earlier for earlier, _ in kept)
        faults = (unknown, how.accepts_unknown), (bad, how.accepts_bad), (repeated, how.accepts_repeated)
        if not any(is_fault and is_ignored for is_fault, is_ignored in faults):
            kept.append((name, value))
    return Element(offer.name, tuple(kept))


def _answer(how: Deflate, offer: Element) -> Element:
    """Return the answer to an offer."""
    params = [param for param in offer.params if param != ("client_max_window_bits", None) or how.bare_bits]
    if how.larger_bits:
        params = [
            (name, str(min(int(value) + 1, LARGEST)) if value and name == "server_max_window_bits" else value)
            for name, value in params
        ]
    if how.unasked_bits and "client_max_window_bits" not in offer:
        params.append(("client_max_window_bits", "12"))
    return Element(NAME, tuple(params))


def _agreement(answer: Element) -> Agreement:
    bits = {name: int(value) for name, value in answer.params if value}
    return Agreement(
        offer=0,
        preferred=0,
        server_takeover="server_no_context_takeover" not in answer,
        client_takeover="client_no_context_takeover" not in answer,
        server_bits=bits.get("server_max_window_bits", LARGEST),
        client_bits=bits.get("client_max_window_bits", LARGEST),
    )
