"""The factory for WSGI servers written in Python; refuses to know the handshake."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from django.utils.module_loading import import_string

from dwebsocket.exceptions import ServerNotSupported
from dwebsocket.factory import WebSocketFactory as BaseFactory
from dwebsocket.protocol import Request
from dwebsocket.transport import Transport
from dwebsocket.websocket import WebSocket

from .sockets import find_socket, finder_for
from .strangers import DJANGO_TEST_CLIENT
from .websocket import transport_for

__all__ = ["WebSocketFactory"]

# Servers with a backend of their own, by what they leave in META. Their backends build upon this one,
# so they are named here, and imported when such a server is met.
_BACKENDS = {"uwsgi.version": "dwebsocket.backends.uwsgi.factory.uWsgiWebSocketFactory"}


class WebSocketFactory(BaseFactory):
    """Takes the socket that one of the finders in `sockets.py` finds, or leaves it to the server's own backend."""

    def head(self) -> Request:
        """See `dwebsocket.factory.WebSocketFactory.head`; what the server conceals is put right."""
        head = super().head()
        finder = finder_for(self.request.META)
        version = finder.http_version(self.request.META) if finder else None
        return head if version is None else replace(head, http_version=version)

    def create_websocket(self, subprotocols: Sequence[str] | None = None) -> tuple[WebSocket, bytes]:
        """See `dwebsocket.factory.WebSocketFactory.create_websocket`.

        Who tests with a request made by hand is told at once that it leads nowhere, and not one by one
        what it lacks.
        """
        if DJANGO_TEST_CLIENT.recognise(self.request.META):
            self.take_over()
        return super().create_websocket(subprotocols)

    def take_over(self) -> tuple[Transport, bytes]:
        """See `dwebsocket.factory.WebSocketFactory.take_over`."""
        meta = self.request.META
        if "wsgi.input" not in meta:
            raise ServerNotSupported("ASGI", "request.websocket is for synchronous views under WSGI.")
        if self._delegate is not None:
            return self._delegate.take_over()
        found = find_socket(meta)
        return transport_for(found.sock), found.early

    def claim(self) -> None:
        """See `dwebsocket.factory.WebSocketFactory.claim`."""
        if self._delegate is not None:
            self._delegate.claim()
        elif finder := finder_for(self.request.META):
            finder.silence(self.request.META)

    @cached_property
    def _delegate(self) -> BaseFactory | None:
        names = (name for mark, name in _BACKENDS.items() if mark in self.request.META)
        name = next(names, None)
        return None if name is None else import_string(name)(self.request, self.settings)
