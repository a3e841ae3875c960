"""Check a client's opening handshake and answer it (RFC 6455 section 4.2).

The checks are a table; the first one that fails decides the response.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha1

from .errors import HandshakeRefused
from .extensions import Extension, Negotiator, negotiate, read_offers
from .request import TOKEN, Request, read_list

__all__ = ["Accepted", "accept", "accept_key", "is_websocket_request"]

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_VERSION = ("Sec-WebSocket-Version", "13")
_UPGRADE = ("Upgrade", "websocket")

# 16 octets make 22 characters and two for padding. The last two bits before the padding
# are free: the sample key of RFC 6455 section 4.1 itself has them set (erratum 3150).
_KEY = re.compile(r"[A-Za-z0-9+/]{22}==")
_HOST = re.compile(r"[A-Za-z0-9\-._~%!$&'()*+,;=:\[\]]*")
_TOKEN = re.compile(TOKEN)
_UNSAFE = re.compile(r"[\r\n\0]")
_RESERVED_FIELDS = re.compile(r"(?i)connection|upgrade|content-length|transfer-encoding|sec-websocket-.*")


@dataclass(frozen=True, slots=True)
class Accepted:
    """A handshake that was accepted.

    Attributes:
        response: the complete 101 response, ready to send.
        subprotocol: the agreed subprotocol, if any.
        extensions: the agreed extensions, for ``Connection``.

    """

    response: bytes
    subprotocol: str | None = None
    extensions: tuple[Extension, ...] = ()


def is_websocket_request(request: Request) -> bool:
    """Tell whether the client asks to switch to WebSocket, that is, whether Upgrade contains it.

    ``accept`` checks everything else: a request that asks for WebSocket but lacks Connection or the key is a handshake
    to refuse, not a page to serve.
    """
    return "websocket" in _tokens(request, "Upgrade")


def accept_key(key: str) -> str:
    """Return the Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455 section 4.2.2)."""
    return b64encode(sha1(key.encode("latin-1") + _GUID, usedforsecurity=False).digest()).decode()


def accept(
    request: Request,
    *,
    subprotocols: Sequence[str] = (),
    origin_allowed: Callable[[str], bool] | None = None,
    extensions: Sequence[Negotiator] = (),
    headers: Sequence[tuple[str, str]] = (),
) -> Accepted:
    """Check an opening handshake, and choose the subprotocol and the extensions.

    Args:
        request: the head of the request.
        subprotocols: the subprotocols that the server speaks. The client's order of preference decides (RFC 6455
            section 4.1).
        origin_allowed: called with the Origin if the request has one. ``None`` allows all.
        extensions: in order of preference; each may accept one offer.
        headers: additional header fields of the response, such as Set-Cookie.

    Raises:
        HandshakeRefused: 405 if the method is not GET, 426 if the version is not 13, 403 if the origin is not
            allowed, 400 for any other violation of section 4.2.1.
        ValueError: an additional header field contains CR, LF or NUL, or is one that the handshake itself sets.

    """
    for check in _CHECKS:
        check(request)
    _check_origin(request, origin_allowed)
    subprotocol = _choose_subprotocol(request, subprotocols)
    offered = request.get("Sec-WebSocket-Extensions")
    agreed = negotiate([] if offered is None else read_offers(offered), extensions)
    fields = [
        _UPGRADE,
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Accept", accept_key(request.get("Sec-WebSocket-Key") or "")),
    ]
    if subprotocol is not None:
        fields.append(("Sec-WebSocket-Protocol", subprotocol))
    if agreed:
        fields.append(("Sec-WebSocket-Extensions", ", ".join(element for element, _ in agreed)))
    response = _response([*fields, *_additional_fields(headers)])
    return Accepted(response, subprotocol, tuple(extension for _, extension in agreed))


def _tokens(request: Request, name: str) -> list[str]:
    return [token.lower() for token in read_list(request.get(name))]


def _check_method(request: Request) -> None:
    if request.method != "GET":
        raise HandshakeRefused(405, "An opening handshake must be a GET request.", (("Allow", "GET"),))


def _check_http_version(request: Request) -> None:
    major, _, minor = request.http_version.partition(".")
    if (major, minor) < ("1", "1"):
        raise HandshakeRefused(400, "An opening handshake needs HTTP/1.1 or higher.")


def _check_host(request: Request) -> None:
    hosts = request.get_all("Host")
    if len(hosts) != 1 or _HOST.fullmatch(hosts[0]) is None:
        raise HandshakeRefused(400, "An opening handshake must have exactly one Host field, with a valid host.")


def _check_body(request: Request) -> None:
    # RFC 9110 section 7.8: do not switch protocols before the whole request is read. A body is useless here, and
    # parsing it as frames would be worse than a refusal.
    if request.get("Transfer-Encoding") is not None or (request.get("Content-Length") or "0").strip("0"):
        raise HandshakeRefused(400, "An opening handshake must not have a body.")


def _check_upgrade(request: Request) -> None:
    if not is_websocket_request(request):
        raise HandshakeRefused(400, "The Upgrade field must contain websocket.")


def _check_connection(request: Request) -> None:
    if "upgrade" not in _tokens(request, "Connection"):
        raise HandshakeRefused(400, "The Connection field must contain Upgrade.")


def _check_version(request: Request) -> None:
    if request.get_all("Sec-WebSocket-Version") != ["13"]:
        raise HandshakeRefused(426, "The only supported Sec-WebSocket-Version is 13.", (_UPGRADE, _VERSION))


def _check_key(request: Request) -> None:
    keys = request.get_all("Sec-WebSocket-Key")
    if len(keys) != 1 or _KEY.fullmatch(keys[0]) is None:
        raise HandshakeRefused(400, "An opening handshake must have exactly one Sec-WebSocket-Key: 16 bytes in base64.")


_CHECKS: tuple[Callable[[Request], None], ...] = (
    _check_method,
    _check_http_version,
    _check_host,
    _check_body,
    _check_upgrade,
    _check_connection,
    _check_version,
    _check_key,
)


def _check_origin(request: Request, allowed: Callable[[str], bool] | None) -> None:
    if allowed is None:
        return
    # Several Origin fields are joined into one value, which no list of origins contains.
    origin = request.get("Origin")
    if origin is not None and not allowed(origin):
        raise HandshakeRefused(403, "This origin is not allowed.")


def _choose_subprotocol(request: Request, spoken: Sequence[str]) -> str | None:
    value = request.get("Sec-WebSocket-Protocol")
    if value is None:
        return None
    listed = read_list(value)
    if not listed or not all(map(_TOKEN.fullmatch, listed)):
        raise HandshakeRefused(400, "Sec-WebSocket-Protocol is malformed.")
    return next((name for name in listed if name in spoken), None)


def _additional_fields(headers: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    for name, value in headers:
        # A 101 has no body to describe, and each field of the handshake must occur only once
        # (RFC 9110 section 8.6, RFC 6455 section 11.3).
        if _TOKEN.fullmatch(name) is None or _RESERVED_FIELDS.fullmatch(name):
            raise ValueError(f"this header field may not be added to the handshake response: {name!r}")
        yield name, value


def _response(fields: Iterable[tuple[str, str]]) -> bytes:
    lines = ["HTTP/1.1 101 Switching Protocols"]
    for name, value in fields:
        if _UNSAFE.search(value):
            raise ValueError(f"the value of the header field {name} contains CR, LF or NUL")
        lines.append(f"{name}: {value}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
