"""Move messages between the threads of an application and the transport of one connection.

Any thread or greenlet may call any method at any time. Three locks make that safe. Where they are nested they
are taken in this order:

``_reading``
    held while receiving from the transport. A second caller who only wants arrivals to be noticed need not
    wait for it: the holder notices them.
``_writing``
    held from taking frames out of the protocol core until the transport has them, so that frames go out
    whole and in the order in which the core made them.
``_core``
    held for calls into the protocol core. Nothing in them switches to another greenlet, so this is a lock of
    the operating system even where gevent has replaced those of `threading`, which take ten times as long: a
    tenth of the time of a short message. The calls are short, except for a large message that is compressed
    or inflated. Only those who use the same connection wait then: zlib lets other threads run, and greenlets
    could not run beside it anyway.

A view takes one message, answers it, and takes the next. Whatever the peer sends behind a message (a Ping, a
Close, a broken frame) must not be answered before the view had its turn, or the answers would come in the
wrong order and the last reply would be lost. So the core parses one message at a time.
"""

from _thread import RLock  # which gevent does not replace
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic

from .conf import Settings
from .exceptions import WebSocketClosed
from .keepalive import Keepalive, Step
from .protocol import CloseCode, Connection, ConnectionClosed, Extension, Limits, Message, Pong, State
from .transport import Transport

__all__ = ["Exchange"]

# Bytes. A view that never reads must still notice a Close, so unread messages are kept, up to this limit. It
# counts what was received and the messages made of it, which may be a thousand times as large. Beyond it the
# peer's TCP window fills, and its end is noticed by a send that fails.
_MAX_BACKLOG = 8 * 1024 * 1024

_OPEN = State.OPEN  # looking up a member of an Enum is slow, and this is needed for each message


