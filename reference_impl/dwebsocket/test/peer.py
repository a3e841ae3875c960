"""The client's end of a connection: assembles messages, and answers Ping and Close.

The server's thread calls it with the data that the server sends, the test's thread with messages to send. Both hold
`changed`, a condition on which the test waits.
"""

import threading
from collections import deque
from collections.abc import Callable

from dwebsocket.protocol.closing import read_close
from dwebsocket.protocol.codes import Opcode
from dwebsocket.protocol.frames import FIN

from .frames import Compression, Frames, masked
from .transport import MemoryTransport

__all__ = ["Peer"]

_OPCODE = 0x0F


class Peer:
    """One client of one view.

    Attributes:
        changed: notified whenever one of the other attributes has changed.
        transport: the server's end of the connection.
        head: status and header fields of the handshake response; None until they have arrived.
        messages: messages that were received but not yet read by the test.
        pongs: payloads of the received Pongs.
        close: code and reason of the server's Close frame.
        closing: whether the client has sent a Close frame, or vanished.
        finished: whether the server has finished the request.
    """

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.transport = MemoryTransport(self._deliver)
        self.head: tuple[int, dict[str, str]] | None = None
        self.messages: deque[str | bytes] = deque()
        self.pongs: set[bytes] = set()
        self.close: tuple[int, str] | None = None
        self.closing = False
        self.finished = False
        self._compression: Compression | None = None
        self._frames = Frames()
        self._first = 0
        self._pieces: list[bytes] = []
        self._start = b""

    @property
    def is_open(self) -> bool:
        """Whether messages may still arrive."""
        return self.close is None and not self.finished

    def request_finished(self) -> None:
        """Mark the request as finished."""
        with self.changed:
            self.finished = True
            self.changed.notify_all()

    # What the test sends

    def send_message(self, message: str | bytes) -> None:
        """Send one message in one frame, compressed if the server has agreed."""
        opcode = Opcode.TEXT if isinstance(message, str) else Opcode.BINARY
        payload = message.encode() if isinstance(message, str) else bytes(message)
        compressed = self._compression.deflate(payload) if self._compression else None
        if compressed is None:
            self._send(FIN | opcode, payload)
        else:
            self._send(FIN | Compression.reserved | opcode, compressed)

    def send_ping(self, payload: bytes) -> None:
        """Send a Ping."""
        self._send(FIN | Opcode.PING, payload)

    def send_close(self, payload: bytes) -> None:
        """Send a Close frame, if none was sent."""
        with self.changed:
            if not self.closing and self.close is None:
                self.closing = True
                self._send(FIN | Opcode.CLOSE, payload)

    def vanish(self) -> None:
        """End the connection without a Close frame."""
        self.closing = True
        self.transport.arrive(b"")

    def _send(self, first: int, payload: bytes) -> None:
        self.transport.arrive(masked(first, payload))

    # What the server sends

    def _deliver(self, octets: bytes) -> None:
        with self.changed:
            if self.head is None:
                octets = self._take_head(octets)
            for first, payload in self._frames.feed(octets):
                _TAKE[first & _OPCODE](self, first, payload)
            self.changed.notify_all()

    def _take_head(self, octets: bytes) -> bytes:
        self._start += octets
        head, end, rest = self._start.partition(b"\r\n\r\n")
        if not end:
            return b""
        status, *lines = head.decode("latin-1").split("\r\n")
        fields = (line.partition(":") for line in lines)
        self.head = int(status.split()[1]), {name.lower(): value.strip() for name, _, value in fields}
        if accepted := self.head[1].get("sec-websocket-extensions"):
            self._compression = Compression(accepted)
        return rest if self.head[0] == 101 else b""

    def _take_data(self, first: int, payload: bytes) -> None:
        if first & _OPCODE:
            self._first = first
        self._pieces.append(payload)
        if not first & FIN:
            return
        octets = b"".join(self._pieces)
        self._pieces.clear()
        if self._first & Compression.reserved and self._compression:
            octets = self._compression.inflate(octets)
        self.messages.append(octets.decode() if self._first & _OPCODE == Opcode.TEXT else octets)

    def _take_ping(self, _: int, payload: bytes) -> None:
        self._send(FIN | Opcode.PONG, payload)

    def _take_pong(self, _: int, payload: bytes) -> None:
        self.pongs.add(payload)

    def _take_close(self, _: int, payload: bytes) -> None:
        if not self.closing:
            self._send(FIN | Opcode.CLOSE, payload[:2])
        self.close = read_close(payload)


_TAKE: dict[int, Callable[[Peer, int, bytes], None]] = {
    Opcode.CONTINUATION: Peer._take_data,
    Opcode.TEXT: Peer._take_data,
    Opcode.BINARY: Peer._take_data,
    Opcode.CLOSE: Peer._take_close,
    Opcode.PING: Peer._take_ping,
    Opcode.PONG: Peer._take_pong,
}
