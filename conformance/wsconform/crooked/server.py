"""A small echo server with TCP, TLS and a thread per connection."""

from __future__ import annotations

import random
import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from wsconform.crooked.connection import Connection
from wsconform.crooked.deflate import Codec
from wsconform.crooked.opening import shake_hands
from wsconform.crooked.rules import Crooked
from wsconform.crooked.shared import PATIENCE, Shared

__all__ = ["serving"]


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128
    how: Crooked
    die: Callable[[], None]
    random: random.Random
    echoed: set[bytes]  # the messages that were echoed on any connection
    tls: ssl.SSLContext | None
    shared: Shared
    over: threading.Event  # set when the server ends

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore errors: a peer that vanishes is not an error of this server."""


class _Handler(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.server.tls is None:
            self._serve(self.request)
        else:
            with self.server.tls.wrap_socket(self.request, server_side=True) as sock:
                self._serve(sock)

    def _serve(self, sock: socket.socket) -> None:
        how = self.server.how
        opened = shake_hands(sock, how) if self.server.shared.welcomes() else None
        if opened is None:
            return
        early, agreed = opened
        if self.server.random.random() < how.racy and (early or sock.recv(1)):
            _reset(sock)
            return
        codec = Codec(how.deflate, agreed) if agreed else None
        server = self.server
        server.shared.join(sock)
        connection = Connection(sock, how, codec=codec, echoed=server.echoed, die=server.die, shared=server.shared)
        with suppress(OSError):
            connection.serve(early)
        if how.framing.keeps_half and connection.client_ended:
            server.over.wait(PATIENCE)
        self._end(sock, how)

    def _end(self, sock: socket.socket, how: Crooked) -> None:
        with suppress(OSError):
            if how.stray:
                sock.sendall(how.stray)
            if how.resets:
                _reset(sock)
                return
            if how.ends_tcp:
                sock.shutdown(socket.SHUT_WR)
            while sock.recv(1 << 16):
                pass


def _reset(sock: socket.socket) -> None:
    """End TCP with RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


@contextmanager
def serving(
    how: Crooked, port: int = 0, *, die: Callable[[], None] | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[str]:
    """Serve on 127.0.0.1 until the block ends; yield the URL.

    Args:
        how: the faults of the server.
        port: the port to listen on; 0 for a free one.
        die: called for `dies_on_fragment`; by default closes the listening socket.
        tls: the context for `wss://`; None for `ws://`.
    """
    with _Server(("127.0.0.1", port), _Handler) as server:
        server.how, server.die, server.echoed, server.tls = how, die or server.socket.close, set(), tls
        server.shared, server.over = Shared(), threading.Event()
        server.random = random.Random(0)  # the same numbers in every run; which connection gets which one depends
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"{'wss' if tls else 'ws'}://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.over.set()
            server.shutdown()
            thread.join()
