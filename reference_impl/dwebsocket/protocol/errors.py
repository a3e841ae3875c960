"""The exceptions of the protocol core."""

from __future__ import annotations

from http import HTTPStatus

__all__ = ["ConnectionClosed", "HandshakeRefused", "ProtocolError", "Violation"]


class ProtocolError(Exception):
    """Base class of these exceptions. Invalid arguments raise ``ValueError`` or ``TypeError`` instead."""


class ConnectionClosed(ProtocolError):  # noqa: N818 (a state, not a mistake)
    """Nothing can be sent, because the connection is no longer open."""


class Violation(ProtocolError):  # noqa: N818 (the peer's, not ours)
    """The peer broke a rule of the protocol. The core turns it into a ``Failed`` event.

    An extension raises it for a message that it cannot decode.

    Args:
        code: the close code to send to the peer (RFC 6455 section 7.4.1).
        reason: the rule that was broken, at most 123 bytes of UTF-8.

    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


class HandshakeRefused(ProtocolError):  # noqa: N818 (an answer, not a mistake)
    """The opening handshake must be answered with an HTTP error (RFC 6455 section 4.2.1).

    Args:
        status: the HTTP status of the response.
        reason: a sentence for the body of the response.
        headers: additional header fields of the response.
        detail: the reason in detail, for the server's log; it is not sent to the client.

    """

    def __init__(
        self, status: int, reason: str, headers: tuple[tuple[str, str], ...] = (), *, detail: str = ""
    ) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason
        self.headers = headers
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.status} {HTTPStatus(self.status).phrase}: {self.reason}"

    def response(self) -> bytes:
        """Return the complete HTTP/1.1 response, after which the TCP connection must be closed."""
        body = f"{self.reason}\n".encode()
        # RFC 9110 section 7.8: Connection must name Upgrade if that field is sent.
        upgrades = any(name.lower() == "upgrade" for name, _ in self.headers)
        fields = (
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Connection", "close, Upgrade" if upgrades else "close"),
            *self.headers,
        )
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in fields]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
