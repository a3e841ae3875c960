"""The server's side of one WebSocket connection, after the opening handshake (RFC 6455 sections 5 to 7).

``receive_data`` turns octets into events; ``send_message`` and ``data_to_send`` turn messages into octets. Pong and
Close, the answers that the protocol requires, are queued automatically.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .closing import close_payload, read_close
from .codes import CloseCode, Opcode, State
from .errors import ConnectionClosed, Violation
from .events import CloseReceived, Event, Failed, Ping, Pong
from .extensions import Extension
from .frames import FIN, MAX_CONTROL_PAYLOAD, as_octets, frame
from .limits import Limits
from .reader import Reader

__all__ = ["Connection"]

OPEN, CLOSING, CLOSED = State.OPEN, State.CLOSING, State.CLOSED
_TEXT = FIN | Opcode.TEXT
_BINARY = FIN | Opcode.BINARY
_MAX_PONGS = 256

# A Close is answered with its own code, except for 1010, which only clients send (RFC 6455 section 7.4.1).
_ANSWERS: dict[int, bytes] = {CloseCode.MANDATORY_EXTENSION: close_payload(CloseCode.NORMAL)}
_DEFAULT_LIMITS = Limits()


class Connection:
    """The state of one open connection, on the server's side.

    Args:
        limits: limits for what the peer sends.
        extensions: the extensions agreed in the opening handshake (``Accepted.extensions``).
        early: octets received after the opening handshake. The first call of ``receive_data`` parses them.
        hold: called with the bytes of memory that an incomplete message takes or is about to take, if that is
            more than 1 MiB. It raises ``Violation`` if that is too much for this process.

    Attributes:
        state: initially ``OPEN``; ``CLOSING`` after our Close frame; ``CLOSED`` after both Close frames, a failure,
            or the end of TCP.
        close_code: the received code (1005: a Close frame without code); 1006: the connection failed or was lost
            without a Close frame; ``None``: it has not ended.
        close_reason: the received reason.
        pending: octets are buffered that have not been parsed: call ``receive_data(b"")`` before waiting for more.
        tcp_should_end: send what is queued, then close TCP (RFC 6455 section 7.1.1: the server closes first).

    """

    def __init__(
        self,
        limits: Limits = _DEFAULT_LIMITS,
        extensions: Sequence[Extension] = (),
        early: bytes = b"",
        hold: Callable[[int], None] | None = None,
    ) -> None:
        self.state = OPEN
        self.pending = bool(early)
        self.close_code: int | None = None
        self.close_reason = ""
        self._extensions = tuple(extensions)
        self._reader = Reader(limits, self._extensions, self._take_control, early, hold)
        self._queue: list[bytes] = []
        self._pongs = 0
        self._newest_pong = 0

    @property
    def tcp_should_end(self) -> bool:
        """Whether to close TCP as soon as ``data_to_send`` is sent."""
        return self.state is CLOSED

    # Receiving

    def receive_data(self, data: bytes, *, one_message: bool = False) -> list[Event]:
        """Parse octets from the peer and return the events that they complete. Octets may be split anywhere.

        Never raises an error for what a peer sends: if the peer breaks a rule, the last event is ``Failed``. After
        that, or after a Close, octets are ignored (RFC 6455 sections 5.5.1 and 7.1.7).

        Args:
            data: the next octets; may be empty if ``pending``.
            one_message: return at most one message, as the last event. Octets that follow it are buffered, neither
                parsed nor answered before the next call; ``pending`` is then True.

        """
        if self.state is CLOSED:
            return []
        reader = self._reader
        try:
            if reader.idle:
                message = reader.whole_message(data)
                if message is not None:
                    return [message]
        except Violation as violation:
            return [self._failed(violation)]
        events: list[Event] = []
        try:
            reader.feed(data, events, one_message=one_message)
        except Violation as violation:
            events.append(self._failed(violation))
        else:
            self.pending = reader.pending
        return events

    def _failed(self, violation: Violation) -> Failed:
        self.fail(violation.code, violation.reason)
        return Failed(violation.code, violation.reason)

    def receive_eof(self) -> list[Event]:
        """Handle the end of TCP. Returns a ``CloseReceived`` with 1006 if there was no Close frame before."""
        if self.state is CLOSED:
            return []
        self._end(CloseCode.ABNORMAL, "")
        return [CloseReceived(CloseCode.ABNORMAL, "")]

    def _take_control(self, opcode: int, payload: bytes) -> Event:
        return _CONTROL[opcode](self, payload)

    def _take_ping(self, payload: bytes) -> Event:
        self._queue_pong(frame(FIN | Opcode.PONG, payload))
        return Ping(payload)

    def _take_pong(self, payload: bytes) -> Event:
        return Pong(payload)

    def _take_close(self, payload: bytes) -> Event:
        code, reason = read_close(payload)
        if self.state is OPEN:
            self._queue.append(frame(FIN | Opcode.CLOSE, _ANSWERS.get(code, payload[:2])))
        self._end(code, reason)
        return CloseReceived(code, reason)

    def _queue_pong(self, pong: bytes) -> None:
        # A peer that sends Pings and never reads must not fill our memory: when too many
        # Pongs are queued, only the newest Ping is answered (RFC 6455 section 5.5.3).
        if self._pongs < _MAX_PONGS:
            self._pongs += 1
            self._newest_pong = len(self._queue)
            self._queue.append(pong)
        else:
            self._queue[self._newest_pong] = pong

    def _end(self, code: int, reason: str) -> None:
        self.state = CLOSED
        self.close_code = code
        self.close_reason = reason
        self.pending = False
        del self._reader  # breaks a reference cycle, which would keep memory until the garbage collector runs
        self._extensions = ()  # they may hold much memory

    # Sending

    def data_to_send(self) -> bytes:
        """Take all octets that are queued for the peer out of the queue and return them."""
        queue = self._queue
        self._pongs = 0
        if len(queue) == 1:
            return queue.pop()
        data = b"".join(queue)
        queue.clear()
        return data

    def send_message(self, message: str | bytes, *, binary: bool | None = None) -> None:
        """Queue a message as one frame.

        Args:
            message: ``str`` or bytes.
            binary: ``True``: send a binary message; ``False``: text; ``None``: text for ``str``, binary for bytes.

        Raises:
            ConnectionClosed: a Close frame was sent or received, or the connection was lost.
            ValueError: the message is to be sent as text, and is not UTF-8.
            TypeError: the message is neither ``str`` nor bytes.

        """
        if self.state is not OPEN:
            raise ConnectionClosed("the connection is not open")
        if isinstance(message, str):
            first = _BINARY if binary else _TEXT
            payload = message.encode()
        else:
            first = _TEXT if binary is False else _BINARY
            payload = as_octets(message)
            if first == _TEXT:
                payload.decode()
        if self._extensions:
            first, payload = self._encoded(first, payload)
        self._queue.append(frame(first, payload))

    def _encoded(self, first: int, payload: bytes) -> tuple[int, bytes]:
        for extension in self._extensions:
            encoded = extension.encode(payload)
            if encoded is not None:
                first, payload = first | extension.reserved, encoded
        return first, payload

    def send_ping(self, payload: bytes = b"") -> None:
        """Queue a Ping; raises ``ValueError`` over 125 octets, and ``ConnectionClosed`` like ``send_message``."""
        self._send_control(Opcode.PING, payload)

    def send_pong(self, payload: bytes = b"") -> None:
        """Queue an unsolicited Pong (RFC 6455 section 5.5.3); raises the same errors as ``send_ping``."""
        self._send_control(Opcode.PONG, payload)

    def _send_control(self, opcode: Opcode, payload: bytes) -> None:
        payload = as_octets(payload)
        if len(payload) > MAX_CONTROL_PAYLOAD:
            raise ValueError(f"a control frame may carry at most {MAX_CONTROL_PAYLOAD} bytes, not {len(payload)}")
        if self.state is not OPEN:
            raise ConnectionClosed("the connection is not open")
        self._queue.append(frame(FIN | opcode, payload))

    def send_close(self, code: int | None = None, reason: str | bytes = "") -> None:
        """Start the closing handshake; does nothing if a Close was sent or the connection has ended.

        Args:
            code: the close code. ``None``: 1000 if there is a reason; otherwise the Close frame is empty.
            reason: at most 123 bytes of UTF-8.

        Raises:
            ValueError: the code or the reason may not be sent; nothing is queued.

        """
        payload = close_payload(code, reason)
        if self.state is OPEN:
            self._queue.append(frame(FIN | Opcode.CLOSE, payload))
            self.state = CLOSING

    def fail(self, code: int, reason: str | bytes = "") -> None:
        """Fail the connection (RFC 6455 section 7.1.7): queue a Close frame if none was sent, then TCP ends.

        Raises:
            ValueError: like ``send_close``.

        """
        self.send_close(code, reason)
        if self.state is not CLOSED:
            self._end(CloseCode.ABNORMAL, "")


_CONTROL: dict[int, Callable[[Connection, bytes], Event]] = {
    Opcode.PING: Connection._take_ping,
    Opcode.PONG: Connection._take_pong,
    Opcode.CLOSE: Connection._take_close,
}
