"""How a crooked server reads a request: strictly as the RFCs demand, except for the faults that it has.

A fault is the name of a check that is left out, or of something legal that is refused.
"""

from __future__ import annotations

import base64
import binascii
import re
import socket
from dataclasses import dataclass

__all__ = ["Handshake", "Refusal", "read_request", "understood"]

_LARGEST = 1 << 18
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) HTTP/(\d)\.(\d)")
_BLANKS = b" \t"


class Refusal(Exception):  # noqa: N818 (it is an answer)
    """The request is answered with an HTTP status and these field lines."""

    def __init__(self, status: int, *lines: bytes) -> None:
        self.status, self.lines = status, lines


@dataclass(frozen=True, slots=True)
class Handshake:
    """An opening handshake to accept.

    Attributes:
        offers: the values of Sec-WebSocket-Extensions.
        subprotocol: the selected one, if there is one.
    """

    key: bytes
    offers: tuple[str, ...]
    subprotocol: bytes = b""


def read_request(sock: socket.socket, data: bytes, faults: frozenset[str]) -> tuple[bytes, bytes] | None:
    """Return the head of the next request and the bytes behind it; None at the end of the connection.

    Args:
        sock: the connection.
        data: bytes that have come already.
        faults: of the server.
    """
    if "empty-line" not in faults:
        data = data.lstrip(b"\r\n")
    while not (end := re.search(rb"\r?\n\r?\n", data)) or (end.start() == 0 and "empty-line" not in faults):
        more = sock.recv(1 << 16) if len(data) < _LARGEST else b""
        if not more or ("one-segment" in faults and data):
            return None
        data += more
        if "empty-line" not in faults:
            data = data.lstrip(b"\r\n")
    return data[: end.start()], data[end.end() :]


def understood(head: bytes, faults: frozenset[str]) -> Handshake:
    """Return the opening handshake that a request is.

    Raises:
        Refusal: it is none, or not a right one.
    """
    line, *lines = re.split(rb"\r?\n", head)
    request = _REQUEST_LINE.fullmatch(line)
    if request is None and "request-line" not in faults:
        raise Refusal(400)
    method, target, major, minor = request.groups() if request else (b"GET", b"/", b"1", b"1")
    if "target" not in faults and not target.startswith((b"/", b"http://")):
        raise Refusal(400)
    if ("absolute" in faults and not target.startswith(b"/")) or ("long-target" in faults and len(target) > 4_000):
        raise Refusal(404)
    fields = _fields(lines, faults)
    _check_host(fields, faults)
    if not _asks_for_websocket(fields, method, (major, minor), faults):
        raise Refusal(200)
    _check_version(fields, faults)
    key = _key(fields, faults)
    if "ascii" in faults and any(octet > 127 for octet in head):
        raise Refusal(500)
    if "no-cookies" in faults and b"cookie" in fields:
        raise Refusal(400)
    offers = tuple(value.decode("latin-1") for value in fields.get(b"sec-websocket-extensions", ()))
    return Handshake(key, offers, _subprotocol(fields, faults))


Fields = dict[bytes, list[bytes]]


def _fields(lines: list[bytes], faults: frozenset[str]) -> Fields:
    found: Fields = {}
    for number, line in enumerate(lines):
        if line[:1] in (b" ", b"\t"):
            if number or "first-blank" not in faults:
                raise Refusal(400)
            line = line.strip(_BLANKS)
        name, colon, value = line.partition(b":")
        if "blank-before-colon" in faults:
            name = name.rstrip(_BLANKS)
        if not (colon and _TOKEN.fullmatch(name)):
            if "no-colon" in faults and not colon:
                continue
            raise Refusal(400)
        if re.search(rb"[\0\r]", value):
            raise Refusal(400)
        value = value[1:] if "blanks" in faults else value.strip(_BLANKS)
        found.setdefault(name if "field-case" in faults else name.lower(), []).append(value)
    if "field-case" in faults:
        return {name.lower(): values for name, values in found.items() if name.title() == name or b"WebSocket" in name}
    if "order" in faults and list(found)[:1] != [b"host"]:
        raise Refusal(400)
    if "unknown-fields" in faults and any(name.startswith(b"wsconform") for name in found):
        raise Refusal(400)
    return found