class Exchange:
    """One open connection: receives, queues and sends its messages.

    It belongs to the thread or greenlet that makes it, until `finish`.

    Args:
        transport: the octet stream, just behind the head of the request.
        settings: limits and times.
        extensions: those agreed in the opening handshake.
        early: octets that the server has read past the head of the request.
    """

    def __init__(
        self, transport: Transport, settings: Settings, extensions: Sequence[Extension] = (), early: bytes = b""
    ) -> None:
        self._transport = transport
        self._connection = Connection(Limits(max_message_size=settings.max_message_size), extensions, early)
        self._keepalive = Keepalive(settings.ping_interval, settings.ping_timeout)
        self._close_timeout = settings.close_timeout
        self._messages: deque[str | bytes] = deque()
        self._backlog = 0
        self._has_unsent = False
        self._has_just_read = False
        self._owner: object = transport.current_task()
        self._reading = transport.new_lock()
        self._writing = transport.new_lock()
        self._core = RLock()

    # Serving the request

    def begin(self, handshake: bytes) -> None:
        """Send the server's opening handshake.

        Raises:
            WebSocketClosed: the client has left already.
        """
        try:
            with self._writing:
                self._write(handshake)
        except OSError:
            raise WebSocketClosed("the client left before its handshake was answered") from None

    def finish(self, code: int = CloseCode.NORMAL, timeout: float | None = None) -> None:
        """End the connection: send a Close frame if none was sent, wait for the peer's, end TCP.

        Never raises for anything that the peer does. Afterwards the connection has no owner.

        Args:
            code: for the Close frame.
            timeout: seconds to wait for the peer's Close; None: ``WEBSOCKET_CLOSE_TIMEOUT``.
        """
        self._owner = None
        timeout = self._close_timeout if timeout is None else timeout
        self._transport.limit_sending(timeout)
        self.close(code)
        deadline = monotonic() + timeout
        self._receive_close(deadline)
        self._send_rest(max(deadline - monotonic(), 0))
        self._connection_lost()
        self._transport.end(timeout)
        if self._transport.owned:
            # Its number may belong to another connection as soon as it is closed. So wait until all threads
            # have left their calls; `end` has woken them.
            with self._reading, self._writing:
                self._transport.close()

    def belongs_to_caller(self) -> bool:
        """Tell whether the calling thread or greenlet is the one that serves this connection."""
        return self._owner == self._transport.current_task()

    # Receiving

    def receive(self, timeout: float | None = None) -> str | bytes | None:
        """Return the next message; wait until there is one.

        Args:
            timeout: seconds to wait; None: no limit.

        Returns:
            Text as str, binary as bytes; None when the connection is closed or the time is up.
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
        self._has_just_read = True
        return message

    def poll(self) -> str | bytes | None:
        """Return the next message that has arrived, or None; never wait."""
        if not self._messages:
            self._receive_available()
        self._has_just_read = True
        try:
            return self._messages.popleft()
        except IndexError:
            return None

    def count(self) -> int:
        """Return how many complete messages have arrived and are not read; never wait."""
        self._receive_available()
        return len(self._messages)

    # Sending

    def send(self, message: str | bytes, binary: bool | None = None) -> bool:
        """Send one message; return False if the connection is closed.

        Args:
            message: str or bytes.
            binary: None: str is sent as text, bytes as binary; otherwise as asked.

        Raises:
            TypeError: the message is neither str nor bytes.
            ValueError: bytes that are not UTF-8 are to be sent as text.
        """
        # Receive first, so that a view which only sends still answers Pings and notices a Close. A view that
        # has read since it last sent has just done so. Asking the socket again would cost a system call for
        # each message, and what follows the message that the view answers has to wait its turn.
        if self._has_just_read:
            self._has_just_read = False
        else:
            self._receive_available()
        try:
            with self._writing:
                with self._core:
                    self._connection.send_message(message, binary=binary)
                    data = self._connection.data_to_send()
                self._write(data)
        except (ConnectionClosed, OSError):
            return False
        if self._has_unsent:
            self._flush()
        return True

    def close(self, code: int | None = None, reason: str | bytes = "") -> None:
        """Begin the closing handshake; do nothing if the connection is closed already.

        Args:
            code: a close code that a server may send; None: 1000.
            reason: at most 123 bytes of UTF-8.

        Raises:
            ValueError: code or reason may not be sent; nothing was sent.
        """
        with self._core:
            self._connection.send_close(CloseCode.NORMAL if code is None else code, reason)
        self._flush()

    # State

    def is_open(self) -> bool:
        """Tell whether messages can be sent; notice a close that has just arrived, but never wait."""
        self._receive_available()
        return self._connection.state is _OPEN

    @property
    def close_code(self) -> int | None:
        """The peer's close code; 1005: it gave none; 1006: it left without Close; None: it has not closed."""
        return self._connection.close_code

    @property
    def close_reason(self) -> str:
        """The peer's reason, or an empty string."""
        return self._connection.close_reason

    # Receiving, inside: the caller holds _reading, except for _receive_available and _receive_close

    def _next_message(self, deadline: float | None) -> str | bytes | None:
        while True:
            if self._messages:
                try:
                    return self._messages.popleft()
                except IndexError:  # another thread was faster, see `poll`
                    continue
            if self._connection.state is not _OPEN:
                return None
            if self._connection.pending:
                self._parse(b"")
            elif not self._receive_some(deadline):
                return None

    def _receive_some(self, deadline: float | None) -> bool:
        """Wait for data and parse the first message in it; False: the deadline has passed."""
        data = self._transport.receive(self._keepalive.time_to_wait(deadline))
        if data is None:
            self._keep_alive()
            return deadline is None or monotonic() < deadline
        self._data_received(data)
        return True

    def _data_received(self, data: bytes) -> None:
        self._keepalive.data_received()
        if data:
            self._backlog += len(data)
            self._parse(data)
        else:
            self._connection_lost()

    def _parse(self, data: bytes) -> None:
        """Let the core parse up to the end of the next message: in `data`, or in what it has buffered."""
        connection = self._connection
        with self._core:
            closing = connection.state is not _OPEN  # messages behind our own Close are dropped
            events = connection.receive_data(data, one_message=True)
        for event in events:
            if type(event) is Message:
                if not closing:
                    self._backlog += len(event.data)
                    self._messages.append(event.data)
            elif type(event) is not Pong:
                self._has_unsent = True
        if self._has_unsent:
            self._flush()

    def _parse_pending(self) -> None:
        while self._connection.pending and self._backlog < _MAX_BACKLOG:
            self._parse(b"")

    def _receive_available(self) -> None:
        """Receive and parse everything that has arrived, without waiting."""
        if self._connection.tcp_should_end or not self._reading.acquire(blocking=False):
            return
        try:
            if not self._messages:
                self._backlog = 0
            self._parse_pending()
            while self._backlog < _MAX_BACKLOG and not self._connection.tcp_should_end:
                if (data := self._transport.receive(0)) is None:
                    break
                self._data_received(data)
                self._parse_pending()
        finally:
            self._reading.release()

    def _receive_close(self, deadline: float) -> None:
        """Receive until the peer's Close has come; whatever comes before it is dropped."""
        if not self._reading.acquire(timeout=max(deadline - monotonic(), 0)):
            return
        try:
            while not self._connection.tcp_should_end:
                if self._connection.pending:
                    self._parse(b"")
                elif (data := self._transport.receive(max(deadline - monotonic(), 0))) is None:
                    return
                else:
                    self._data_received(data)
        finally:
            self._reading.release()

    def _keep_alive(self) -> None:
        """Send a Ping or give the peer up, if either is due."""
        step = self._keepalive.next_step()
        if step is Step.GIVE_UP:
            self._abort()
        elif step is Step.PING:
            with self._core, suppress(ConnectionClosed):
                self._connection.send_ping()
            self._flush()

    # Sending, inside

    def _flush(self) -> None:
        """Send what the core has queued, or leave that to the thread that is sending right now.

        Never block on that thread: its peer may be waiting for us to read first (deadlock).
        """
        self._has_unsent = True
        while self._has_unsent and self._writing.acquire(blocking=False):
            try:
                self._send_queued()
            finally:
                self._writing.release()

    def _send_rest(self, timeout: float) -> None:
        """Send what the core has queued; at the end, leaving that to another thread would be too late."""
        if self._writing.acquire(timeout=timeout):
            try:
                if self._has_unsent:
                    self._send_queued()
            finally:
                self._writing.release()

    def _send_queued(self) -> None:
        self._has_unsent = False
        with self._core:
            data = self._connection.data_to_send()
            ended = self._connection.tcp_should_end
        with suppress(OSError):  # _write has handled it
            if data:
                self._write(data)
        if ended:
            self._transport.end_sending(peer_is_sending=self._connection.close_code == CloseCode.ABNORMAL)

    def _write(self, data: bytes) -> None:
        try:
            self._transport.send(data)
        except OSError:
            self._connection_lost()
            raise
        except BaseException:
            # The thread is being ended in the middle of a frame, so no other frame may follow.
            self._abort()
            raise

    def _connection_lost(self) -> None:
        """Mark the connection as closed: nothing will come or go any more."""
        with self._core:
            self._connection.receive_eof()

    def _abort(self) -> None:
        self._connection_lost()
        self._transport.end(0)
