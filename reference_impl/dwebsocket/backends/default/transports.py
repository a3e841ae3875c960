"""Transports over the sockets of WSGI servers.

The class depends on how the server switches between tasks:

=============================  =================================  ======================================
socket                         class                              how it waits
=============================  =================================  ======================================
plain, in threads, Linux       `KernelTimedTransport`             in one system call, timed by the kernel
TLS, or another system         `PolledTransport`                  `poll`, then one call that cannot wait
gevent                         `GeventTransport`                  in gevent's event loop
eventlet                       `EventletTransport`                in eventlet's hub
=============================  =================================  ======================================
"""

import sys
from typing import Any

from .base import SocketTransport
from .greenlets import EventletTransport, GeventTransport
from .threads import KernelTimedTransport, PolledTransport

__all__ = ["transport_for"]


def transport_for(sock: Any, *, owned: bool = False) -> SocketTransport:
    """Return the transport for a socket.

    Args:
        sock: a socket of one of these kinds.
        owned: whether we must close it; otherwise the server does.
    """
    transport = _class_for(sock)(sock)
    transport.owned = owned
    return transport


def _class_for(sock: Any) -> type[SocketTransport]:
    module = type(sock).__module__
    if module == "socket" and sys.platform == "linux":
        return KernelTimedTransport
    if module in ("socket", "ssl"):
        return PolledTransport
    return GeventTransport if module.startswith("gevent.") else EventletTransport