def _check_host(fields: Fields, faults: frozenset[str]) -> None:
    hosts = fields.get(b"host", [])
    if (not hosts and "no-host" not in faults) or (len(hosts) > 1 and "two-hosts" not in faults):
        raise Refusal(400)
    if any(re.search(rb"\s", host) for host in hosts) and "bad-host" not in faults:
        raise Refusal(400)


def _asks_for_websocket(fields: Fields, method: bytes, version: tuple[bytes, bytes], faults: frozenset[str]) -> bool:
    if method != b"GET" and "method" not in faults:
        return False
    if version < (b"1", b"1") and "http-version" not in faults:
        return False
    upgrades = _options(fields, b"upgrade", faults)
    if "upgrade-substring" in faults:
        names = b"websocket" in b",".join(fields.get(b"upgrade", [])).lower().replace(b" ", b"")
    elif "upgrade-exact" in faults:
        names = fields.get(b"upgrade") == [b"websocket"]
    elif "upgrade-single" in faults:
        names = [value.lower() for value in fields.get(b"upgrade", [])] == [b"websocket"]
    else:
        names = b"websocket" in [one.lower() for one in upgrades] or "upgrade" in faults
    connections = _options(fields, b"connection", faults)
    if "connection-substring" in faults:
        asks = b"upgrade" in b",".join(connections).lower()
    elif "connection-exact" in faults:
        asks = fields.get(b"connection") == [b"Upgrade"]
    else:
        asks = b"upgrade" in [one.lower() for one in connections] or "connection" in faults
    return names and asks


def _options(fields: Fields, name: bytes, faults: frozenset[str]) -> list[bytes]:
    values = fields.get(name, [])
    if "first-line-only" in faults:
        values = values[:1]
    options = [one.strip(_BLANKS) for value in values for one in value.split(b",")]
    if "empty-elements" in faults and b"" in options:
        raise Refusal(400)
    return options


def _check_version(fields: Fields, faults: frozenset[str]) -> None:
    versions = fields.get(b"sec-websocket-version", [])
    if "version" in faults or ("version-loose" in faults and _number(versions[0] if versions else b"13") == 13):
        return
    if "version-first" in faults:
        versions = versions[:1]
    if versions != [b"13"]:
        lines = () if "no-version-named" in faults else (b"Sec-WebSocket-Version: 13",)
        upgrade = () if "bare-426" in faults else (b"Upgrade: websocket", b"Connection: Upgrade")
        raise Refusal(426, *lines, *upgrade)


def _number(value: bytes) -> int | None:
    try:
        return int(float(value.split(b",")[0] or b"13"))
    except ValueError:
        return 13


def _key(fields: Fields, faults: frozenset[str]) -> bytes:
    keys = fields.get(b"sec-websocket-key", [])
    key = keys[0] if keys else b""
    if "no-key" in faults and not key:
        return key
    if (len(keys) != 1 and not ("two-keys" in faults and keys)) or not key:
        raise Refusal(400)
    try:
        right = len(base64.b64decode(key, validate=True)) == 16
    except (binascii.Error, ValueError):
        right = False
    if not right and "bad-key" not in faults:
        raise Refusal(400)
    if "key-alphabet" in faults:
        return key.translate(bytes.maketrans(b"+/", b"-_"))
    return key.lower() if "key-case" in faults else key


def _subprotocol(fields: Fields, faults: frozenset[str]) -> bytes:
    values = fields.get(b"sec-websocket-protocol", [])
    if "echoes-subprotocols" in faults:
        return b", ".join(values)
    if "own-subprotocol" in faults and values:
        return b"chat"
    if "lowers-subprotocol" in faults and values:
        return values[0].split(b",")[0].strip().lower()
    offered = [one.strip(_BLANKS) for value in values for one in value.split(b",")]
    if any(not _TOKEN.fullmatch(one) for one in offered):
        raise Refusal(400)
    return b""
