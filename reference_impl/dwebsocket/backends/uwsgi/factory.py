"""The factory for uWSGI.

uWSGI has no socket object, only a file descriptor, to which it writes an HTTP response when the view has returned. We
must not close that descriptor: its number could be reused for another client's connection before uWSGI writes to it. So
we duplicate the descriptor and replace the original with /dev/null, which uWSGI then writes to and closes.
"""

import os
from typing import Any

from dwebsocket.backends.default.sockets import server_name
from dwebsocket.exceptions import ServerNotSupported
from dwebsocket.factory import WebSocketFactory
from dwebsocket.transport import Transport

from .instance import obstacle_for, running_instance
from .transports import transport_for

__all__ = ["uWsgiWebSocketFactory"]

# Seconds. uWSGI's router resets the client's connection if the client is still sending when we close ours.
_LINGER = 0.2


class uWsgiWebSocketFactory(WebSocketFactory):  # noqa: N801  # the name that dwebsocket 0.5 gave it
    """Take the connection over from uWSGI with ``--threads``, ``--gevent`` or ``--async``.

    Octets that uWSGI has read past the head of the request are lost, because it does not provide them.
    """

    def take_over(self) -> tuple[Transport, bytes]:
        """See `dwebsocket.factory.WebSocketFactory.take_over`."""
        meta = self.request.META
        if "uwsgi.version" not in meta:
            raise ServerNotSupported(
                server_name(meta),
                f"WEBSOCKET_FACTORY_CLASS is {type(self).__name__}, which only works on uWSGI. "
                "Remove the setting: the default works on uWSGI and on all other servers.",
            )
        uwsgi = _uwsgi()
        instance = running_instance(uwsgi)
        if obstacle := obstacle_for(instance, meta):
            raise ServerNotSupported("uWSGI", obstacle.reason)
        transport = transport_for(uwsgi, instance, os.dup(uwsgi.connection_fd()))
        if "UWSGI_ROUTER" in meta:
            transport.linger = _LINGER
        return transport, b""

    def suppress_server_response(self) -> None:
        """See `dwebsocket.factory.WebSocketFactory.suppress_server_response`."""
        null = os.open(os.devnull, os.O_RDWR)
        try:
            os.dup2(null, _uwsgi().connection_fd(), inheritable=False)
        finally:
            os.close(null)


def _uwsgi() -> Any:
    # This module only exists in processes of uWSGI.
    import uwsgi  # type: ignore[import-untyped,import-not-found,unused-ignore]  # see above

    return uwsgi
