"""Move messages between the threads of an application and the transport of one connection.

Any thread or greenlet may call any method at any time. Three locks make that safe. If they are nested, they are always
acquired in this order:

``_reading``
    held while receiving from the transport. A second caller that only wants to process what has arrived need not
    wait for the lock: its holder does that.
``_writing``, in `sender.py`
    held from taking frames out of the protocol core until the transport has accepted them, so that frames are sent
    whole and in the order in which the core created them.
``_core``
    held for calls into the protocol core. They never switch to another greenlet, so this is always a lock of the
    operating system. gevent's replacement for `threading` locks takes ten times as long, a tenth of the time of a
    short message. The calls are short, unless a large message is compressed or decompressed. Then only other users
    of the same connection wait: zlib lets other threads run, and other greenlets could not run meanwhile anyway.

A view takes one message, answers it, and takes the next. If the peer sends a Ping, a Close or an invalid frame after a
message, the view must be able to reply to the message first; otherwise answers would be sent in the wrong order and the
last reply would be lost. So the core parses one message at a time.

The peer decides how much it sends and how much it reads. So the work that one call does for it is limited (a "turn"),
everything that is kept for it is bounded, and only `receive`, `send` and `finish` wait for it, for a limited time.
"""

from _thread import RLock  # which gevent does not replace
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic

from .conf import Settings
from .exceptions import WebSocketClosed
from .inbox import Inbox
from .keepalive import Keepalive, Step
from .memory import Holding, ledger
from .protocol import (
    CloseCode,
    Connection,
    ConnectionClosed,
    Extension,
    Limits,
    Message,
    Pong,
    State,
    Violation,
)
from .sender import Sender
from .transport import Transport

__all__ = ["Exchange"]

# A call that processes what has arrived stops after at least this many messages or octets and this many seconds: a peer
# may send faster than we parse.
_TURN_MESSAGES = 64
_TURN_OCTETS = 64 * 1024
_TURN_SECONDS = 0.005

# Seconds for which a task may receive and send without waiting before it lets the other tasks of its thread run.
_SECONDS_BEFORE_PAUSE = 0.005

# Seconds until sending is retried to a peer that does not read its Pongs, while the view waits for messages.
_RETRY = 0.2

# Seconds. Longer timeouts count as none: the operating system would reject them.
_LONGEST_TIMEOUT = 1e9

_TOO_MUCH_MEMORY = "the server has no memory left for this connection"

_OPEN = State.OPEN  # looking up a member of an Enum is slow, and this is needed for each message


