"""The factory for uWSGI; refuses to know the handshake.

uWSGI has no socket object, only the number of a descriptor, and when the view has returned it writes an
HTTP response to that number whatever was done to it. Closing it would be the worst: by then the number
may be that of another client's connection. So we take a duplicate, which is ours, and put /dev/null in
the place of the original, which stays open, and stays uWSGI's to write to and to close.
"""

import os
from typing import Any

from dwebsocket.backends.default.sockets import server_name
from dwebsocket.exceptions import ServerNotSupported
from dwebsocket.factory import WebSocketFactory
from dwebsocket.transport import Transport

from .instance import obstacle_for, running
from .transports import transport_for

__all__ = ["uWsgiWebSocketFactory"]

# uWSGI's router resets the client's connection if the client is still sending when ours ends. Seconds.
_LINGER = 0.2


class uWsgiWebSocketFactory(WebSocketFactory):  # noqa: N801  # the name that dwebsocket 0.5 gave it
    """Takes the connection over from uWSGI, as it runs with ``--threads``, ``--gevent`` or ``--async``.

    The octets that uWSGI has read past the head of the request cannot be had.
    """

    def take_over(self) -> tuple[Transport, bytes]:
        """See `dwebsocket.factory.WebSocketFactory.take_over`."""
        meta = self.request.META
        if "uwsgi.version" not in meta:
            raise ServerNotSupported(
                server_name(meta),
                f"WEBSOCKET_FACTORY_CLASS names {type(self).__name__}, which serves uWSGI only. "
                "Leave the setting out: the default serves uWSGI and all others.",
            )
        uwsgi = _uwsgi()
        instance = running(uwsgi)
        if obstacle := obstacle_for(instance, meta):
            raise ServerNotSupported("uWSGI", obstacle.reason)
        transport = transport_for(uwsgi, instance, os.dup(uwsgi.connection_fd()))
        if "UWSGI_ROUTER" in meta:
            transport.linger = _LINGER
        return transport, b""

    def claim(self) -> None:
        """See `dwebsocket.factory.WebSocketFactory.claim`."""
        null = os.open(os.devnull, os.O_RDWR)
        try:
            os.dup2(null, _uwsgi().connection_fd(), inheritable=False)
        finally:
            os.close(null)


def _uwsgi() -> Any:
    # It exists in uWSGI's own processes only.
    import uwsgi  # type: ignore[import-untyped,import-not-found,unused-ignore]

    return uwsgi
