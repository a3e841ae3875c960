"""A small echo server: TCP, TLS, and a thread for each connection."""

from __future__ import annotations

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

__all__ = ["serving"]


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128
    how: Crooked
    die: Callable[[], None]
    known: set[bytes]  # messages that were seen, on whatever connection
    tls: ssl.SSLContext | None

    def handle_error(self, request: object, client_address: object) -> None:
        """A peer that vanishes is no error of this server."""


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
        opened = shake_hands(sock, how.deflate)
        if opened is None:
            return
        early, agreed = opened
        codec = Codec(how.deflate, agreed) if agreed else None
        with suppress(OSError):
            Connection(sock, how, codec=codec, known=self.server.known, die=self.server.die).serve(early)
        self._end(sock, how)

    def _end(self, sock: socket.socket, how: Crooked) -> None:
        with suppress(OSError):
            if how.stray:
                sock.sendall(how.stray)
            if how.resets:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                sock.close()
                return
            if how.ends_tcp:
                sock.shutdown(socket.SHUT_WR)
            while sock.recv(1 << 16):
                pass


@contextmanager
def serving(
    how: Crooked, port: int = 0, *, die: Callable[[], None] | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[str]:
    """Serve on 127.0.0.1 until the block ends; yields the URL.

    Args:
        how: what to do wrong.
        port: 0 picks a free one.
        die: what `dies_on_fragment` calls; by default the listening socket is closed.
        tls: serve `wss://`.
    """
    with _Server(("127.0.0.1", port), _Handler) as server:
        server.how, server.die, server.known, server.tls = how, die or server.socket.close, set(), tls
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"{'wss' if tls else 'ws'}://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()
