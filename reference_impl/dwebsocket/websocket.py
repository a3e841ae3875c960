"""The API that a view sees as ``request.websocket``; refuses to know sockets, servers and frames.

Any thread or greenlet may call any method at any time. Three locks make that true, taken in this order
where they are nested:

``_reading``
    held by whoever takes octets from the transport. A second caller need not wait for it when all it
    wants is that arrivals are noticed: the holder does that.
``_writing``
    held from taking frames out of the core until the transport has them, so that frames go out whole
    and in the order in which the core made them.
``_core``
    held for the short calls into the protocol core.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from time import monotonic
from typing import TypeVar, overload

from .conf import Settings
from .exceptions import WebSocketClosed
from .pacing import MessageEnds
from .protocol import CloseCode, Connection, ConnectionClosed, Limits, Message, Pong, State
from .transport import Transport

__all__ = ["WebSocket"]

T = TypeVar("T")

_OPEN = State.OPEN  # looking into an Enum takes a while, for what happens with every message

# A view that never reads must still notice a Close, so what it has not read is kept: up to so many
# octets. Beyond them the peer's TCP window fills, and its end is noticed by a send that fails.
_BACKLOG = 4 * 1024 * 1024

# No call of the transport waits longer, so that a Close which another thread has sent and the peer does
# not answer is noticed even without Pings. Seconds.
_LONGEST_WAIT = 30.0

# A time-out of the operating system may come a little early; that must not cost another round. Seconds.
_EARLY = 0.05


class WebSocket:
    """One WebSocket connection, from behind the 101 to the end of TCP.

    Objects are compared and hashed by identity, so they can be kept in lists, sets and dicts.

    Attributes:
        subprotocol: the one agreed in the opening handshake, or None.
    """

    def __init__(
        self, transport: Transport, settings: Settings, *, subprotocol: str | None = None, early: bytes = b""
    ) -> None:
        """Make a connection that is as good as open, and belongs to the calling thread until `finish`.

        Args:
            transport: the octet stream, just behind the head of the request.
            settings: limits, times and modes.
            subprotocol: as agreed.
            early: octets that the server has read past the head of the request.
        """
        self.subprotocol = subprotocol
        self._transport = transport
        self._settings = settings
        self._legacy = settings.legacy_bytes
        self._connection = Connection(Limits(max_message_size=settings.max_message_size))
        self._messages: deque[str | bytes] = deque()
        self._ends = MessageEnds()
        self._octets = early  # received and not yet given to the core, from index _at on
        self._at = 0
        self._backlog = 0
        self._in_turn = False
        self._unsent = False
        self._ping_sent = False
        self._quiet_since = monotonic()
        self._owner: int | None = threading.get_ident()
        self._reading = threading.Lock()
        self._writing = threading.Lock()
        self._core = threading.Lock()

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
        self._await_close(monotonic() + patience)
        self._lose()
        self._transport.end(patience)

    # Taking in: the caller holds _reading, but for _take_in

    def _next_message(self, deadline: float | None) -> str | bytes | None:
        while True:
            if self._messages:
                try:
                    return self._messages.popleft()
                except IndexError:
                    continue
            if self._connection.state is not _OPEN:
                return None
            if self._octets:
                self._advance()
            elif not self._listen(deadline):
                return None

    def _listen(self, deadline: float | None) -> bool:
        """Wait for octets and take in the first message in them; False: the deadline has passed."""
        data = self._transport.receive(self._patience(deadline))
        if data is None:
            self._bear_silence()
            return deadline is None or monotonic() < deadline
        self._received(data)
        self._advance()
        return True

    def _received(self, data: bytes) -> None:
        self._quiet_since = monotonic()
        self._ping_sent = False
        self._backlog = 0
        if data:
            self._octets = data
        else:
            self._lose()

    def _advance(self) -> None:
        """Give the core what was received, up to the end of the next message."""
        octets, start = self._octets, self._at
        end = self._ends.find(octets, start)
        if end < len(octets):
            self._at = end
        else:
            self._octets, self._at = b"", 0
        self._give_core(octets[start:end])

    def _advance_all(self) -> None:
        while self._octets:
            self._advance()

    def _give_core(self, octets: bytes) -> None:
        connection = self._connection
        with self._core:
            unasked = connection.state is not _OPEN  # behind our own Close nobody reads any more
            events = connection.receive_data(octets)
        for event in events:
            if type(event) is Message:
                if not unasked:
                    data = event.data
                    self._messages.append(data.encode() if self._legacy and isinstance(data, str) else data)
            elif type(event) is not Pong:
                self._unsent = True
        if self._unsent:
            self._flush()

    def _take_in(self) -> None:
        """Take in all that has arrived, without waiting."""
        if self._connection.tcp_should_end or not self._reading.acquire(blocking=False):
            return
        try:
            self._advance_all()
            if not self._messages:
                self._backlog = 0
            while self._backlog < _BACKLOG and not self._connection.tcp_should_end:
                if (data := self._transport.receive(0)) is None:
                    break
                backlog = self._backlog + len(data)
                self._received(data)
                self._backlog = backlog
                self._advance_all()
        finally:
            self._reading.release()

    def _await_close(self, deadline: float) -> None:
        """Take in until the peer's Close has come, for which whatever comes before it is dropped."""
        if not self._reading.acquire(timeout=max(deadline - monotonic(), 0)):
            return
        try:
            while not self._connection.tcp_should_end:
                if self._octets:
                    self._advance()
                elif (data := self._transport.receive(max(deadline - monotonic(), 0))) is None:
                    return
                else:
                    self._received(data)
        finally:
            self._reading.release()

    # Silence

    def _limit(self) -> float | None:
        return self._settings.ping_timeout if self._ping_sent else self._settings.ping_interval

    def _patience(self, deadline: float | None) -> float:
        """Return how long the transport may wait. Without deadline it is always the same: that is cheap."""
        limit = self._limit()
        if deadline is None:
            return _LONGEST_WAIT if limit is None else min(limit, _LONGEST_WAIT)
        now = monotonic()
        until_ping = _LONGEST_WAIT if limit is None else self._quiet_since + limit - now
        return max(0.0, min(deadline - now, until_ping, _LONGEST_WAIT))

    def _bear_silence(self) -> None:
        """Send a Ping when it is time; give the peer up when it has not been heard since the last one."""
        limit = self._limit()
        if limit is None or monotonic() < self._quiet_since + limit - _EARLY:
            return
        if self._ping_sent:
            self._give_up()
            return
        with self._core, suppress(ConnectionClosed):
            self._connection.send_ping()
        self._ping_sent = self._settings.ping_timeout is not None
        self._quiet_since = monotonic()
        self._flush()

    # Handing over

    def _flush(self) -> None:
        """Send what the core has queued, or leave that to the thread that is sending at this moment.

        Waiting for that thread could be for ever: perhaps its peer reads only what we are here to take in.
        """
        self._unsent = True
        while self._unsent and self._writing.acquire(blocking=False):
            try:
                self._send_queued()
            finally:
                self._writing.release()

    def _send_queued(self) -> None:
        self._unsent = False
        with self._core:
            data = self._connection.data_to_send()
            ended = self._connection.tcp_should_end
        with suppress(OSError):  # which _hand_over has noted
            if data:
                self._hand_over(data)
        if ended:
            self._transport.end_sending()

    def _hand_over(self, data: bytes) -> None:
        try:
            self._transport.send(data)
        except OSError:
            self._lose()
            raise
        except BaseException:
            # The thread is being ended in the middle of a frame, so no other frame may follow.
            self._give_up()
            raise

    def _not_sent(self) -> bool:
        if self._owner == threading.get_ident() and not self._legacy:
            raise WebSocketClosed("the connection is closed")
        return False

    def _lose(self) -> None:
        """Take note that nothing will come or go any more."""
        with self._core:
            self._connection.receive_eof()

    def _give_up(self) -> None:
        self._lose()
        self._transport.end(0)


def _legacy_opcode(message: str | bytes, binary: bool | None) -> bool | None:
    """In legacy mode bytes are text, unless they cannot be: such a text frame would end the connection."""
    if binary is not None or isinstance(message, str):
        return binary
    try:
        bytes(message).decode()
    except UnicodeDecodeError:
        return True
    return False
