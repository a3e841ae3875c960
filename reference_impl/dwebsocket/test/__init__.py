"""Tests for people's own views: `WebSocketClient` talks to a view without a server.

Nothing else in `dwebsocket` imports this package, and it imports `django.test`.
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
