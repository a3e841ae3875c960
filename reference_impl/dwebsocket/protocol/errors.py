"""The one tree of errors of the protocol core; refuses to know who raises them and why."""

from __future__ import annotations

from http import HTTPStatus

__all__ = ["ConnectionClosed", "HandshakeRefused", "ProtocolError", "Violation"]


class ProtocolError(Exception):
    """Root of the tree: every error of this package but ``ValueError`` and ``TypeError`` for callers."""


class ConnectionClosed(ProtocolError):  # noqa: N818 (a state, not a mistake)
    """Something was to be sent on a connection that is not open any more."""


class Violation(ProtocolError):  # noqa: N818 (the peer's, not ours)
    """The peer broke a rule; never leaves the core, which turns it into a ``Failed`` event.

    An extension raises it for a message that it cannot decode.

    Args:
        code: the close code that tells the peer which kind of rule.
        reason: the rule, at most 123 octets of UTF-8.

    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


class HandshakeRefused(ProtocolError):  # noqa: N818 (an answer, not a mistake)
    """An opening handshake that must be answered with an HTTP error (RFC 6455 section 4.2.1).

    Args:
        status: the HTTP status of the answer.
        reason: a sentence for the body.
        headers: further fields of the answer.

    """

    def __init__(self, status: int, reason: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason
        self.headers = headers

    def __str__(self) -> str:
        return f"{self.status} {HTTPStatus(self.status).phrase}: {self.reason}"

    def response(self) -> bytes:
        """Return the complete HTTP/1.1 answer; the TCP connection ends after it."""
        body = f"{self.reason}\n".encode()
        # RFC 9110 section 7.8: whoever sends Upgrade names it in Connection too.
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
