"""Choose the transport for a connection of uWSGI by how uWSGI was started."""

import socket
from collections.abc import Callable
from typing import Any

from dwebsocket.backends.default import transports
from dwebsocket.backends.default.base import SocketTransport

from .instance import Instance

__all__ = ["transport_for"]


def transport_for(uwsgi: Any, instance: Instance, descriptor: int) -> SocketTransport:
    """Return a transport that owns a descriptor.

    Args:
        uwsgi: the module ``uwsgi``.
        instance: how uWSGI was started.
        descriptor: the descriptor of the connection; closed if there is an error.

    Raises:
        ServerNotSupported: this uWSGI lacks a required function.
    """
    sock = _socket_class(instance)(fileno=descriptor)
    try:
        if not instance.is_async:
            return transports.transport_for(sock, owned=True)
        from .ugreen import UgreenTransport, engine  # cannot be imported on every Python

        return UgreenTransport(sock, engine(uwsgi))
    except BaseException:
        sock.close()
        raise


def _socket_class(instance: Instance) -> Callable[..., Any]:
    if instance.loop != "gevent":
        return socket.socket
    # This one waits in gevent's loop even without --gevent-monkey-patch.
    from gevent import socket as gevent_socket

    return gevent_socket.socket  # type: ignore[no-any-return]  # gevent is not typed here
