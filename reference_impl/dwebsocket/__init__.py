"""WebSockets in ordinary synchronous Django views."""

from .decorators import accept_websocket, require_websocket
from .exceptions import DWebSocketError, ServerNotSupported, WebSocketClosed

__all__ = [
    "DWebSocketError",
    "ServerNotSupported",
    "WebSocketClosed",
    "accept_websocket",
    "require_websocket",
]
