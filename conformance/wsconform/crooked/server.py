"""A small echo server with TCP, TLS and a thread per connection."""

from __future__ import annotations

import socket
import socketserver
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from wsconform.crooked.model import Crooked
from wsconform.crooked.opening import shake_hands
from wsconform.crooked.shared import Shared

__all__ = ["serving"]


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128
    how: Crooked
    tls: ssl.SSLContext | None
    shared: Shared

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print an error, unless the peer has vanished, which is no error of this server."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


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
        how, shared = self.server.how, self.server.shared
        opened = None if shared.is_closed else shake_hands(sock, how.opening, how.negotiation())
        if opened is None:
            return
        early, agreed = opened
        shared.opened.append(sock)
        connection = how.connection(sock, how.codec(agreed) if agreed else None, shared)
        with suppress(OSError):
            connection.serve(early)
        connection.end()


@contextmanager
def serving(
    how: Crooked, port: int = 0, *, die: Callable[[], None] | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[str]:
    """Serve on 127.0.0.1 until the block ends; yield the URL.

    Args:
        how: the server.
        port: the port to listen on; 0 for a free one.
        die: ends the server that dies; by default closes the listening socket.
        tls: the context for `wss://`; None for `ws://`.
    """
    with _Server(("127.0.0.1", port), _Handler) as server:
        server.how, server.tls = how, tls
        server.shared = Shared(die or server.socket.close)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"{'wss' if tls else 'ws'}://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shared.over.set()
            server.shutdown()
            thread.join()
