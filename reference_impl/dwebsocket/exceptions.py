"""The exceptions of the Django layer.

::

    DWebSocketError
    ├── WebSocketClosed        `send()` was called, but the connection has ended
    └── ServerNotSupported     the connection cannot be taken over from the WSGI server

A refused opening handshake raises `dwebsocket.protocol.HandshakeRefused`, invalid settings raise Django's
`ImproperlyConfigured`, and invalid arguments `TypeError` or `ValueError`.
"""

__all__ = ["DWebSocketError", "ServerNotSupported", "WebSocketClosed"]


class DWebSocketError(Exception):
    """Base class of the exceptions that this package raises in views."""


class WebSocketClosed(DWebSocketError):  # noqa: N818  # a state of the connection
    """A message cannot be sent because the connection has ended.

    Only `send()` raises this, and only in the view that owns the WebSocket. A view need not catch it: the
    exception then ends the view, and is not logged as an error.
    """


class ServerNotSupported(DWebSocketError):  # noqa: N818  # a state of the server
    """The connection cannot be taken over from this server, or not with the options it was started with.

    The client gets this as the text of a 501 response.

    Attributes:
        server: the server's name.
        reason: why WebSockets are not possible, and what to do instead.
        tried: what was tried to find the connection, a phrase for each attempt.
    """

    def __init__(self, server: str, reason: str, tried: tuple[str, ...] = ()) -> None:
        self.server = server
        self.reason = reason
        self.tried = tried
        attempts = f" Tried: {'; '.join(tried)}." if tried else ""
        super().__init__(f"WebSockets are not possible on {server}: {reason}{attempts}")
