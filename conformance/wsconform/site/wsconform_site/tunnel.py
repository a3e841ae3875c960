"""A WSGI application that relays bytes between a client and another server without interpreting them.

With it in the place of a library it shows what the server itself does to a connection that it gave away: the
peer at the other end is known to be right. It runs wherever the project runs, so it is written for Python 3.7.
"""

# mypy: disable-error-code="import-not-found,import-untyped"

import gc
import os
import socket
import threading
from collections import deque
from contextlib import suppress
from typing import Any

__all__ = ["tunnelled"]

_CHUNK = 64 * 1024
_LOOKED_AT = 2000  # objects
_PATIENCE = 1.0  # seconds


def tunnelled(application: Any, upstream: Any) -> Any:
    """Return an application that relays WebSockets to the address `upstream`, and leaves the rest to `application`."""

    def serve(environ: Any, start_response: Any) -> Any:
        if environ.get("HTTP_UPGRADE", "").lower() != "websocket":
            return application(environ, start_response)
        with _connection(environ) as near, socket.create_connection(upstream) as far:
            far.sendall(_head(environ))
            _carry_both_ways(near, far)
        if "eventlet.input" in environ:
            from eventlet import wsgi

            wsgi.WSGI_LOCAL.already_handled = True
        start_response("200 OK", [])  # which goes nowhere
        return []

    return serve


def _connection(environ: Any) -> socket.socket:
    """Return a duplicate of the socket of a request, on any server."""
    if "uwsgi.version" in environ:
        return _from_uwsgi()
    for sock in _sockets_of(environ["wsgi.input"]):
        twin = socket.socket(fileno=os.dup(sock.fileno()))
        if _is_client(twin, environ):
            twin.setblocking(True)
            with suppress(OSError):
                twin.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return twin
        twin.close()
    raise LookupError("the socket of this request was not found")


def _from_uwsgi() -> socket.socket:
    """Take over the connection, and give uWSGI another descriptor for its response."""
    import uwsgi

    twin = socket.socket(fileno=os.dup(uwsgi.connection_fd()))
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, uwsgi.connection_fd())
    os.close(nothing)
    twin.setblocking(True)
    return twin


def _sockets_of(start: Any) -> Any:
    """Yield objects that look like sockets and are reachable from `start`, the nearest first."""
    waiting, seen = deque([start]), {id(start)}
    while waiting and len(seen) < _LOOKED_AT:
        found = waiting.popleft()
        if hasattr(found, "getpeername") and hasattr(found, "fileno"):
            yield found
        for each in gc.get_referents(found):
            if id(each) not in seen and not isinstance(each, type):
                seen.add(id(each))
                waiting.append(each)


def _is_client(sock: socket.socket, environ: Any) -> bool:
    try:
        address, port = sock.getpeername()[:2]
    except (OSError, ValueError):
        return False
    return bool(address == environ["REMOTE_ADDR"] and environ.get("REMOTE_PORT", port) in (port, str(port)))


def _head(environ: Any) -> bytes:
    """Write the head of the request as it arrived, except for the order and the case of its fields."""
    lines = ["{} {} HTTP/1.1".format(environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/"))]
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            lines.append("{}: {}".format(name[5:].replace("_", "-").title(), value))
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _carry_both_ways(near: socket.socket, far: socket.socket) -> None:
    back = threading.Thread(target=_carry, args=(far, near))
    back.start()
    _carry(near, far)
    back.join()
    # The server's own answer must fail, and no octet may be left to be read, or its close would be a reset.
    with suppress(OSError):
        near.settimeout(_PATIENCE)
        while near.recv(_CHUNK):
            pass
    with suppress(OSError):
        near.shutdown(socket.SHUT_RDWR)
    with suppress(OSError):
        near.settimeout(None)


def _carry(source: socket.socket, to: socket.socket) -> None:
    """Relay bytes in one direction until their end, then close that direction."""
    with suppress(OSError):
        for data in iter(lambda: source.recv(_CHUNK), b""):
            to.sendall(data)
    with suppress(OSError):
        to.shutdown(socket.SHUT_WR)
