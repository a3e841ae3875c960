"""Transports over the sockets of WSGI servers.

Which class serves a socket depends on how the server switches between tasks:

=============================  =================================  ======================================
socket                         class                              how it waits
=============================  =================================  ======================================
plain, in threads, Linux       `KernelTimedTransport`             in one system call, timed by the kernel
TLS, or another system         `PolledTransport`                  `select`, then one call that cannot wait
gevent                         `GeventTransport`                  in gevent's event loop
eventlet                       `EventletTransport`                in eventlet's
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
        sock: of any of the kinds above.
        owned: it is ours to close; otherwise the server closes it.
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
