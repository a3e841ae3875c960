"""See `dwebsocket.decorators`."""

from dwebsocket.decorators import accept_websocket, require_websocket

__all__ = ["accept_websocket", "require_websocket"]
