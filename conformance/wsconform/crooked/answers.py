"""Crooked servers whose answer to the opening handshake is wrong, or right in an unusual way."""

from __future__ import annotations

from wsconform.crooked.rules import Crooked, Opening

__all__ = ["ANSWERS"]


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
