"""The opening handshake of a crooked server."""

from __future__ import annotations

import base64
import hashlib
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass

from wsconform.crooked.negotiation import Negotiation, RefusedError
from wsconform.crooked.requests import Handshake, Refusal, read_request, understood
from wsconform.wire.negotiation import Agreement

__all__ = ["Opening", "shake_hands"]

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


@dataclass(frozen=True, slots=True)
class Opening:
    """How a server reads an opening handshake, and the head of its answer.

    Attributes:
        status: the status line; it refuses the handshake unless it says 101.
        more: lines to insert after the status line, each with its end.
        line_end: ends the lines of the other fields.
        named: how names of fields are written.
        blanks: separates a name's colon from the value.
        accepts: how many Sec-WebSocket-Accept fields there are.
        endless: writes `more` until the client goes away.
        interim: responses before the final one.
        replaced: values that replace those of fields with this name; None omits the field.
        faults: in reading requests, see `wsconform.crooked.requests`.
        wants: field lines without which the handshake is refused.
        cuts: writes the response in segments of this many bytes; 0 for one.
        refusal: the status with which it refuses every wrong request; 0 for the fitting one.
        hangs_up: ends TCP after a refusal.
    """

    status: bytes = b"HTTP/1.1 101 Switching Protocols"
    more: bytes = b""
    line_end: bytes = b"\r\n"
    named: Callable[[bytes], bytes] = bytes
    blanks: bytes = b" "
    accepts: int = 1
    endless: bool = False
    interim: bytes = b""
    replaced: tuple[tuple[bytes, bytes | None], ...] = ()
    faults: frozenset[str] = frozenset()
    wants: tuple[bytes, ...] = ()
    cuts: int = 0
    refusal: int = 0
    hangs_up: bool = False


def shake_hands(
    sock: socket.socket, how: Opening, negotiation: Negotiation | None = None
) -> tuple[bytes, Agreement | None] | None:
    """Answer requests up to an opening handshake.

    Returns:
        The bytes after it and the agreed compression; None if the connection ended before.
    """
    data, faults, negotiation = b"", how.faults, negotiation or Negotiation()
    while (request := read_request(sock, data, faults)) is not None:
        head, data = request
        try:
            body = _body(head, faults)
            handshake = understood(head, faults)
            while len(data) < len(body):  # the body that is announced must come first
                data += sock.recv(1 << 16) or b"x" * len(body)
            answer, agreed = negotiation.agree(handshake.offers)
            if missing := [line for line in how.wants if line.lower() not in head.lower()]:
                raise Refusal(401 if b"authorization" in missing[0].lower() else 400)
        except (RefusedError, Refusal) as refused:
            if "drops" in faults or not _refuse(sock, how, refused, head):
                return None
            if "loses-behind" in faults:
                data = b""
            continue
        _write(sock, how, _response(how, handshake, answer))
        while how.endless:
            sock.sendall(how.more * 1000)
        if b" 101" not in how.status:
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


def _refuse(sock: socket.socket, how: Opening, refused: RefusedError | Refusal, head: bytes) -> bool:
    """Send a response; return whether another request may follow."""
    lines = refused.lines if isinstance(refused, Refusal) else (b"Connection: close",)
    if how.hangs_up and b"Connection: close" not in lines:
        lines = (*(line for line in lines if not line.startswith(b"Connection:")), b"Connection: close")
    closes = b"Connection: close" in lines
    text = b"" if head.startswith(b"HEAD ") else b"no"
    status = how.refusal or refused.status
    response = (b"HTTP/1.1 %d Answer" % status, *lines, b"Content-Length: 2", b"", text)
    sock.sendall(b"\r\n".join(response))
    return not closes


def _write(sock: socket.socket, how: Opening, response: bytes) -> None:
    step = how.cuts or len(response)
    for at in range(0, len(response), step):
        sock.sendall(response[at : at + step])


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
        how.named(name) + b":" + how.blanks + value + how.line_end for name, value in kept if value is not None
    )
    return how.interim + how.status + how.line_end + how.more + lines + (b"" if how.endless else how.line_end)