class Exchange:
    """One open connection: receives, queues and sends its messages.

    Until `finish`, it is owned by the thread or greenlet that created it.

    Args:
        transport: the byte stream, positioned after the head of the request.
        settings: limits and timeouts.
        extensions: the extensions agreed in the opening handshake.
        early: octets that the server has read past the head of the request.
    """

    def __init__(
        self, transport: Transport, settings: Settings, extensions: Sequence[Extension] = (), early: bytes = b""
    ) -> None:
        self._transport = transport
        limits = Limits(max_message_size=settings.max_message_size)
        self._connection = Connection(limits, extensions, early, self._hold_incomplete)
        self._keepalive = Keepalive(settings.ping_interval, settings.ping_timeout)
        self._close_timeout = settings.close_timeout
        self._has_just_read = False
        self._owner: object = transport.current_task()
        self._reading = transport.new_lock()
        self._core = RLock()
        self._sender = Sender(transport, self._connection, self._core, settings.send_timeout)
        self._shares_thread = transport.shares_thread
        self._pauses_when_polled = transport.pauses_when_polled
        self._paused_at = 0.0
        self._inbox = Inbox(self._core, Holding(ledger, settings.max_memory, self._close_for_memory))

    # Serving the request

    def begin(self, handshake: bytes) -> None:
        """Send the handshake response.

        Raises:
            WebSocketClosed: the client has already left.
        """
        try:
            self._sender.send_handshake(handshake)
        except OSError:
            raise WebSocketClosed("the client disconnected before its handshake was answered") from None

    def finish(self, code: int = CloseCode.NORMAL, timeout: float | None = None) -> None:
        """End the connection: send a Close frame if none was sent, wait for the peer's, close TCP.

        Never raises an error for anything that the peer does. Afterwards the connection has no owner.

        Args:
            code: the code of the Close frame.
            timeout: seconds to wait for the peer's Close frame; None: ``WEBSOCKET_CLOSE_TIMEOUT``.
        """
        self._owner = None
        timeout = self._close_timeout if timeout is None else timeout
        deadline = monotonic() + timeout
        try:
            self.close(code)
            self._receive_close(deadline)
            self._sender.send_rest(deadline)
        finally:
            self._sender.lost()
            self._transport.end(timeout)
            self._inbox.close()
        if self._transport.owned:
            # As soon as the descriptor is closed, its number may be reused by another connection. So wait until no
            # thread is using it; `end` has woken them.
            with self._reading, self._sender.wait_until_idle():
                self._transport.close()

    def belongs_to_caller(self) -> bool:
        """Tell whether the calling thread or greenlet owns this connection."""
        return self._owner == self._transport.current_task()

    # Receiving

    def receive(self, timeout: float | None = None) -> str | bytes | None:
        """Wait for the next message and return it.

        Args:
            timeout: seconds to wait; None: no limit.

        Returns:
            Text as str, binary as bytes; None if the connection is closed or the timeout has passed.
        """
        deadline = _deadline(timeout)
        if deadline is None:
            self._reading.acquire()
        elif not self._reading.acquire(timeout=max(deadline - monotonic(), 0)):
            return None
        try:
            message = self._next_message(deadline)
        finally:
            self._reading.release()
        self._has_just_read = True
        if self._shares_thread:
            self._share_thread()
        return message

    def poll(self) -> str | bytes | None:
        """Return the next message that has already arrived, or None; never wait."""
        if not self._inbox.messages:
            self._receive_available()
        self._has_just_read = True
        try:
            return self._inbox.take()
        except IndexError:
            return None

    def count(self) -> int:
        """Return how many complete messages have arrived but have not been read; never wait."""
        self._receive_available()
        return len(self._inbox.messages)

    # Sending

    def send(self, message: str | bytes, binary: bool | None = None, timeout: float | None = None) -> bool:
        """Send one message; return False if the connection is closed.

        Args:
            message: str or bytes.
            binary: True: send a binary message; False: a text message; None: text for str, binary for bytes.
            timeout: seconds for the whole call; after that the peer is disconnected. None: it is only disconnected if
                it accepts no data for ``WEBSOCKET_SEND_TIMEOUT`` seconds.

        Raises:
            TypeError: the message is neither str nor bytes.
            ValueError: `binary` is False, and the bytes are not UTF-8.
        """
        # Receive first, so that a view which only sends still answers Pings and notices a Close. Not if the view has
        # just read: that would cost another system call for each message, and what follows the message that the view
        # is answering must not be processed yet.
        if self._has_just_read:
            self._has_just_read = False
        else:
            self._receive_available()
            if self._shares_thread:
                self._share_thread()
        try:
            self._sender.send_message(message, binary, None if timeout is None else _deadline(timeout))
        except (ConnectionClosed, OSError):
            return False
        return True

    def close(self, code: int | None = None, reason: str | bytes = "") -> None:
        """Start the closing handshake; do nothing if the connection is already closed.

        A thread that is blocked in `send` because the peer does not read returns about a second later.

        Args:
            code: a close code that a server may send; None: 1000.
            reason: at most 123 bytes of UTF-8.

        Raises:
            ValueError: the code or the reason may not be sent; nothing was sent.
        """
        with self._core:
            self._connection.send_close(CloseCode.NORMAL if code is None else code, reason)
        self._sender.flush()

    # State

    def is_open(self) -> bool:
        """Tell whether messages can be sent; process a close that has just arrived, but never wait."""
        self._receive_available()
        return self._connection.state is _OPEN

    @property
    def close_code(self) -> int | None:
        """The peer's close code. 1005: it sent none; 1006: no Close frame; None: it has not closed the connection."""
        return self._connection.close_code

    @property
    def close_reason(self) -> str:
        """The reason in the peer's Close frame, or an empty string."""
        return self._connection.close_reason

    # Receiving, internally: the caller holds _reading, except for _receive_available and _receive_close

    def _next_message(self, deadline: float | None) -> str | bytes | None:
        inbox = self._inbox
        while True:
            if inbox.messages:
                try:
                    return inbox.take()
                except IndexError:  # another thread was faster, see `poll`
                    continue
            if self._connection.state is not _OPEN:
                return None
            if self._connection.pending:
                self._parse(b"")
            else:
                self._receive_some(deadline)
                if self._shares_thread and not inbox.messages:
                    self._share_thread()
            if deadline is not None and monotonic() >= deadline and not inbox.messages:
                return None

    def _receive_some(self, deadline: float | None) -> None:
        """Wait for data until the deadline, and parse the first message in it."""
        seconds = self._keepalive.time_to_wait(deadline)
        if self._sender.has_unsent and self._is_unsent():
            seconds = min(seconds, _RETRY)
        data = self._transport.receive(seconds)
        if data is None:
            self._keep_alive()
        else:
            self._data_received(data)

    def _is_unsent(self) -> bool:
        """Try to send what is queued, and tell whether something is still queued."""
        self._sender.flush()
        return self._sender.has_unsent

    def _data_received(self, data: bytes) -> str | bytes | None:
        self._keepalive.data_received()
        if data:
            return self._parse(data)
        self._sender.lost()
        return None

    def _parse(self, data: bytes) -> str | bytes | None:
        """Parse up to the end of the next message, in `data` or in what the core has buffered.

        Returns:
            The message, which has been put into the queue; None if there is none.
        """
        connection = self._connection
        with self._core:
            closing = connection.state is not _OPEN  # messages after our own Close are dropped
            events = connection.receive_data(data, one_message=True)
        message = None
        for event in events:
            if type(event) is Message:
                self._inbox.completed()
                if not closing:
                    message = event.data
                    self._inbox.messages.append(message)
            elif type(event) is not Pong:
                self._sender.has_unsent = True
        if self._sender.has_unsent:
            self._sender.flush()
        return message

    def _receive_available(self) -> None:
        """Receive and parse what has arrived, for at most one turn; never wait."""
        if not self._connection.tcp_should_end and self._reading.acquire(blocking=False):
            try:
                self._receive_turn()
                if self._sender.has_unsent:
                    self._sender.flush()
            finally:
                self._reading.release()
        if self._pauses_when_polled:
            self._share_thread()

    def _receive_turn(self) -> None:
        messages = octets = 0
        end = monotonic() + _TURN_SECONDS
        while not (self._inbox.is_full or self._connection.tcp_should_end):
            if self._connection.pending:
                message = self._parse(b"")
            elif (data := self._transport.receive(0)) is not None:
                octets += len(data)
                message = self._data_received(data)
            else:
                return
            if message is not None:
                messages += 1
                if not self._inbox.count(message):
                    self._close_for_memory()
            if (messages >= _TURN_MESSAGES or octets >= _TURN_OCTETS) and monotonic() > end:
                return

    def _receive_close(self, deadline: float) -> None:
        """Receive until the peer's Close has arrived; drop everything before it."""
        if not self._reading.acquire(timeout=max(deadline - monotonic(), 0)):
            return
        try:
            while not self._connection.tcp_should_end:
                if self._connection.pending:
                    self._parse(b"")
                else:
                    self._receive_some(deadline)
                if monotonic() >= deadline:
                    return
                if self._shares_thread:
                    self._share_thread()
        finally:
            self._reading.release()

    def _keep_alive(self) -> None:
        """Send a Ping or disconnect the peer, if either is due."""
        step = self._keepalive.next_step()
        if step is Step.GIVE_UP:
            self._sender.abort()
        elif step is Step.PING and not self._sender.has_unsent:
            with self._core, suppress(ConnectionClosed):
                self._connection.send_ping()
            self._sender.flush()

    # Other tasks of the thread, and other connections of the process

    def _share_thread(self) -> None:
        """Let the other tasks of this thread run, every few milliseconds."""
        now = monotonic()
        if now - self._paused_at > _SECONDS_BEFORE_PAUSE:
            self._transport.pause()
            self._paused_at = monotonic()

    def _hold_incomplete(self, octets: int) -> None:
        """Count the memory of an incomplete message; raise Violation if it is too much. The caller holds _core."""
        if not self._inbox.count_incomplete(octets):
            raise Violation(CloseCode.TRY_AGAIN_LATER, _TOO_MUCH_MEMORY)

    def _close_for_memory(self) -> bool:
        """Close the connection with 1013, and drop its messages; never wait. Any thread may call this.

        Returns:
            False if nothing could be dropped, because a thread is just parsing a message.
        """
        if not self._core.acquire(blocking=False):
            return False
        try:
            self._connection.fail(CloseCode.TRY_AGAIN_LATER, _TOO_MUCH_MEMORY)
        finally:
            self._core.release()
        self._inbox.messages.clear()
        self._sender.flush()
        self._transport.end(0)
        return True


def _deadline(timeout: float | None) -> float | None:
    """Return the time, of `time.monotonic`, at which a timeout ends; None if there is no limit."""
    if timeout is None or timeout > _LONGEST_TIMEOUT:
        return None
    return monotonic() + timeout
