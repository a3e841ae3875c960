"""Servers that try to hold up the suite or to make it grow: `python -m conformance.tests.support.hostile_server NAME`.

Each accepts any number of connections on 127.0.0.1, prints its URL and serves until it is killed.
"""

from __future__ import annotations

import base64
import hashlib
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

__all__ = ["HOSTILE", "hostile_process"]

MiB = 1 << 20
TEXT, BINARY, COMPRESSED = 0x81, 0x82, 0xC2


def _opened(sock: socket.socket) -> None:
    """Answer the opening handshake; accept compression if it is offered."""
    head = b""
    while b"\r\n\r\n" not in head:
        head += sock.recv(4096)
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n") if b": " in line)
    key = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key"))[19:].strip()
    accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    extension = b"Sec-WebSocket-Extensions: permessage-deflate\r\n" if b"sec-websocket-extensions" in fields else b""
    sock.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + extension
        + b"Sec-WebSocket-Accept: "
        + accept
        + b"\r\n\r\n"
    )


def _for_ever(sock: socket.socket, octets: bytes) -> None:
    octets *= max(1, 65536 // len(octets))
    while True:
        sock.sendall(octets)


def _drip(sock: socket.socket, octets: bytes = b"x") -> None:
    while True:
        sock.sendall(octets)
        time.sleep(0.2)


def _flood(first: bytes, then: bytes) -> Callable[[socket.socket], None]:
    """Accept, send the first octets once, then repeat the others without end; read nothing."""

    def serve(sock: socket.socket) -> None:
        _opened(sock)
        sock.sendall(first)
        _for_ever(sock, then)

    return serve


def _header(first: int, size: int) -> bytes:
    return bytes((first, 127)) + size.to_bytes(8, "big")


def _message(first: int, payload: bytes) -> Callable[[socket.socket], None]:
    """Open, send one message again and again, and read nothing."""
    return _flood(b"", _header(first, len(payload)) + payload)


def _stacked_streams() -> bytes:
    """Return streams, each with a final block, that inflate to 63 MiB each."""
    engine = zlib.compressobj(wbits=-15)
    return (engine.compress(bytes(63 * MiB)) + engine.flush()) * 12


def _drips(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    _opened(sock)
    sock.sendall(_header(TEXT, 60_000))
    _drip(sock)


def _before(answer: bytes, then: Callable[[socket.socket], None]) -> Callable[[socket.socket], None]:
    """Begin to answer the opening handshake, and never end."""

    def serve(sock: socket.socket) -> None:
        sock.recv(4096)
        sock.sendall(answer)
        then(sock)

    return serve


_SWITCHING = b"HTTP/1.1 101 Switching Protocols\r\n"
_OK = b"HTTP/1.1 200 OK\r\n\r\n"

#: How each serves a connection, by name.
HOSTILE: dict[str, Callable[[], Callable[[socket.socket], None]]] = {
    "drips": lambda: _drips,
    "tiny frames": lambda: _flood(b"", b"\x81\x01x"),
    "huge frame": lambda: _flood(_header(BINARY, 1 << 62), bytes(65536)),
    "behind close": lambda: _flood(b"\x88\x02\x03\xe8", b"x"),
    "pings": lambda: _flood(b"", b"\x89\x7d" + bytes(125)),
    "empty fragments": lambda: _flood(b"\x01\x00", b"\x00\x00"),
    "fragments": lambda: _flood(b"\x01\x02xx", b"\x00\x02xx"),
    "large messages": lambda: _message(TEXT, "€".encode() * (300 << 10)),
    "stacked streams": lambda: _message(COMPRESSED, _stacked_streams()),
    "final blocks": lambda: _message(COMPRESSED, b"\x03\x00" * (MiB // 2)),
    "endless head": lambda: _before(_SWITCHING, lambda sock: _for_ever(sock, b"X-Field: x\r\n")),
    "dripped head": lambda: _before(_SWITCHING, lambda sock: _drip(sock, b"X-Field: x\r\n")),
    "endless body": lambda: _before(_OK, lambda sock: _for_ever(sock, b"x")),
    "silent": lambda: _before(b"", lambda sock: threading.Event().wait()),
}


def main(name: str) -> None:
    """Serve until the process is killed."""
    serve = HOSTILE[name]()

    def connection(sock: socket.socket) -> None:
        with sock, suppress(OSError):
            serve(sock)

    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        sys.stdout.write(f"ws://127.0.0.1:{listener.getsockname()[1]}/\n")
        sys.stdout.flush()
        while True:
            threading.Thread(target=connection, args=(listener.accept()[0],), daemon=True).start()


@contextmanager
def hostile_process(name: str) -> Iterator[str]:
    """Run a hostile server in a process of its own; yield its URL."""
    command = [sys.executable, "-m", "conformance.tests.support.hostile_server", name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


if __name__ == "__main__":
    main(sys.argv[1])
