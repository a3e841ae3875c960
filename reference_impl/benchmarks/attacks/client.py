"""A WebSocket client on a plain socket that sends whatever it is told to, and reads only when it is told to."""

from __future__ import annotations

import os
import socket
import ssl
import struct
import zlib
from contextlib import suppress
from functools import cache

__all__ = ["BINARY", "CLOSE", "CONTINUATION", "PING", "PONG", "TEXT", "Client", "compressed", "frame", "get"]

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

_KEY = "dGhlIHNhbXBsZSBub25jZQ=="
_LIMIT = 60.0  # seconds; no answer that is waited for takes longer


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, compressed: bool = False) -> bytes:
    """Return one masked frame."""
    size, key = len(payload), os.urandom(4)
    head = bytes([fin << 7 | compressed << 6 | opcode])
    if size < 126:
        head += bytes([0x80 | size])
    elif size < 1 << 16:
        head += b"\xfe" + struct.pack(">H", size)
    else:
        head += b"\xff" + struct.pack(">Q", size)
    mask = int.from_bytes((key * (size // 4 + 1))[:size], "big")
    return head + key + (int.from_bytes(payload, "big") ^ mask).to_bytes(size, "big")


def compressed(data: bytes) -> bytes:
    """Return the payload of a message that permessage-deflate has made as small as it can."""
    deflater = zlib.compressobj(9, wbits=-15)
    return (deflater.compress(data) + deflater.flush(zlib.Z_SYNC_FLUSH)).removesuffix(b"\0\0\xff\xff")


def _connect(port: int, *, tls: bool, receive_buffer: int = 0) -> socket.socket:
    sock = socket.socket()
    sock.settimeout(_LIMIT)
    if receive_buffer:  # only before the connection is made can it be made so small
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.connect(("127.0.0.1", port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if not tls:
        return sock
    return _context().wrap_socket(sock)


@cache
def _context() -> ssl.SSLContext:
    # Made once, and without the certificates of the system: to read them takes longer than a round trip.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def get(port: int, path: str, *, tls: bool, timeout: float = _LIMIT) -> bytes | None:
    """Return the content of a page; None if the answer is not complete in time."""
    try:
        with _connect(port, tls=tls) as sock:
            sock.settimeout(timeout)
            sock.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
            head, _, content = b"".join(iter(lambda: sock.recv(65536), b"")).partition(b"\r\n\r\n")
    except OSError:
        return None
    if b"\r\ntransfer-encoding: chunked" in head.lower():
        content = content.partition(b"\r\n")[2].partition(b"\r\n0\r\n")[0]
    return content if b" 200 " in head.partition(b"\r\n")[0] else None


class Client:
    """One connection.

    Args:
        port: of the server.
        path: of the view.
        tls: the server speaks it.
        receive_buffer: octets that the kernel takes for a client that does not read; 0: as usual.
        fields: more fields of the handshake.

    Attributes:
        status: of the answer; 101 if there is a WebSocket.
        port: of this end.
    """

    def __init__(self, port: int, path: str, *, tls: bool, receive_buffer: int = 0, fields: str = "") -> None:
        self.sock = _connect(port, tls=tls, receive_buffer=receive_buffer)
        self.port: int = self.sock.getsockname()[1]
        self._buffer = bytearray()
        self.sock.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {_KEY}\r\nSec-WebSocket-Version: 13\r\n{fields}\r\n".encode()
        )
        head = self._head()
        self.status = int(head.split()[1])
        self.compresses = b"permessage-deflate" in head

    def _head(self) -> bytes:
        while b"\r\n\r\n" not in self._buffer:
            self._more()
        head, _, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        self._buffer[:] = rest
        return head

    def _more(self) -> None:
        data = self.sock.recv(65536)
        if not data:
            raise ConnectionError("the server has ended the connection")
        self._buffer += data

    def _take(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._more()
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def frame(self, timeout: float = _LIMIT) -> tuple[int, bytes]:
        """Return the next frame: opcode and payload.

        Raises:
            OSError: the connection has ended, or nothing has come in time.
        """
        self.sock.settimeout(timeout)
        first, size = self._take(2)
        if size >= 126:
            size = int.from_bytes(self._take(2 if size == 126 else 8), "big")
        return first & 15, self._take(size)

    def message(self, timeout: float = _LIMIT) -> bytes:
        """Return the payload of the next message; pings are answered.

        Raises:
            OSError: the connection has ended, or nothing has come in time.
        """
        while True:
            opcode, payload = self.frame(timeout)
            if opcode in (TEXT, BINARY):
                return payload
            if opcode == CLOSE:
                raise ConnectionError(f"Close {int.from_bytes(payload[:2], 'big')}")
            if opcode == PING:
                self.send(frame(PONG, payload))

    def send(self, data: bytes, timeout: float = _LIMIT) -> bool:
        """Send octets; return False if the server does not take them all in time, or has ended the connection."""
        self.sock.settimeout(timeout)
        try:
            self.sock.sendall(data)
        except OSError:
            return False
        return True

    def pinged(self, timeout: float = _LIMIT) -> bool:
        """Send a Ping; tell whether the server has answered it, and so has read all before it."""
        if not self.send(frame(PING, b"there?"), timeout):
            return False
        with suppress(OSError):
            while self.frame(timeout) != (PONG, b"there?"):
                pass
            return True
        return False

    def drain(self) -> int:
        """Read and forget everything until the connection ends; return how many octets it was."""
        total = 0
        with suppress(OSError):
            while data := self.sock.recv(1 << 16):
                total += len(data)
        return total

    def hang_up(self) -> None:
        """End both directions, so that threads that send or read return; the descriptor stays open."""
        with suppress(OSError):
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)  # that of TLS goes on without encryption

    def vanish(self) -> None:
        """End the connection without a word, by a reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        """Close the socket."""
        with suppress(OSError):
            self.sock.close()
