"""Crooked servers that answer opening handshakes wrongly, or in an unusual way, and those that misread requests."""

from __future__ import annotations

from wsconform.crooked.rules import Crooked, Opening

__all__ = ["ANSWERS", "PICKY", "READERS"]


def _answering(name: str, summary: str, *replaced: tuple[bytes, bytes | None], **opening: bytes) -> Crooked:
    return Crooked(name, summary, opening=Opening(replaced=replaced, **opening))  # type: ignore[arg-type]


_INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n"
_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\nX: Caf\xe9\r\n\r\n"

ANSWERS = (
    _answering("says-200", "accepts with 200 instead of 101", status=b"HTTP/1.1 200 OK"),
    _answering("no-upgrade", "omits Upgrade from the 101", (b"Upgrade", None)),
    _answering("upgrade-h2c", "names another protocol in Upgrade", (b"Upgrade", b"h2c")),
    _answering("no-connection", "omits Connection from the 101", (b"Connection", None)),
    _answering("connection-close", "answers with Connection: close", (b"Connection", b"close")),
    _answering("no-accept", "omits Sec-WebSocket-Accept", (b"Sec-WebSocket-Accept", None)),
    _answering("wrong-accept", "sends the same Sec-WebSocket-Accept for every key", (b"Sec-WebSocket-Accept", b"x")),
    _answering(
        "unasked-subprotocol", "selects a subprotocol that was not offered", more=b"Sec-WebSocket-Protocol: x\r\n"
    ),
    _answering("empty-subprotocol", "sends an empty subprotocol", more=b"Sec-WebSocket-Protocol:\r\n"),
    _answering("interim-100", "sends 100 before the 101", interim=_INTERIM),
    _answering("interim-103", "sends 100 and twice 103 before the 101", interim=_INTERIM + 2 * _HINTS),
    _answering(
        "connection-list", "answers with Connection: keep-alive, Upgrade", (b"Connection", b"keep-alive, UPGRADE")
    ),
    _answering("upgrade-case", "answers with Upgrade: WebSocket", (b"Upgrade", b"WebSocket")),
)


def _reading(name: str, summary: str, *faults: str) -> Crooked:
    return Crooked(name, summary, opening=Opening(faults=frozenset(faults)))


#: Servers that accept a wrong request, or refuse a right one.
READERS = (
    _reading("any-method", "accepts any method", "method"),
    _reading("any-http", "accepts HTTP/1.0", "http-version"),
    _reading("any-request-line", "accepts any request line", "request-line", "target"),
    _reading("any-target", "accepts any request target", "target"),
    _reading("path-only", "refuses absolute request targets", "absolute"),
    _reading("short-targets", "refuses request targets above 4,000 bytes", "long-target"),
    _reading("no-host", "accepts requests without Host", "no-host"),
    _reading("two-hosts", "accepts two Host fields", "two-hosts"),
    _reading("bad-host", "accepts an invalid Host", "bad-host"),
    _reading("any-upgrade", "accepts any Upgrade, or none", "upgrade"),
    _reading("upgrade-substring", "finds websocket anywhere in Upgrade", "upgrade-substring"),
    _reading("upgrade-exact", "accepts only the Upgrade value websocket in lower case", "upgrade-exact"),
    _reading("upgrade-single", "accepts no other protocol in Upgrade", "upgrade-single"),
    _reading("any-get", "takes any GET for an opening handshake", "upgrade", "connection", "version", "no-key"),
    _reading("any-connection", "accepts any Connection, or none", "connection"),
    _reading("connection-substring", "finds upgrade anywhere in Connection", "connection-substring"),
    _reading("connection-exact", "accepts only the Connection value Upgrade", "connection-exact"),
    _reading("first-line-only", "reads only the first of several fields", "first-line-only"),
    _reading("no-empty-elements", "refuses lists with empty elements", "empty-elements"),
    _reading("no-key", "accepts an opening handshake without a key", "no-key"),
    _reading("bad-key", "accepts any key", "bad-key"),
    _reading("two-keys", "accepts two keys", "two-keys"),
    _reading("key-case", "hashes the key in lower case", "key-case"),
    _reading("key-alphabet", "hashes the key in the alphabet for URLs", "key-alphabet"),
    _reading("any-version", "accepts any version", "version"),
    _reading("loose-version", "reads the version as a number", "version-loose"),
    _reading("first-version", "reads only the first version", "version-first"),
    _reading("names-no-version", "does not name its version when it refuses another one", "no-version-named"),
    _reading("bare-426", "sends 426 without Upgrade", "bare-426"),
    _reading("field-case", "distinguishes upper and lower case in field names", "field-case"),
    _reading("host-first", "requires Host to be the first field", "order"),
    _reading("one-blank", "removes exactly one character before each value", "blanks"),
    _reading("unknown-fields", "refuses fields that it does not know", "unknown-fields"),
    _reading("ascii-only", "answers 500 to bytes above ASCII", "ascii"),
    _reading("blank-colon", "accepts a space before a colon", "blank-before-colon"),
    _reading("first-blank", "accepts a space before the first field", "first-blank"),
    _reading("skips-lines", "ignores lines without a colon", "no-colon"),
    _reading("no-empty-line", "does not ignore an empty line before a request", "empty-line"),
    _reading("echoes-subprotocols", "sends back all subprotocols that are offered", "echoes-subprotocols"),
    _reading("own-subprotocol", "selects a subprotocol that was not offered, if any was", "own-subprotocol"),
    _reading("lowers-subprotocol", "writes the selected subprotocol in lower case", "lowers-subprotocol"),
    _reading("body-as-frames", "reads the body of a request as frames", "body"),
    _reading("one-segment", "requires a request to come in one segment", "one-segment"),
    _reading("loses-behind", "loses what comes in one segment with a refused request", "loses-behind"),
    _reading("loses-early", "loses frames that come in one segment with the request", "loses-early"),
    _reading("loses-first", "loses the first data after the 101", "loses-first"),
    _reading("drops-requests", "drops TCP instead of refusing a request", "drops"),
)

#: Servers that want something in the opening handshake.
PICKY = (
    Crooked("wants-cookie", "wants a cookie", opening=Opening(wants=(b"Cookie: id=xyzzy",))),
    Crooked("wants-password", "wants credentials", opening=Opening(wants=(b"Authorization: Basic bWU6c3dvcmRmaXNo",))),
    Crooked("wants-origin", "wants an Origin", opening=Opening(wants=(b"Origin: https://site.example",))),
    Crooked(
        "wants-subprotocol",
        "wants a subprotocol",
        opening=Opening(wants=(b"Sec-WebSocket-Protocol: chat",), more=b"Sec-WebSocket-Protocol: chat\r\n"),
    ),
)
