"""The load for echo.py: some connections in one thread, each with one message under way.

    python echo_client.py PORT OCTETS CONNECTIONS SECONDS [--raw]

It prints messages per second, all messages since it began, and the part of the time in
which it was busy itself: near 1.0 it is the client that is measured. With ``--raw`` the server sends the masked frame
back as it is. Frames are made beforehand, and of an answer only the size is looked at, but
for the first one on each connection, which is compared.
"""

from __future__ import annotations

import os
import select
import socket
import sys
from contextlib import suppress
from time import perf_counter, process_time

REQUEST = (
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
ACCEPTED = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
CLOSE = b"\x88\x82\0\0\0\0\x03\xe8"
WARM_UP = 0.2  # seconds
PATIENCE = 5.0  # seconds


def length_field(size: int) -> bytes:
    """The length of a frame below 64 KiB, without the mask bit."""
    return bytes([size]) if size < 126 else b"\x7e" + size.to_bytes(2, "big")


def frames(size: int, raw: bool) -> tuple[bytes, bytes]:
    """A masked text frame, and the answer to it."""
    payload = (b"abcdefghijklmnopqrstuvwxyz" * (size // 26 + 1))[:size]
    key, length = os.urandom(4), length_field(size)
    masked = bytes(octet ^ key[i % 4] for i, octet in enumerate(payload))
    sent = bytes([0x81, length[0] | 0x80]) + length[1:] + key + masked
    return sent, sent if raw else b"\x81" + length + payload


def connect(port: int) -> socket.socket:
    """A connection behind its opening handshake."""
    sock = socket.create_connection(("127.0.0.1", port), timeout=10)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.sendall(REQUEST)
    head = b""
    while b"\r\n\r\n" not in head:
        part = sock.recv(4096)
        if not part:
            raise ConnectionError(f"no WebSocket: {head!r}")
        head += part
    if not head.startswith(b"HTTP/1.1 101 ") or ACCEPTED not in head:
        raise ConnectionError(f"no WebSocket: {head!r}")
    return sock


def compare(sock: socket.socket, frame: bytes, answer: bytes) -> None:
    """One echo, looked at."""
    sock.sendall(frame)
    received = b""
    while len(received) < len(answer):
        received += sock.recv(65536)
    if received != answer:
        raise ValueError(f"a wrong echo: {received[:20]!r} and so on")


class Load:
    """Connections that each wait for an answer."""

    def __init__(self, port: int, count: int, frame: bytes, answer: bytes) -> None:
        self.frame, self.size = frame, len(answer)
        self.sockets = [connect(port) for _ in range(count)]
        self.poll = select.epoll()
        self.ends = {}
        self.missing = {}
        for sock in self.sockets:
            compare(sock, frame, answer)
            self.poll.register(sock.fileno(), select.EPOLLIN)
            self.ends[sock.fileno()] = sock.recv, sock.send
            self.missing[sock.fileno()] = self.size
            sock.sendall(frame)

    def run(self, seconds: float) -> int:
        """Echo for a time; return the number of echoes."""
        frame, size, ends, missing, poll = self.frame, self.size, self.ends, self.missing, self.poll.poll
        count, stop = 0, perf_counter() + seconds
        while perf_counter() < stop:
            for fd, _ in poll(1.0):
                receive, send = ends[fd]
                octets = len(receive(65536))
                if octets == missing[fd]:
                    count += 1
                    missing[fd] = size
                    send(frame)
                elif octets:
                    missing[fd] -= octets
                else:
                    raise ConnectionError("the server has closed")
        return count

    def end(self, raw: bool) -> None:
        """Take the last answers, then close as a good peer does: some servers never forget another one."""
        for sock in self.sockets:
            sock.settimeout(PATIENCE)
            missing = self.missing[sock.fileno()]
            while missing:
                missing -= len(sock.recv(missing))
            sock.sendall(b"" if raw else CLOSE)
            sock.shutdown(socket.SHUT_WR)
            with suppress(OSError):
                while sock.recv(65536):
                    pass
            sock.close()


def main() -> None:
    """Measure one server and print three figures."""
    port, size, connections = map(int, sys.argv[1:4])
    load = Load(port, connections, *frames(size, "--raw" in sys.argv))
    warm_up = load.run(WARM_UP)
    wall, own = perf_counter(), process_time()
    count = load.run(float(sys.argv[4]))
    wall, own = perf_counter() - wall, process_time() - own
    load.end("--raw" in sys.argv)
    print(count / wall, warm_up + count, own / wall)


if __name__ == "__main__":
    main()
