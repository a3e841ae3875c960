"""A transport in memory, and the factory that uses it."""

import threading
from collections.abc import Callable

from dwebsocket.factory import FACTORY_KEY, WebSocketFactory
from dwebsocket.transport import Transport

from .sharing import yield_turn

__all__ = ["MemoryTransport", "environ_for"]

_TRANSPORT = "dwebsocket.test.transport"


class MemoryTransport(Transport):
    """The server's end of a connection in memory. Sending never waits: the amount of unread data is not limited.

    Args:
        deliver: called in the server's thread with the data that the server sends, and with ``b""`` at the end.
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
        """Add data from the client; ``b""``: the client closes its side."""
        with self._changed:
            self._arrived += data
            self._client_has_ended = self._client_has_ended or not data
            self._changed.notify_all()

    # The server's side

    def receive(self, timeout: float | None) -> bytes | None:
        """See `Transport.receive`."""
        if timeout != 0:
            yield_turn()
        with self._changed:
            if not self._changed.wait_for(self._has_news, timeout):
                return None
            data = bytes(self._arrived)
            self._arrived.clear()
            return data

    def _has_news(self) -> bool:
        return bool(self._arrived) or self._client_has_ended or self._has_ended

    def send(self, data: bytes | memoryview) -> int:
        """See `Transport.send`; all of it is taken."""
        if self._client_has_ended or self._has_ended:
            raise BrokenPipeError("the connection has ended")
        if not self._has_begun:  # with ATOMIC_REQUESTS a transaction may be open already
            self._has_begun = True
            yield_turn()
        self._deliver(bytes(data))
        return len(data)

    def wait_to_send(self, timeout: float) -> bool:
        """See `Transport.wait_to_send`; it is always possible."""
        return True

    def end_sending(self, *, peer_is_sending: bool = False) -> None:
        """See `Transport.end_sending`."""
        self._deliver(b"")

    def end(self, patience: float) -> None:
        """See `Transport.end`. Everything has already been delivered, so this does not wait."""
        with self._changed:
            self._has_ended = True
            self._arrived.clear()
            self._changed.notify_all()
        self._deliver(b"")


class _MemoryFactory(WebSocketFactory):
    """Take the transport from the environ; see `environ_for`."""

    def take_over(self) -> tuple[Transport, bytes]:
        """See `dwebsocket.factory.WebSocketFactory.take_over`."""
        return self.request.META[_TRANSPORT], b""


def environ_for(transport: MemoryTransport) -> dict[str, object]:
    """Return the environ entries that make the WebSocket of a request use this transport."""
    return {FACTORY_KEY: _MemoryFactory, _TRANSPORT: transport}
