"""Client sockets that wait and take in no more than they may, whatever the peer does.

A socket's own timeout begins anew with every byte, and HTTP and WebSocket libraries go on reading as long as something
comes.
"""

from __future__ import annotations

import http.client
import math
import socket
import ssl
import time
from pathlib import Path
from typing import Any, Self

__all__ = ["BoundedSocket", "TooMuchError", "connect", "read_body"]

#: Bytes that are asked for at once, at most: a library may ask for what the peer announces.
LARGEST_RECEIVE = 1 << 18
#: Seconds of the shortest wait, since 0 would mean none.
INSTANT = 0.0005


class TooMuchError(OSError):
    """The peer sent more than may be taken in."""


class BoundedSocket(socket.socket):
    """A socket of which a deadline and a number of bytes bound what is received."""

    _deadline = math.inf
    _room: float = math.inf

    def allow(self, within: float, room: int) -> Self:
        """Set anew what may be received; return the socket.

        Args:
            within: seconds from now.
            room: bytes.
        """
        self._deadline, self._room = time.monotonic() + within, room
        return self

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        """Receive bytes, as any socket does; what is only peeked at does not count.

        Raises:
            TimeoutError: the deadline has passed.
            TooMuchError: more came than may be received.
        """
        self._begin()
        data = super().recv(min(buflen, LARGEST_RECEIVE), flags)
        if not flags & socket.MSG_PEEK:
            self._count(len(data))
        return data

    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
        """Receive bytes into a buffer, as any socket does; see `recv`."""
        self._begin()
        count = super().recv_into(buffer, len(buffer) if nbytes is None else nbytes, flags)
        self._count(count)
        return count

    def _begin(self) -> None:
        left = self._deadline - time.monotonic()
        if left < 0:
            raise TimeoutError("timed out")
        if left < math.inf:
            self.settimeout(max(left, INSTANT))

    def _count(self, received: int) -> None:
        self._room -= received
        if self._room < 0:
            raise TooMuchError("more bytes came than any right answer has")


class _BoundedTls(BoundedSocket, ssl.SSLSocket):
    """The same under TLS."""


def connect(
    host: str, port: int, authority: Path | None, *, within: float, room: int, receive_buffer: int = 0
) -> BoundedSocket:
    """Connect, and shake hands if it is TLS; what may be received is allowed with the connection.

    Args:
        host: the server's address.
        port: the server's port.
        authority: a PEM file with the only certificate to trust; None for a server without TLS.
        within: seconds for connecting, for the handshake, and for everything that is received.
        room: bytes that may be received.
        receive_buffer: bytes that the system keeps until they are received, about; 0: as many as it likes.

    Raises:
        OSError: it did not work; TimeoutError: not in time; ssl.SSLError: TLS refused.
    """
    bounded = BoundedSocket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        bounded.settimeout(within)
        bounded.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if receive_buffer:
            bounded.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        bounded.connect((host, port))
    except BaseException:
        bounded.close()
        raise
    if authority is not None:
        context = ssl.create_default_context(cafile=authority)
        context.sslsocket_class = _BoundedTls
        with bounded:  # its descriptor goes over to the other one, or is closed
            secure = context.wrap_socket(bounded, server_hostname=host)
        assert isinstance(secure, BoundedSocket)
        bounded = secure
    return bounded.allow(within, room)


def read_body(response: http.client.HTTPResponse, room: int) -> bytes:
    """Return the body of a response; no memory is taken for what is only announced.

    Raises:
        TooMuchError: it is longer than ``room``.
        OSError: it did not come.
        http.client.HTTPException: it broke off.
    """
    if response.length is not None:
        if response.length > room:
            raise TooMuchError(f"a body of {response.length} bytes is announced")
        return response.read()
    parts, size = [], 0
    while part := response.read(LARGEST_RECEIVE):
        parts.append(part)
        size += len(part)
        if size > room:
            raise TooMuchError(f"more than {room} bytes of a body came")
    return b"".join(parts)
