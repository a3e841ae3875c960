"""What transports over sockets have in common: taking a socket over, sending without waiting, and the end."""

import socket
import ssl
from contextlib import suppress
from time import monotonic
from typing import Any

from dwebsocket.transport import Transport

__all__ = ["CHUNK", "WOULD_BLOCK", "SocketTransport"]

CHUNK = 64 * 1024
"""Octets to receive in one call: many small messages, or a good part of a large one."""

WOULD_BLOCK = (BlockingIOError, TimeoutError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
"""The errors of a socket that would have to wait."""

# Seconds. A peer that has sent nothing for that time at the end has read what it will ever read.
_DRAIN_TIMEOUT = 1.0

# Sending to a peer that has left raises an error and no signal.
_NO_SIGNAL = getattr(socket, "MSG_NOSIGNAL", 0)

# Octets; the most that one record of TLS holds (RFC 8446 section 5.1).
_RECORD = 16384


class SocketTransport(Transport):
    """The common part: taking a socket over, and ending the connection.

    Attributes:
        linger: seconds of silence to wait for before the end, if the peer may still be sending. A proxy
            resets the connection when data arrives after the end, and the Close frame would be lost.
    """

    linger = 0.0

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self._is_tls = hasattr(sock, "pending")
        # uWSGI logs the signal. TLS sockets take no flags.
        self._flags = 0 if self._is_tls else _NO_SIGNAL
        sock.settimeout(None)
        # A frame must not wait for the acknowledgement of the previous one. Only TCP has this option.
        with suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def end_sending(self, *, peer_is_sending: bool = False) -> None:
        """See `Transport.end_sending`. TLS is closed first, or the peer takes the end for a truncation attack."""
        if peer_is_sending and self.linger:
            timeout = self._sock.gettimeout()
            with suppress(OSError, ValueError):
                self._drain(monotonic() + _DRAIN_TIMEOUT, self.linger)
            with suppress(OSError):
                self._sock.settimeout(timeout)
        if hasattr(self._sock, "unwrap"):
            with suppress(OSError, ValueError):
                self._sock.settimeout(0)
                self._sock.unwrap()
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)

    def end(self, patience: float) -> None:
        """See `Transport.end`.

        The server will write an HTTP response to this socket and close it. Writing must fail, so the sending
        side is shut down. Closing would reset the connection if there were unread octets, and a peer that has
        not read the Close frame yet would lose it, so they are read. Then the receiving side is shut down as
        well: runserver would wait there for another request. The timeout is removed, since some servers log an
        error if it expires.
        """
        self.end_sending()
        with suppress(OSError, ValueError):
            self._drain(monotonic() + patience, _DRAIN_TIMEOUT)
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            self._sock.settimeout(None)

    def close(self) -> None:
        """See `Transport.close`."""
        if self.owned:
            self._sock.close()

    def send(self, data: bytes | memoryview) -> int:
        """See `Transport.send`; for sockets that do not wait."""
        try:
            if self._is_tls:
                return self._send_records(memoryview(data))
            sent: int = self._sock.send(data, self._flags)
            return sent
        except WOULD_BLOCK:
            return 0

    def _send_records(self, data: memoryview) -> int:
        """Send record by record, since OpenSSL does not tell how much of a longer call it has sent."""
        sent = 0
        with suppress(*WOULD_BLOCK):
            while taken := self._sock.send(data[sent : sent + _RECORD]):
                sent += taken
        return sent

    def _drain(self, deadline: float, silence: float) -> None:
        """Receive and drop, until the peer ends its side or is silent."""
        while (left := deadline - monotonic()) > 0:
            self._sock.settimeout(min(left, silence))
            if not self._sock.recv(CHUNK):
                return
