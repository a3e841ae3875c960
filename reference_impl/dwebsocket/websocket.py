"""``request.websocket``, the API for views.

Its public names are documented in the README. The work is done in `exchange.py`.
"""

from collections.abc import Iterator
from typing import TypeVar, overload

from .exceptions import WebSocketClosed
from .exchange import Exchange

__all__ = ["WebSocket"]

T = TypeVar("T")


class WebSocket:
    """One WebSocket connection, which a view gets as ``request.websocket``.

    All methods may be called from any thread or greenlet. WebSockets are compared and hashed by identity, so they
    can be kept in lists, sets and dicts. Iterating over a WebSocket yields each message until the connection is
    closed.

    Args:
        exchange: the connection.
        subprotocol: the subprotocol agreed in the opening handshake.
        legacy_bytes: behave like dwebsocket 0.5, see ``WEBSOCKET_LEGACY_BYTES``.

    Attributes:
        subprotocol: the subprotocol agreed in the opening handshake, or None.
    """

    def __init__(self, exchange: Exchange, *, subprotocol: str | None = None, legacy_bytes: bool = False) -> None:
        self.subprotocol = subprotocol
        self._exchange = exchange
        self._legacy = legacy_bytes

    # Reading

    def wait(self, timeout: float | None = None) -> str | bytes | None:
        """Wait for the next message and return it.

        Pings are answered meanwhile. After ``WEBSOCKET_PING_INTERVAL`` seconds of silence a Ping is sent, and if
        nothing arrives within ``WEBSOCKET_PING_TIMEOUT`` seconds, the connection is considered dead.

        Args:
            timeout: seconds to wait. None: until a message arrives or the connection is closed.

        Returns:
            Text as str, binary as bytes. None if the connection is closed or the timeout has passed; `is_closed`
            tells which.
        """
        message = self._exchange.receive(timeout)
        return message.encode() if self._legacy and isinstance(message, str) else message

    @overload
    def read(self, fallback: None = None) -> str | bytes | None: ...
    @overload
    def read(self, fallback: T) -> str | bytes | T: ...
    def read(self, fallback: T | None = None) -> str | bytes | T | None:
        """Return the next message that has already arrived; never wait for the client.

        Args:
            fallback: the result if no message has arrived.

        Returns:
            Text as str, binary as bytes, or `fallback`.
        """
        message = self._exchange.poll()
        if message is None:
            return fallback
        return message.encode() if self._legacy and isinstance(message, str) else message

    def count_messages(self) -> int:
        """Return how many complete messages have arrived but have not been read; never wait for the client."""
        return self._exchange.count()

    def has_messages(self) -> bool:
        """Tell whether a complete message has arrived but has not been read; never wait for the client."""
        return self._exchange.count() > 0

    def __iter__(self) -> Iterator[str | bytes]:
        """Yield each message, text as str and binary as bytes, until the connection is closed."""
        while (message := self.wait()) is not None:
            yield message
        if self._legacy:
            yield None  # type: ignore[misc]  # code written for dwebsocket 0.5 expects it

    # Sending

    def send(self, message: str | bytes, binary: bool | None = None, timeout: float | None = None) -> bool:
        """Send one message; wait until the operating system has accepted all of it.

        Args:
            message: str or bytes.
            binary: True: send a binary message; False: a text message; None: text for str, binary for bytes.
            timeout: seconds for the whole call. If it takes longer, the client is disconnected. None: no limit,
                as long as the client accepts some data every ``WEBSOCKET_SEND_TIMEOUT`` seconds.

        Returns:
            True if the operating system has accepted the message. False if the connection is closed and the
            caller is not the view that owns it.

        Raises:
            WebSocketClosed: the connection is closed, and the caller is the view that owns it. Not with
                ``WEBSOCKET_LEGACY_BYTES``.
            TypeError: the message is neither str nor bytes.
            ValueError: `binary` is False, and the bytes are not UTF-8.
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
        """Start the closing handshake (RFC 6455 section 7.1.2) without waiting for it.

        Does nothing if the connection is already closed. A thread that is blocked in `send` because the client does
        not read returns about a second later.

        Args:
            code: a close code that a server may send (RFC 6455 section 7.4). None: 1000.
            reason: at most 123 bytes of UTF-8.

        Raises:
            ValueError: the code or the reason may not be sent. Nothing was sent.
            TypeError: the code is not an int, or the reason neither str nor bytes. Nothing was sent.
        """
        self._exchange.close(code, reason or "")

    def disconnect(self) -> None:
        """Call `close` without arguments."""
        self.close()

    # State

    def is_closed(self) -> bool:
        """Tell whether either side has closed the connection, or it has failed; never wait for the client.

        A close that has just arrived is taken into account.
        """
        return not self._exchange.is_open()

    @property
    def closed(self) -> bool:
        """The result of `is_closed`, under the name that django-websocket used."""
        return self.is_closed()

    @property
    def connected(self) -> bool:
        """The opposite of `closed`."""
        return not self.is_closed()

    @property
    def close_code(self) -> int | None:
        """The client's close code (RFC 6455 section 7.1.5); None: it has not closed the connection.

        1005: its Close frame had no code. 1006: it disconnected without a Close frame, or was disconnected.
        """
        return self._exchange.close_code

    @property
    def close_reason(self) -> str:
        """The reason in the client's Close frame (RFC 6455 section 7.1.6), or an empty string."""
        return self._exchange.close_reason


def _legacy_opcode(message: str | bytes, binary: bool | None) -> bool | None:
    """Choose the opcode in legacy mode: bytes are sent as text if they are UTF-8, and as binary otherwise."""
    if binary is not None or not isinstance(message, bytes | bytearray | memoryview):
        return binary
    try:
        bytes(message).decode()
    except UnicodeDecodeError:
        return True
    return False
