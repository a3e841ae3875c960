"""A test client for views with WebSockets, which needs no server: `WebSocketClient`.

This package imports `django.test`, so nothing else in `dwebsocket` imports it.
"""

from .client import WebSocketClient
from .errors import Ended, NothingArrived, Refused, Unexpected, WebSocketTestError
from .websocket import ClientWebSocket

__all__ = [
    "ClientWebSocket",
    "Ended",
    "NothingArrived",
    "Refused",
    "Unexpected",
    "WebSocketClient",
    "WebSocketTestError",
]
