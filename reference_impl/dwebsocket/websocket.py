"""The API that a view sees as ``request.websocket``.

Its public names are those that the README promises. Messages are moved by `exchange.py`.
"""

from collections.abc import Iterator
from typing import TypeVar, overload

from .exceptions import WebSocketClosed
from .exchange import Exchange

__all__ = ["WebSocket"]

T = TypeVar("T")


class WebSocket:
    """One WebSocket connection. All methods may be called from any thread or greenlet.

    WebSockets are compared and hashed by identity, so they can be kept in lists, sets and dicts.

    Args:
        exchange: the connection.
        subprotocol: as agreed in the opening handshake.
        legacy_bytes: behave as dwebsocket 0.5, see ``WEBSOCKET_LEGACY_BYTES``.

    Attributes:
        subprotocol: the one agreed in the opening handshake, or None.
    """

    def __init__(self, exchange: Exchange, *, subprotocol: str | None = None, legacy_bytes: bool = False) -> None:
        self.subprotocol = subprotocol
        self._exchange = exchange
        self._legacy = legacy_bytes

    # Reading

    def wait(self, timeout: float | None = None) -> str | bytes | None:
        """Return the next message; wait until there is one.

        Args:
            timeout: seconds to wait; None: until a message comes or the connection is closed.

        Returns:
            Text as str, binary as bytes; None when the connection is closed or the time is up. `is_closed`
            tells which.
        """
        message = self._exchange.receive(timeout)
        return message.encode() if self._legacy and isinstance(message, str) else message

    @overload
    def read(self, fallback: None = None) -> str | bytes | None: ...
    @overload
    def read(self, fallback: T) -> str | bytes | T: ...
    def read(self, fallback: T | None = None) -> str | bytes | T | None:
        """Return the next message that has arrived, or `fallback`; never wait."""
        message = self._exchange.poll()
        if message is None:
            return fallback
        return message.encode() if self._legacy and isinstance(message, str) else message

    def count_messages(self) -> int:
        """Return how many complete messages have arrived and are not read; never wait."""
        return self._exchange.count()

    def has_messages(self) -> bool:
        """Tell whether a complete message has arrived; never wait."""
        return self._exchange.count() > 0

    def __iter__(self) -> Iterator[str | bytes]:
        """Yield each message until the connection is closed."""
        while (message := self.wait()) is not None:
            yield message
        if self._legacy:
            yield None  # type: ignore[misc]  # code written for dwebsocket 0.5 expects it

    # Sending

    def send(self, message: str | bytes, binary: bool | None = None, timeout: float | None = None) -> bool:
        """Send one message; wait until the operating system has taken it.

        Args:
            message: str, or bytes.
            binary: None: str is sent as text, bytes as binary; otherwise as asked.
            timeout: seconds that this may take. When they are over, the peer is given up: the connection is
                closed. None: it may take any time as long as the peer takes something every
                ``WEBSOCKET_SEND_TIMEOUT`` seconds.

        Returns:
            True when the message was handed to the operating system; False when the connection is closed
            and the caller is not the view that owns it.

        Raises:
            WebSocketClosed: the connection is closed and the caller is the view that owns it.
            TypeError: the message is neither str nor bytes.
            ValueError: bytes that are not UTF-8 are to be sent as text.
        """
        if self._legacy:
            if message is None:  # the None that ends a legacy iteration, sent back
                return False  # type: ignore[unreachable]  # it is not by its type
            binary = _legacy_opcode(message, binary)
        if self._exchange.send(message, binary, timeout):
            return True
        if self._exchange.belongs_to_caller() and not self._legacy:
            raise WebSocketClosed("the connection is closed")
        return False

    def close(self, code: int | None = None, reason: str | bytes | None = None) -> None:
        """Begin the closing handshake; do nothing if the connection is closed already. Never waits.

        A thread that is in `send`, and whose peer takes nothing, returns from it about a second later.

        Args:
            code: a close code that a server may send (RFC 6455 section 7.4); None: 1000.
            reason: at most 123 bytes of UTF-8.

        Raises:
            ValueError: code or reason may not be sent; nothing was sent.
        """
        self._exchange.close(code, reason or "")

    def disconnect(self) -> None:
        """Do the same as `close`, without arguments."""
        self.close()

    # State

    def is_closed(self) -> bool:
        """Tell whether the connection is closed, by either side or by a failure; never wait."""
        return not self._exchange.is_open()

    @property
    def closed(self) -> bool:
        """The same as `is_closed`; django-websocket had only this."""
        return self.is_closed()

    @property
    def connected(self) -> bool:
        """The opposite of `is_closed`."""
        return not self.is_closed()

    @property
    def close_code(self) -> int | None:
        """The peer's close code; 1005: it gave none; 1006: it left without Close; None: it has not closed."""
        return self._exchange.close_code

    @property
    def close_reason(self) -> str:
        """The peer's reason, or an empty string."""
        return self._exchange.close_reason


def _legacy_opcode(message: str | bytes, binary: bool | None) -> bool | None:
    """In legacy mode bytes are text, unless they are not UTF-8: such a text frame would end the connection."""
    if binary is not None or not isinstance(message, bytes | bytearray | memoryview):
        return binary
    try:
        bytes(message).decode()
    except UnicodeDecodeError:
        return True
    return False
