"""Write bytes to TCP in exactly the segments that a case requires."""

from __future__ import annotations

from collections import deque
from typing import Any

from twisted.internet.interfaces import IPullProducer
from zope.interface import implementer

__all__ = ["Writer"]

#: Bytes that are handed to TCP at a time if the case does not define segments.
LARGEST_SEND = 1 << 18


@implementer(IPullProducer)
class Writer:
    """Hands bytes to TCP in segments, in order.

    Args:
        transport: Twisted's.
        reactor: Twisted's.
        direct: write to the transport's socket; not allowed with TLS.

    Attributes:
        sent: number of bytes that were handed to TCP.
    """

    def __init__(self, transport: Any, reactor: Any, *, direct: bool) -> None:
        self._transport = transport
        self._reactor = reactor
        self._socket = transport.socket if direct else None
        self._queue: deque[tuple[memoryview, int, float]] = deque()
        self._waiting = False
        self._broken = False
        self.sent = 0
        self._registering = False

    @property
    def idle(self) -> bool:
        """Whether all bytes were handed to TCP."""
        return self._broken or not (self._queue or self._waiting)

    def write(self, octets: bytes, segment: int = LARGEST_SEND, gap: float = 0.0) -> None:
        """Queue bytes, to be handed to TCP ``segment`` at a time, ``gap`` seconds apart."""
        if len(octets) <= segment and self.idle and not self._broken:
            self._send(memoryview(octets))
            return
        self._queue.append((memoryview(octets), segment, gap))
        if not self._waiting:
            self._run()

    def _run(self) -> None:
        self._waiting = False
        while self._queue and not self._waiting and not self._broken:
            octets, segment, gap = self._queue.popleft()
            rest = octets[segment:]
            if rest:
                self._queue.appendleft((rest, segment, gap))
            self._send(octets[:segment])
            if gap and self._queue and not self._waiting:
                self._waiting = True
                self._reactor.callLater(gap, self._run)

    def _send(self, piece: memoryview) -> None:
        """Write directly to the socket: Twisted would join the pieces and wait for a turn of the reactor."""
        sent = 0
        if self._socket is not None:
            try:
                sent = self._socket.send(piece)
            except BlockingIOError:
                pass
            except OSError:
                # We can no longer write, but may still read data of the peer.
                self._broken = True
                return
        self.sent += len(piece)
        if sent < len(piece):
            self._transport.write(bytes(piece[sent:]))
            self._waiting = True
            self._registering = True
            self._transport.registerProducer(self, streaming=False)
            self._registering = False

    def resumeProducing(self) -> None:  # noqa: N802 (Twisted's name)
        """Continue when the transport has sent what it buffered."""
        if self._registering:
            return  # Twisted calls at once, before anything has been sent
        self._transport.unregisterProducer()
        self._run()

    def stopProducing(self) -> None:  # noqa: N802 (Twisted's name)
        """The connection is lost."""
        self._broken = True
