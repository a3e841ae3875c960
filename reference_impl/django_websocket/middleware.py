"""See `dwebsocket.middleware`."""

from dwebsocket.middleware import WebSocketMiddleware

__all__ = ["WebSocketMiddleware"]
