"""The name that dwebsocket had in 2010, for code that still imports it; refuses to know anything itself."""

from dwebsocket import accept_websocket, require_websocket

__all__ = ["accept_websocket", "require_websocket"]
