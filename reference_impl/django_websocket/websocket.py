"""See `dwebsocket.websocket`; the error for a malformed opening handshake has its old name."""

from dwebsocket.protocol import HandshakeRefused as MalformedWebSocket
from dwebsocket.websocket import WebSocket

__all__ = ["MalformedWebSocket", "WebSocket"]
