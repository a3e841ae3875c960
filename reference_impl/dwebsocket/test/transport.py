"""A connection inside the process, as the server has it; refuses to know WebSocket."""

import threading
from collections.abc import Callable

from dwebsocket.factory import BROUGHT_ALONG, WebSocketFactory
from dwebsocket.transport import Transport

from .sharing import let_others

__all__ = ["MemoryTransport", "environ_of"]

_TRANSPORT = "dwebsocket.test.transport"


class MemoryTransport(Transport):
    """Two queues of octets. Neither has a limit, so nobody ever waits for the other side to read.

    Args:
        deliver: takes what the server sends, in the server's thread; ``b""`` is the end of it.
    """

    def __init__(self, deliver: Callable[[bytes], None]) -> None:
        self._deliver = deliver
        self._changed = threading.Condition()
        self._arrived = bytearray()
        self._has_begun = False
        self._client_has_ended = False
        self._has_ended = False

    # The client's side

    def arrive(self, data: bytes) -> None:
        """Take octets from the client; ``b""`` is the end of them."""
        with self._changed:
            self._arrived += data
            self._client_has_ended = self._client_has_ended or not data
            self._changed.notify_all()

    # The server's side

    def receive(self, timeout: float | None) -> bytes | None:
        """See `Transport.receive`."""
        if timeout != 0:
            let_others()
        with self._changed:
            if not self._changed.wait_for(self._has_news, timeout):
                return None
            data = bytes(self._arrived)
            self._arrived.clear()
            return data

    def _has_news(self) -> bool:
        return bool(self._arrived) or self._client_has_ended or self._has_ended

    def send(self, data: bytes) -> None:
        """See `Transport.send`."""
        if self._client_has_ended or self._has_ended:
            raise BrokenPipeError("the connection has ended")
        if not self._has_begun:  # with ATOMIC_REQUESTS the whole of the view is one transaction
            self._has_begun = True
            let_others()
        self._deliver(data)

    def limit_sending(self, seconds: float) -> None:
        """See `Transport.limit_sending`; nothing to do, since no `send` waits."""

    def end_sending(self, *, peer_is_sending: bool = False) -> None:
        """See `Transport.end_sending`."""
        self._deliver(b"")

    def end(self, patience: float) -> None:
        """See `Transport.end`; what was sent has been delivered, so there is nothing to be patient for."""
        with self._changed:
            self._has_ended = True
            self._arrived.clear()
            self._changed.notify_all()
        self._deliver(b"")


class _MemoryFactory(WebSocketFactory):
    """Finds the transport where `environ_of` has put it."""

    def take_over(self) -> tuple[Transport, bytes]:
        """See `dwebsocket.factory.WebSocketFactory.take_over`."""
        return self.request.META[_TRANSPORT], b""


def environ_of(transport: MemoryTransport) -> dict[str, object]:
    """Return what the environ of a request must have, so that its WebSocket goes over this transport."""
    return {BROUGHT_ALONG: _MemoryFactory, _TRANSPORT: transport}
