"""The traffic of one connection between its transport and the protocol core; refuses to know the view.

Any thread or greenlet may come at any time. Three locks make that right, taken in this order where they
are nested:

``_reading``
    held by whoever takes octets from the transport. A second caller need not wait for it when all it
    wants is that arrivals are noticed: the holder does that.
``_writing``
    held from taking frames out of the core until the transport has them, so that frames go out whole
    and in the order in which the core made them.
``_core``
    held for the calls into the protocol core. Nothing in them lets another greenlet run, so this is a
    lock of the operating system also where gevent has replaced those of `threading`, which take ten
    times as long: a tenth of the time of a short message. The calls are short, but for a large message
    that is compressed or inflated. Then only those wait who want something of the same connection: zlib
    lets other threads run, and greenlets could not run beside it whatever was locked.
"""

from _thread import RLock  # which gevent leaves alone
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic

from .conf import Settings
from .pacing import MessageEnds
from .protocol import CloseCode, Connection, ConnectionClosed, Extension, Limits, Message, Pong, State
from .silence import Silence, Step
from .transport import Transport

__all__ = ["Exchange"]

# A view that never reads must still notice a Close, so what it has not read is kept: up to so many octets,
# of which those received count and those of the messages that they made, which may be a thousand times as
# many. Beyond that the peer's TCP window fills, and its end is noticed by a send that fails.
_BACKLOG = 8 * 1024 * 1024

_OPEN = State.OPEN  # looking into an Enum takes a while, for what happens with every message


class Exchange:
    """Takes octets in and messages out of them; sends what the core has queued."""

    def __init__(self, transport: Transport, settings: Settings, extensions: Sequence[Extension], early: bytes) -> None:
        self._transport = transport
        self._connection = Connection(Limits(max_message_size=settings.max_message_size), extensions)
        self._legacy = settings.legacy_bytes
        self._silence = Silence(settings.ping_interval, settings.ping_timeout)
        self._messages: deque[str | bytes] = deque()
        self._ends = MessageEnds()
        self._octets = early  # received and not yet given to the core, from index _at on
        self._at = 0
        self._backlog = 0
        self._unsent = False
        self._reading = transport.new_lock()
        self._writing = transport.new_lock()
        self._core = RLock()

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
        data = self._transport.receive(self._silence.patience(deadline))
        if data is None:
            self._bear_silence()
            return deadline is None or monotonic() < deadline
        self._received(data)
        self._advance()
        return True

    def _received(self, data: bytes) -> None:
        self._silence.broken()
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
        while self._octets and self._backlog < _BACKLOG:
            self._advance()

    def _give_core(self, octets: bytes) -> None:
        connection = self._connection
        self._backlog += len(octets)
        with self._core:
            unasked = connection.state is not _OPEN  # behind our own Close nobody reads any more
            events = connection.receive_data(octets)
        for event in events:
            if type(event) is Message:
                if not unasked:
                    data = event.data
                    self._backlog += len(data)
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
            if not self._messages:
                self._backlog = 0
            self._advance_all()
            while self._backlog < _BACKLOG and not self._connection.tcp_should_end:
                if (data := self._transport.receive(0)) is None:
                    break
                self._received(data)
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

    def _bear_silence(self) -> None:
        step = self._silence.next_step()
        if step is Step.GIVE_UP:
            self._give_up()
        elif step is Step.PING:
            with self._core, suppress(ConnectionClosed):
                self._connection.send_ping()
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

    def _flush_last(self, patience: float) -> None:
        """Do the same at the end, when what was left to another thread would come too late."""
        if self._writing.acquire(timeout=patience):
            try:
                if self._unsent:
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
            self._transport.end_sending(peer_is_sending=self._connection.close_code == CloseCode.ABNORMAL)

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

    def _lose(self) -> None:
        """Take note that nothing will come or go any more."""
        with self._core:
            self._connection.receive_eof()

    def _give_up(self) -> None:
        self._lose()
        self._transport.end(0)
