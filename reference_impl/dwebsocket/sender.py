"""Send the frames of one connection to a peer that may read slowly, or not at all.

Frames are sent whole and in the order in which the protocol core created them: a thread that takes frames out of the
core holds `_writing` until the transport has accepted them, or until the rest is stored here. A thread that sends a
message waits until the transport has accepted it. Answers to a Ping or a Close never wait: if the peer does not read,
they stay here or in the core, which limits its queue, and are retried later.
"""

from contextlib import suppress
from math import inf
from time import monotonic
from typing import Any

from .protocol import CloseCode, Connection, State
from .transport import Transport

__all__ = ["Sender"]

# Seconds. A thread that waits for its peer checks this often whether the connection is being closed.
_SLICE = 0.5

# Seconds for which a peer may accept no data once the connection is closing.
_PATIENCE_AT_THE_END = 1.0

_OPEN = State.OPEN
_NOTHING = memoryview(b"")


class Sender:
    """The sending half of one connection.

    Args:
        transport: sends the octets.
        connection: the protocol core, which creates the frames.
        core: the lock for calls into the core.
        patience: seconds for which the peer may accept no data before it is disconnected. None: no limit.

    Attributes:
        has_unsent: frames are queued or only partly sent: call `flush` again.
    """

    def __init__(self, transport: Transport, connection: Connection, core: Any, patience: float | None) -> None:
        self.has_unsent = False
        self._transport = transport
        self._connection = connection
        self._core = core
        self._patience = inf if patience is None else patience
        self._writing = transport.new_lock()
        self._rest = _NOTHING  # octets taken from the core that the transport has not accepted yet
        self._progress_at = 0.0  # when the transport last accepted something, while there is a rest

    # What the application sends

    def send_handshake(self, octets: bytes) -> None:
        """Send the handshake response.

        Raises:
            OSError: the client has disconnected, or does not read.
        """
        with self._writing:
            self._write(octets)
            self._wait_for_peer(None)

    def send_message(self, message: str | bytes, binary: bool | None, deadline: float | None) -> None:
        """Send one message, and wait until the transport has accepted all of it.

        Args:
            message: see `Connection.send_message`.
            binary: see `Connection.send_message`.
            deadline: a time of `time.monotonic`, after which the peer is disconnected; None: no deadline.

        Raises:
            ConnectionClosed: the connection is not open.
            OSError: the connection is broken, or was ended because the peer does not read.
            TypeError: see `Connection.send_message`.
            ValueError: see `Connection.send_message`.
        """
        if deadline is None:
            self._writing.acquire()
        elif not self._writing.acquire(timeout=max(deadline - monotonic(), 0)):
            self.abort()
            raise TimeoutError("sending an earlier message to this peer takes too long")
        try:
            with self._core:
                self._connection.send_message(message, binary=binary)
                data = self._connection.data_to_send()
            self._write(data)
            if self._rest:
                self._wait_for_peer(deadline)
        finally:
            self._writing.release()
        if self.has_unsent:
            self.flush()

    # What the core has queued

    def flush(self) -> None:
        """Send what the core has queued, as far as the transport accepts it without waiting.

        If another thread is just sending, that thread does this when it has finished.
        """
        self.has_unsent = True
        while self.has_unsent and self._writing.acquire(blocking=False):
            try:
                if not self._send_queued():
                    return
            finally:
                self._writing.release()

    def send_rest(self, deadline: float) -> None:
        """Send what the core has queued; wait for the peer, and for any thread that is sending.

        Args:
            deadline: a time of `time.monotonic`.
        """
        if not self._writing.acquire(timeout=max(deadline - monotonic(), 0)):
            return
        try:
            while self.has_unsent and not self._send_queued():
                with suppress(OSError):  # the peer was disconnected, so nothing is left to send
                    self._wait_for_peer(deadline)
        finally:
            self._writing.release()

    # The end

    def lost(self) -> None:
        """Mark the connection as closed: nothing more is received or sent."""
        with self._core:
            self._connection.receive_eof()

    def abort(self) -> None:
        """Disconnect the peer. Threads that are waiting for it are woken."""
        self.lost()
        self._transport.end(0)

    def wait_until_idle(self) -> Any:
        """Return a context manager that waits until no thread is sending, and prevents sending inside the block."""
        return self._writing

    # Internal; the caller holds _writing

    def _send_queued(self) -> bool:
        """Send without waiting; return whether nothing is left."""
        self.has_unsent = False
        with suppress(OSError):  # the connection is marked as lost
            if self._rest:
                self._write(b"")
            if not self._rest:
                self._write_queued()
        if not self._rest:
            return True
        self.has_unsent = True
        if monotonic() >= self._progress_at + self._limit():
            self._give_up()
        return False

    def _write_queued(self) -> None:
        with self._core:
            data = self._connection.data_to_send()
            ended = self._connection.tcp_should_end
        if data:
            self._write(data)
        if ended and not self._rest:
            self._transport.end_sending(peer_is_sending=self._connection.close_code == CloseCode.ABNORMAL)

    def _wait_for_peer(self, deadline: float | None) -> None:
        """Wait until the transport has accepted the rest.

        Raises:
            OSError: the connection is broken, or was ended because the peer does not read.
        """
        while self._rest:
            now = monotonic()
            end = self._progress_at + self._limit()
            if deadline is not None:
                end = min(end, deadline)
            if now >= end:
                self._give_up()
                raise TimeoutError("the peer does not read")
            self._wait(min(end - now, _SLICE))
            self._write(b"")

    def _limit(self) -> float:
        """Return for how many seconds the peer may accept no data."""
        if self._connection.state is _OPEN:
            return self._patience
        return min(self._patience, _PATIENCE_AT_THE_END)

    def _write(self, data: bytes | memoryview) -> None:
        """Send the rest and then the data, as far as the transport accepts them without waiting."""
        if self._rest:
            data = b"".join((self._rest, data)) if data else self._rest
        try:
            sent = self._transport.send(data)
        except BaseException as error:
            self._broken(error)
            raise
        if sent == len(data):
            self._rest = _NOTHING
            return
        if sent or not self._rest:
            self._progress_at = monotonic()
        self._rest = memoryview(data)[sent:]

    def _wait(self, seconds: float) -> None:
        try:
            self._transport.wait_to_send(seconds)
        except BaseException as error:
            self._broken(error)
            raise

    def _broken(self, error: BaseException) -> None:
        if isinstance(error, OSError):
            self._rest = _NOTHING
            self.lost()
        else:
            # The thread is being ended in the middle of a frame, so no other frame can follow.
            self._give_up()

    def _give_up(self) -> None:
        self._rest = _NOTHING
        self.has_unsent = False
        self.abort()
