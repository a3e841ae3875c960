"""The errors of the Django layer, in one tree.

::

    DWebSocketError
    ├── WebSocketClosed        the view sends, but the connection has ended
    └── ServerNotSupported     the WSGI server does not give access to the connection, or not as it was started

A refused opening handshake is `dwebsocket.protocol.HandshakeRefused`, wrong settings are Django's
`ImproperlyConfigured`, wrong arguments are `TypeError` and `ValueError`.
"""

__all__ = ["DWebSocketError", "ServerNotSupported", "WebSocketClosed"]


class DWebSocketError(Exception):
    """The base class of the errors that this package raises for its users."""


class WebSocketClosed(DWebSocketError):  # noqa: N818  # a state of the connection
    """The connection has ended, so nothing can be sent.

    Only raised by `send()`, and only in the view that owns the WebSocket. A view need not catch it: if it
    does not, the view ends, and that is not logged as an error.
    """


class ServerNotSupported(DWebSocketError):  # noqa: N818  # a state of the server
    """The server does not give access to the connection, or not in the way that it was started.

    Attributes:
        server: the server's name.
        reason: why it is so, and what to do instead.
        tried: one sentence for each way that was tried.
    """

    def __init__(self, server: str, reason: str, tried: tuple[str, ...] = ()) -> None:
        self.server = server
        self.reason = reason
        self.tried = tried
        attempts = f" Tried: {'; '.join(tried)}." if tried else ""
        super().__init__(f"No WebSocket is possible here on {server}: {reason}{attempts}")
