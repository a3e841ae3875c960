"""The API that a view sees as ``request.websocket``; refuses to know sockets, servers and frames.

Here is what was promised to views: time-outs, ``None``, exceptions, the ways of older releases. How
octets and messages move beneath, and the locks, are in `exchange.py`.
"""

from collections.abc import Iterator, Sequence
from time import monotonic
from typing import TypeVar, overload

from .conf import Settings
from .exceptions import WebSocketClosed
from .exchange import Exchange
from .protocol import CloseCode, ConnectionClosed, Extension, State
from .transport import Transport

__all__ = ["WebSocket"]

T = TypeVar("T")

_OPEN = State.OPEN  # looking into an Enum takes a while, for what happens with every message


class WebSocket(Exchange):
    """One WebSocket connection, from behind the 101 to the end of TCP.

    Objects are compared and hashed by identity, so they can be kept in lists, sets and dicts.

    Attributes:
        subprotocol: the one agreed in the opening handshake, or None.
    """

    def __init__(
        self,
        transport: Transport,
        settings: Settings,
        *,
        subprotocol: str | None = None,
        extensions: Sequence[Extension] = (),
        early: bytes = b"",
    ) -> None:
        """Make a connection that is as good as open, and belongs to the calling thread until `finish`.

        Args:
            transport: the octet stream, just behind the head of the request.
            settings: limits, times and modes.
            subprotocol: as agreed.
            extensions: as agreed.
            early: octets that the server has read past the head of the request.
        """
        super().__init__(transport, settings, extensions, early)
        self.subprotocol = subprotocol
        self._settings = settings
        self._in_turn = False
        self._owner: object = transport.current_task()

    # Reading

    def wait(self, timeout: float | None = None) -> str | bytes | None:
        """Return the next message; wait until there is one.

        Args:
            timeout: seconds to wait; None: until a message comes or the connection is closed.

        Returns:
            Text as str, binary as bytes; None when the connection is closed or the time is up, which
            `is_closed` tells apart.
        """
        deadline = None
        if timeout is None:
            self._reading.acquire()
        else:
            deadline = monotonic() + timeout
            if not self._reading.acquire(timeout=max(timeout, 0)):
                return None
        try:
            message = self._next_message(deadline)
        finally:
            self._reading.release()
        self._in_turn = True
        return message

    @overload
    def read(self, fallback: None = None) -> str | bytes | None: ...
    @overload
    def read(self, fallback: T) -> str | bytes | T: ...
    def read(self, fallback: T | None = None) -> str | bytes | T | None:
        """Return the next message that has arrived, or `fallback`; never wait."""
        if not self._messages:
            self._take_in()
        self._in_turn = True
        try:
            return self._messages.popleft()
        except IndexError:
            return fallback

    def count_messages(self) -> int:
        """Return how many complete messages have arrived and are not read; never wait."""
        self._take_in()
        return len(self._messages)

    def has_messages(self) -> bool:
        """Tell whether a complete message has arrived; never wait."""
        return self.count_messages() > 0

    def __iter__(self) -> Iterator[str | bytes]:
        """Yield each message until the connection is closed."""
        while (message := self.wait()) is not None:
            yield message
        if self._legacy:
            yield None  # type: ignore[misc]  # what code written for dwebsocket 0.5 looks for

    # Sending

    def send(self, message: str | bytes, binary: bool | None = None) -> bool:
        """Send one message.

        Args:
            message: str, or bytes.
            binary: None: str is sent as text, bytes as binary; otherwise as said here.

        Returns:
            True when the message was handed to the transport; False when the connection is closed and
            the caller is not the view that owns it.

        Raises:
            WebSocketClosed: the connection is closed and the caller is the view that owns it.
            TypeError: the message is neither str nor bytes.
            ValueError: bytes that are not UTF-8 are to be sent as text.
        """
        # What has arrived is taken in first, so that a view that only sends answers Pings and notices
        # the Close. A view that has read since it last sent has just done so: asking the socket again
        # would cost a system call per message, and what lies behind the message that it answers has
        # to wait its turn (see pacing.py).
        if self._in_turn:
            self._in_turn = False
        else:
            self._take_in()
        if self._legacy:
            if message is None:  # the None that ends a legacy iteration, sent back
                return False  # type: ignore[unreachable]
            binary = _legacy_opcode(message, binary)
        try:
            with self._writing:
                with self._core:
                    self._connection.send_message(message, binary=binary)
                    data = self._connection.data_to_send()
                self._hand_over(data)
        except (ConnectionClosed, OSError):
            return self._not_sent()
        if self._unsent:
            self._flush()
        return True

    def close(self, code: int | None = None, reason: str | bytes | None = None) -> None:
        """Begin the closing handshake; do nothing if the connection is closed already.

        Args:
            code: a close code that a server may send; None: 1000.
            reason: at most 123 octets of UTF-8.

        Raises:
            ValueError: code or reason may not be sent; nothing was sent.
        """
        with self._core:
            self._connection.send_close(CloseCode.NORMAL if code is None else code, reason or "")
        self._flush()

    def disconnect(self) -> None:
        """Do the same as `close`, without arguments."""
        self.close()

    # State

    def is_closed(self) -> bool:
        """Tell whether the connection is closed, from either side or by failure; never wait."""
        self._take_in()
        return self._connection.state is not _OPEN

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
        return self._connection.close_code

    @property
    def close_reason(self) -> str:
        """The peer's reason."""
        return self._connection.close_reason

    # For whoever serves the request

    def begin(self, handshake: bytes) -> None:
        """Send the server's opening handshake.

        Raises:
            WebSocketClosed: the client has left already.
        """
        try:
            with self._writing:
                self._hand_over(handshake)
        except OSError:
            raise WebSocketClosed("the client left before its handshake was answered") from None

    def finish(self, code: int = CloseCode.NORMAL, patience: float | None = None) -> None:
        """End the connection: Close frame if none was sent, bounded wait for the peer's, end of TCP.

        Never raises for what the peer does. From here on the connection belongs to no view.

        Args:
            code: for the Close frame.
            patience: seconds to wait for the peer's Close; None: as the settings say.
        """
        self._owner = None
        patience = self._settings.close_timeout if patience is None else patience
        self._transport.limit_sending(patience)
        self.close(code)
        deadline = monotonic() + patience
        self._await_close(deadline)
        self._flush_last(max(deadline - monotonic(), 0))
        self._lose()
        self._transport.end(patience)
        if self._transport.owned:
            # Its number may belong to another connection as soon as it is closed: let those leave that
            # are still in a call, from which `end` has woken them.
            with self._reading, self._writing:
                self._transport.close()

    def _not_sent(self) -> bool:
        if self._owner == self._transport.current_task() and not self._legacy:
            raise WebSocketClosed("the connection is closed")
        return False


def _legacy_opcode(message: str | bytes, binary: bool | None) -> bool | None:
    """In legacy mode bytes are text, unless they cannot be: such a text frame would end the connection."""
    if binary is not None or not isinstance(message, bytes | bytearray | memoryview):
        return binary
    try:
        bytes(message).decode()
    except UnicodeDecodeError:
        return True
    return False
