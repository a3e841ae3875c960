"""The names of django-websocket, the predecessor of 2010, for code that still imports them."""

from dwebsocket import accept_websocket, require_websocket

__all__ = ["accept_websocket", "require_websocket"]
