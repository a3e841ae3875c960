"""Which transport goes with which way of running uWSGI; refuses to know how a connection is got."""

import socket
from collections.abc import Callable
from typing import Any

from dwebsocket.backends.default import websocket

from .instance import Instance

__all__ = ["transport_for"]


def transport_for(uwsgi: Any, instance: Instance, descriptor: int) -> websocket.SocketTransport:
    """Return a transport that owns a descriptor.

    Args:
        uwsgi: the module of that name.
        instance: how it runs.
        descriptor: of the connection; closed if anything goes wrong.

    Raises:
        ServerNotSupported: this uWSGI lacks something.
    """
    sock = _socket_class(instance)(fileno=descriptor)
    try:
        if not instance.is_async:
            return websocket.transport_for(sock, owned=True)
        from .ugreen import UgreenTransport, engine  # needs what only some Pythons have

        return UgreenTransport(sock, engine(uwsgi))
    except BaseException:
        sock.close()
        raise


def _socket_class(instance: Instance) -> Callable[..., Any]:
    if instance.loop != "gevent":
        return socket.socket
    # Also without --gevent-monkey-patch this one waits in gevent's loop.
    from gevent import socket as gevent_socket

    return gevent_socket.socket  # type: ignore[no-any-return]
