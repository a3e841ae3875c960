"""`WebSocketClient`, a test client for views with WebSockets. It needs no server.

The rest of `dwebsocket` does not import this package, because it imports `django.test`.
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
