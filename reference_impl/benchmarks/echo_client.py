"""The load for echo.py: some connections in one thread, each with one message under way.

    python echo_client.py PORT OCTETS CONNECTIONS SECONDS plain|raw|compressed

It prints messages per second, all messages since it began, the part of the time in which it was
busy itself (near 1.0 it is the client that is measured), and the octets of an answer's payload as
part of the message's. "raw": the server sends the masked frame back as it is. "compressed": the
messages are, and the answers have to be.

Frames are made beforehand, and of an answer only the size is looked at, but for the first ones on
each connection, which are compared.
"""

from __future__ import annotations

import os
import select
import socket
import sys
import zlib
from contextlib import suppress
from dataclasses import dataclass
from itertools import cycle
from time import perf_counter, process_time

from texts import compressed, json_text

REQUEST = (
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)
OFFER = b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
ACCEPTED = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
CLOSE = b"\x88\x82\0\0\0\0\x03\xe8"
COMPRESSED, TEXT = 0xC1, 0x81
CUT_OFF = b"\0\0\xff\xff"
TEXTS = 24  # so that none is found in the window of 4 KiB that the one before it has left
WARM_UP = 0.2  # seconds
PATIENCE = 5.0  # seconds


def length_field(size: int) -> bytes:
    """The length of a frame below 64 KiB, without the mask bit."""
    return bytes([size]) if size < 126 else b"\x7e" + size.to_bytes(2, "big")


def frame(first: int, payload: bytes) -> bytes:
    """A masked frame."""
    key, length = os.urandom(4), length_field(len(payload))
    masked = int.from_bytes(payload, "big") ^ int.from_bytes((key * (len(payload) // 4 + 1))[: len(payload)], "big")
    return bytes([first, length[0] | 0x80]) + length[1:] + key + masked.to_bytes(len(payload), "big")


def payload_at(head: bytes) -> int:
    """Where the payload begins in a frame of a server below 64 KiB."""
    return 4 if head[1] == 126 else 2


def frame_size(head: bytes) -> int:
    """The octets of a frame of which the first ones are here."""
    return 4 + int.from_bytes(head[2:4], "big") if head[1] == 126 else 2 + head[1]


@dataclass
class Messages:
    """What is sent.

    Attributes:
        texts: the messages.
        frames: the same, as they go out.
        raw: the answer is what was sent, octet by octet.

    """

    texts: list[bytes]
    frames: list[bytes]
    raw: bool = False


def messages(size: int, mode: str) -> Messages:
    """Messages of a given number of octets."""
    if mode == "compressed":
        texts = [json_text(size, seed) for seed in range(TEXTS)]
        return Messages(texts, [frame(COMPRESSED, compressed(text)) for text in texts])
    text = (b"abcdefghijklmnopqrstuvwxyz" * (size // 26 + 1))[:size]
    return Messages([text], [frame(TEXT, text)], raw=mode == "raw")


def connect(port: int, mode: str) -> socket.socket:
    """A connection behind its opening handshake."""
    sock = socket.create_connection(("127.0.0.1", port), timeout=10)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.sendall(REQUEST + (OFFER if mode == "compressed" else b"") + b"\r\n")
    head = b""
    while b"\r\n\r\n" not in head:
        part = sock.recv(4096)
        if not part:
            raise ConnectionError(f"no WebSocket: {head!r}")
        head += part
    if not head.startswith(b"HTTP/1.1 101 ") or ACCEPTED not in head:
        raise ConnectionError(f"no WebSocket: {head!r}")
    if (b"permessage-deflate" in head) != (mode == "compressed"):
        raise ConnectionError(f"not what was agreed: {head!r}")
    return sock


def receive_frame(sock: socket.socket, size: int | None = None) -> bytes:
    """One frame of a server, of a size that is known or is in its head."""
    received = b""
    while len(received) < 4 or len(received) < (size or frame_size(received)):
        received += sock.recv(65536)
    return received


def compare(sock: socket.socket, sent: Messages) -> int:
    """Have each message echoed once, looked at; return the octets of the answers' payloads."""
    inflater = zlib.decompressobj(wbits=-15)
    total = 0
    for text, octets in zip(sent.texts, sent.frames, strict=True):
        sock.sendall(octets)
        answer = receive_frame(sock, len(octets) if sent.raw else None)
        payload = answer[payload_at(answer) :]
        total += len(text if sent.raw else payload)
        if answer[0] == COMPRESSED:
            payload = inflater.decompress(payload + CUT_OFF)
        if payload != text and not (sent.raw and answer == octets):
            raise ValueError(f"a wrong echo: {answer[:20]!r} and so on")
    return total


class Load:
    """Connections that each wait for an answer."""

    def __init__(self, port: int, count: int, size: int, mode: str) -> None:
        self.sent = messages(size, mode)
        # Compressed answers are as long as they say; of the others the length is known.
        self.size = 0 if mode == "compressed" else len(self.sent.frames[0]) - (0 if self.sent.raw else 4)
        self.sockets = [connect(port, mode) for _ in range(count)]
        self.poll = select.epoll()
        self.ends = {}
        self.missing = {}
        octets = 0
        for sock in self.sockets:
            octets = compare(sock, self.sent)
            following = cycle(self.sent.frames)
            self.poll.register(sock.fileno(), select.EPOLLIN)
            self.ends[sock.fileno()] = sock.recv, sock.send, following.__next__
            self.missing[sock.fileno()] = self.size
            sock.sendall(next(following))
        self.part = octets / size / len(self.sent.texts)

    def run(self, seconds: float) -> int:
        """Echo for a time; return the number of echoes."""
        size, ends, missing, poll = self.size, self.ends, self.missing, self.poll.poll
        count, stop = 0, perf_counter() + seconds
        while perf_counter() < stop:
            for fd, _ in poll(1.0):
                receive, send, following = ends[fd]
                data = receive(65536)
                octets = len(data)
                wanted = missing[fd] or (octets and frame_size(data))
                if not octets:
                    raise ConnectionError("the server has closed")
                if octets == wanted:
                    count += 1
                    missing[fd] = size
                    send(following())
                else:
                    missing[fd] = wanted - octets
        return count

    def end(self) -> None:
        """Take the last answers, then close as a good peer does: some servers never forget another one."""
        for sock in self.sockets:
            sock.settimeout(PATIENCE)
            missing = self.missing[sock.fileno()]
            if not missing:
                receive_frame(sock)
            while missing:
                missing -= len(sock.recv(missing))
            sock.sendall(b"" if self.sent.raw else CLOSE)
            sock.shutdown(socket.SHUT_WR)
            with suppress(OSError):
                while sock.recv(65536):
                    pass
            sock.close()


def main() -> None:
    """Measure one server and print four figures."""
    port, size, connections = map(int, sys.argv[1:4])
    load = Load(port, connections, size, sys.argv[5])
    count = connections * len(load.sent.texts) + load.run(WARM_UP)
    wall, own = perf_counter(), process_time()
    measured = load.run(float(sys.argv[4]))
    wall, own = perf_counter() - wall, process_time() - own
    load.end()
    print(measured / wall, count + measured, own / wall, load.part)


if __name__ == "__main__":
    main()
