"""The base class of transports over sockets: taking a socket over, sending without waiting, ending it."""

import socket
import ssl
from contextlib import suppress
from time import monotonic
from typing import Any

from dwebsocket.transport import Transport

__all__ = ["CHUNK", "WOULD_BLOCK", "SocketTransport"]

CHUNK = 64 * 1024
"""Bytes to receive in one call: many small messages, or a good part of a large one."""

WOULD_BLOCK = (BlockingIOError, TimeoutError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
"""The exceptions of a socket whose call would have to wait."""

# Seconds. At the end, a peer that has sent nothing for this long will not read any more.
_DRAIN_TIMEOUT = 1.0

# Sending to a peer that has disconnected must raise an error, not a signal.
_NO_SIGNAL = getattr(socket, "MSG_NOSIGNAL", 0)

# Maximum octets in one TLS record (RFC 8446 section 5.1).
_RECORD = 16384


class SocketTransport(Transport):
    """The base class: takes a socket over, and ends the connection.

    Attributes:
        linger: if the peer may still be sending, wait for this many seconds of silence before closing our side. A
            proxy resets the connection if data arrives after that, and the Close frame would be lost.
    """

    linger = 0.0

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self._is_tls = hasattr(sock, "pending")
        # uWSGI would log the signal. TLS sockets do not support flags.
        self._flags = 0 if self._is_tls else _NO_SIGNAL
        sock.settimeout(None)
        # A frame must not wait for the acknowledgement of the previous one. Only TCP has this option.
        with suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def end_sending(self, *, peer_is_sending: bool = False) -> None:
        """See `Transport.end_sending`. TLS is closed first; otherwise the peer would suspect a truncation attack."""
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

        The server is going to write an HTTP response to this socket and close it. Three precautions:

        - Writing must fail, so the sending side is shut down.
        - Closing a socket with unread data resets the connection, and a peer that has not read the Close frame yet
          would lose it. So the data is read first.
        - runserver would wait for another request, so the receiving side is then shut down.

        The timeout is removed, because some servers log an error if it expires.
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
        """See `Transport.send`. This implementation is for non-blocking sockets."""
        try:
            if self._is_tls:
                return self._send_records(memoryview(data))
            sent: int = self._sock.send(data, self._flags)
            return sent
        except WOULD_BLOCK:
            return 0

    def _send_records(self, data: memoryview) -> int:
        """Send record by record, because OpenSSL does not report partial progress of a longer call."""
        sent = 0
        with suppress(*WOULD_BLOCK):
            while taken := self._sock.send(data[sent : sent + _RECORD]):
                sent += taken
        return sent

    def _drain(self, deadline: float, silence: float) -> None:
        """Receive and drop data until the peer closes its side, is silent, or the deadline has passed."""
        while (left := deadline - monotonic()) > 0:
            self._sock.settimeout(min(left, silence))
            if not self._sock.recv(CHUNK):
                return
