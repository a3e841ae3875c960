"""The factory for WSGI servers written in Python, and the default for all servers."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from django.utils.module_loading import import_string

from dwebsocket.exceptions import ServerNotSupported
from dwebsocket.factory import Opening
from dwebsocket.factory import WebSocketFactory as BaseFactory
from dwebsocket.protocol import Request
from dwebsocket.transport import Transport

from .sockets import find_socket, finder_for
from .transports import transport_for
from .unsupported_servers import DJANGO_TEST_CLIENT

__all__ = ["WebSocketFactory"]

# Backends of special servers, by a key of META that identifies the server. Those backends import this module, so they
# are only imported when such a server is recognised.
_BACKENDS = {"uwsgi.version": "dwebsocket.backends.uwsgi.factory.uWsgiWebSocketFactory"}


class WebSocketFactory(BaseFactory):
    """Take over the socket that `sockets.py` finds, or delegate to the backend of the server."""

    def head(self) -> Request:
        """See `dwebsocket.factory.WebSocketFactory.head`. A wrong HTTP version of the server is corrected."""
        head = super().head()
        finder = finder_for(self.request.META)
        version = finder.http_version(self.request.META) if finder else None
        return head if version is None else replace(head, http_version=version)

    def create_websocket(self, subprotocols: Sequence[str] | None = None) -> Opening:
        """See `dwebsocket.factory.WebSocketFactory.create_websocket`.

        A request from Django's own test client is refused first, before its handshake is checked.
        """
        if DJANGO_TEST_CLIENT.recognise(self.request.META):
            self.take_over()
        return super().create_websocket(subprotocols)

    def take_over(self) -> tuple[Transport, bytes]:
        """See `dwebsocket.factory.WebSocketFactory.take_over`."""
        meta = self.request.META
        if "wsgi.input" not in meta:
            raise ServerNotSupported("ASGI", "request.websocket is only available in synchronous views under WSGI.")
        if self._delegate is not None:
            return self._delegate.take_over()
        found = find_socket(meta)
        return transport_for(found.sock), found.early

    def suppress_server_response(self) -> None:
        """See `dwebsocket.factory.WebSocketFactory.suppress_server_response`."""
        if self._delegate is not None:
            self._delegate.suppress_server_response()
        elif finder := finder_for(self.request.META):
            finder.suppress_response(self.request.META)

    @cached_property
    def _delegate(self) -> BaseFactory | None:
        names = (name for mark, name in _BACKENDS.items() if mark in self.request.META)
        name = next(names, None)
        return None if name is None else import_string(name)(self.request, self.settings)
