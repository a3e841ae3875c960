"""The factory for WSGI servers written in Python; refuses to know the handshake."""

from dwebsocket.exceptions import ServerNotSupported
from dwebsocket.factory import WebSocketFactory as BaseFactory
from dwebsocket.transport import Transport

from .sockets import find_socket
from .websocket import transport_for

__all__ = ["WebSocketFactory"]


class WebSocketFactory(BaseFactory):
    """Takes the socket that one of the finders in `sockets.py` finds."""

    def take_over(self) -> tuple[Transport, bytes]:
        """See `dwebsocket.factory.WebSocketFactory.take_over`."""
        meta = self.request.META
        if "wsgi.input" not in meta:
            raise ServerNotSupported("ASGI", ("request.websocket is for synchronous views under WSGI",))
        found = find_socket(meta)
        return transport_for(found.sock), found.early
