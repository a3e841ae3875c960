"""One TCP connection as bytes, optionally with TLS.

TLS runs in memory on top of a plain socket, so that FIN, RST and close_notify can be distinguished and sent separately.
"""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import time
from contextlib import suppress

from wsconform.script.steps import End

__all__ = ["Line"]

_CHUNK = 1 << 16
_LINGER_NOT = struct.pack("ii", 1, 0)  # close() sends RST


class Line:
    """A blocking client connection with bounded waits.

    Attributes:
        port: our port.
        end: how the server closed it; None while it is open.
        notified: close_notify arrived; None without TLS.
    """

    def __init__(
        self, host: str, port: int, trust: ssl.SSLContext | None, *, within: float, receive_buffer: int = 0
    ) -> None:
        """Connect, with a TLS handshake if requested.

        Args:
            host: the address of the server.
            port: its port.
            trust: the settings of TLS, see `wsconform.trust`; None: no TLS.
            within: seconds for all of this.
            receive_buffer: approximate size of the receive buffer in bytes; 0: the default of the system.

        Raises:
            OSError: the connection failed; as TimeoutError, not in time; as ssl.SSLError, TLS was refused.
        """
        self._sock = _connected(host, port, within, receive_buffer)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port: int = self._sock.getsockname()[1]
        self.end: End | None = None
        self.notified: bool | None = None
        #: Held while bytes are sent that must not be interleaved with others.
        self.sending = threading.Lock()
        self._using_tls = threading.Lock()
        self._was_reset = False
        self._stuck = False  # bytes could not be sent in time, so later ones would make no sense
        self._tls: ssl.SSLObject | None = None
        if trust is not None:
            try:
                self._begin_tls(host, trust, time.monotonic() + within)
            except BaseException:
                self._sock.close()
                raise

    def _begin_tls(self, host: str, context: ssl.SSLContext, deadline: float) -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(self._in, self._out, server_hostname=host)
        while True:
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                self._flush()
                if not self._pull(deadline) or time.monotonic() > deadline:
                    raise TimeoutError("the TLS handshake was not answered") from None
            else:
                break
        self._flush()
        self._tls, self.notified = tls, False

    def send(self, data: bytes, within: float) -> bool:
        """Send bytes; return False if the server no longer reads them. Wait for that only once."""
        if self._stuck or not self.sending.acquire(timeout=within):
            return False
        try:
            return self._send(data, within)
        finally:
            self.sending.release()

    def _send(self, data: bytes, within: float) -> bool:
        try:
            data = self.wrapped(data)
            self._sock.settimeout(within)
            self._sock.sendall(data)
        except ConnectionResetError:  # reported only once: later reads look like FIN
            self._was_reset = True
            return False
        except TimeoutError:
            self._stuck = True
            return False
        except (OSError, ssl.SSLError):
            return False
        return True

    def wrapped(self, data: bytes) -> bytes:
        """Return bytes as they are sent over TCP; they must be sent in this order.

        Raises:
            ssl.SSLError: TLS has ended.
        """
        if self._tls is None:
            return data
        with self._using_tls:
            self._tls.write(data)
            return self._out.read()

    def fileno(self) -> int:
        """Return the descriptor of the non-blocking socket."""
        return self._sock.fileno()

    def discard(self) -> bool:
        """Receive and discard available data; return whether there may be more."""
        try:
            return bool(self._sock.recv(_CHUNK, socket.MSG_DONTWAIT))
        except BlockingIOError:
            return True
        except OSError:
            return False

    def receive(self, deadline: float) -> bytes | None:
        """Return received bytes; empty at the end of the connection (see ``end``); None when the time is up.

        Args:
            deadline: of ``time.monotonic``.
        """
        return self._recv(deadline) if self._tls is None else self._receive_tls(self._tls, deadline)

    def _receive_tls(self, tls: ssl.SSLObject, deadline: float) -> bytes | None:
        while not self.notified:
            try:
                with self._using_tls:
                    data = tls.read(_CHUNK)
                if data:
                    return data
            except ssl.SSLWantReadError:
                if not (more := self._pull(deadline)):
                    return more
                if time.monotonic() > deadline:
                    return None
                continue
            except ssl.SSLZeroReturnError:
                pass
            except ssl.SSLError:  # an alert other than close_notify
                self.end = End.RST
                return b""
            self.notified = True
            self._answer_notification(tls)
        while rest := self._recv(deadline):  # after close_notify, only the end of TCP counts
            if time.monotonic() > deadline:
                return None
        return rest

    def _answer_notification(self, tls: ssl.SSLObject) -> None:
        with suppress(OSError, ssl.SSLError):
            tls.unwrap()
        with suppress(OSError):
            self._flush()

    def _pull(self, deadline: float) -> bytes | None:
        """Move ciphertext from the socket to the memory of TLS."""
        data = self._recv(deadline)
        if data:
            self._in.write(data)
        return data

    def _flush(self) -> None:
        self._sock.sendall(self._out.read())

    def _recv(self, deadline: float) -> bytes | None:
        if self.end is not None:
            return b""
        try:
            self._sock.settimeout(max(deadline - time.monotonic(), 0.0005))
            data = self._sock.recv(_CHUNK)
        except TimeoutError:
            return None
        except OSError:
            # After close_notify no data is lost: this is our own answer, which the server did not wait for.
            self.end = End.NOTIFIED if self.notified else End.RST
            return b""
        if not data:
            self.end = End.RST if self._was_reset else End.FIN
        return data

    def peek(self, deadline: float) -> None:
        """Wait until there is data to receive, and leave it unread."""
        with suppress(OSError):
            self._sock.settimeout(max(deadline - time.monotonic(), 0.0005))
            self._sock.recv(1, socket.MSG_PEEK)

    def finish(self) -> None:
        """Send FIN and continue to receive; with TLS without close_notify, like a client that vanishes."""
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Send RST and close the socket."""
        with suppress(OSError):
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        self._sock.close()

    def close(self) -> None:
        """Close the connection; with TLS after close_notify."""
        if self._tls is not None and not self.notified:
            self._answer_notification(self._tls)
        self._sock.close()


def _connected(host: str, port: int, within: float, receive_buffer: int) -> socket.socket:
    if not receive_buffer:
        return socket.create_connection((host, port), within)
    # The window that is advertised first follows from the buffer, so it comes before connecting.
    sock = socket.socket()
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.settimeout(within)
        sock.connect((host, port))
    except BaseException:
        sock.close()
        raise
    return sock
