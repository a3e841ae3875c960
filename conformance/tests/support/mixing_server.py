"""An echo server that is right to a single client, and returns the messages of others while there are several."""

from __future__ import annotations

import base64
import hashlib
import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from conformance.tests.support.in_memory import server_frame
from wsconform.model import Opcode
from wsconform.trust import Trust
from wsconform.wire.frames import Decoder
from wsconform.wire.opening import Additions

__all__ = ["MixingServer", "mixing_server"]

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class MixingServer(socketserver.ThreadingTCPServer):
    """The server, as one that the suite did not start."""

    allow_reuse_address = daemon_threads = True
    trust, additions = Trust(verified=False), Additions()

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"ws://127.0.0.1:{self.server_address[1]}/"
        self.clients = 0
        self.latest = b""

    def restart(self) -> bool:
        return False


class _Handler(socketserver.BaseRequestHandler):
    server: MixingServer

    def handle(self) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.request.recv(1 << 16) or b"\r\n\r\n"
        key = re.search(rb"(?i)sec-websocket-key: *(\S+)", head)
        if key is None:
            return
        accept = base64.b64encode(hashlib.sha1(key[1] + GUID).digest())
        fields = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept
        self.server.clients += 1
        with suppress(OSError):
            self.request.sendall(b"HTTP/1.1 101 Switching Protocols\r\n" + fields + b"\r\n\r\n")
            self._echo()
        self.server.clients -= 1

    def _echo(self) -> None:
        decoder = Decoder()
        while data := self.request.recv(1 << 16):
            for frame in decoder.feed(data):
                payload = frame.payload
                if frame.opcode < Opcode.CLOSE:
                    others, self.server.latest = self.server.latest, payload
                    payload = others if self.server.clients > 1 else payload
                self.request.sendall(server_frame(frame.opcode, payload))
                if frame.opcode == Opcode.CLOSE:
                    return


@contextmanager
def mixing_server() -> Iterator[MixingServer]:
    """Serve until the block ends."""
    with MixingServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
