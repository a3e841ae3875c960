"""Send the frames of one connection to a peer that may take them slowly, or not at all.

Frames go out whole and in the order in which the protocol core made them: who takes frames out of the core holds
`_writing` until the transport has them, or the rest of them is kept here. A thread that sends a message waits until
the peer has taken it. Nobody waits to answer a Ping or a Close: what the peer does not take stays here or in the core,
which bounds what it queues, and is tried again.
"""

from contextlib import suppress
from math import inf
from time import monotonic
from typing import Any

from .protocol import CloseCode, Connection, State
from .transport import Transport

__all__ = ["Sender"]

# Seconds. A thread that waits for its peer looks so often whether the connection is to be closed meanwhile.
_SLICE = 0.5

# Seconds for which a peer may take nothing of what is sent once the connection is closing.
_PATIENCE_AT_THE_END = 1.0

_OPEN = State.OPEN
_NOTHING = memoryview(b"")


class Sender:
    """The sending half of one connection.

    Args:
        transport: where the octets go.
        connection: the protocol core, where the frames come from.
        core: the lock for calls into the core.
        patience: seconds for which the peer may take nothing; then the connection is lost. None: no limit.

    Attributes:
        has_unsent: frames are queued, or the peer has not taken all of one: `flush` is to be called again.
    """

    def __init__(self, transport: Transport, connection: Connection, core: Any, patience: float | None) -> None:
        self.has_unsent = False
        self._transport = transport
        self._connection = connection
        self._core = core
        self._patience = inf if patience is None else patience
        self._writing = transport.new_lock()
        self._rest = _NOTHING  # what the transport has not taken of what was taken from the core
        self._progress_at = 0.0  # when the transport last took something, while there is a rest

    # What the application sends

    def send_handshake(self, octets: bytes) -> None:
        """Send the server's opening handshake.

        Raises:
            OSError: the client has left, or does not receive.
        """
        with self._writing:
            self._write(octets)
            self._wait_for_peer(None)

    def send_message(self, message: str | bytes, binary: bool | None, deadline: float | None) -> None:
        """Send one message, and wait until the transport has taken all of it.

        Args:
            message: see `Connection.send_message`.
            binary: see `Connection.send_message`.
            deadline: a time of `time.monotonic`, after which the connection is given up; None: no deadline.

        Raises:
            ConnectionClosed: the connection is not open.
            OSError: it broke, or was given up since the peer does not receive.
            TypeError: see `Connection.send_message`.
            ValueError: see `Connection.send_message`.
        """
        if deadline is None:
            self._writing.acquire()
        elif not self._writing.acquire(timeout=max(deadline - monotonic(), 0)):
            self.abort()
            raise TimeoutError("another message to this peer takes too long")
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
        """Send what the core has queued, as far as the peer takes it at once; never wait.

        If a thread is sending right now, it does this when it has finished.
        """
        self.has_unsent = True
        while self.has_unsent and self._writing.acquire(blocking=False):
            try:
                if not self._send_queued():
                    return
            finally:
                self._writing.release()

    def send_rest(self, deadline: float) -> None:
        """Send what the core has queued; wait for a thread that is sending, and for the peer.

        Args:
            deadline: a time of `time.monotonic`.
        """
        if not self._writing.acquire(timeout=max(deadline - monotonic(), 0)):
            return
        try:
            while self.has_unsent and not self._send_queued():
                with suppress(OSError):  # it was given up, and nothing is left to send
                    self._wait_for_peer(deadline)
        finally:
            self._writing.release()

    # The end

    def lost(self) -> None:
        """Mark the connection as closed: nothing will come or go any more."""
        with self._core:
            self._connection.receive_eof()

    def abort(self) -> None:
        """Give the connection up. All threads that wait for it are woken."""
        self.lost()
        self._transport.end(0)

    def wait_until_idle(self) -> Any:
        """Return a context manager that waits until no thread is sending, and keeps others from it."""
        return self._writing

    # Inside; the caller holds _writing

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
        """Wait until the transport has taken the rest.

        Raises:
            OSError: the connection broke, or was given up.
        """
        while self._rest:
            now = monotonic()
            end = self._progress_at + self._limit()
            if deadline is not None:
                end = min(end, deadline)
            if now >= end:
                self._give_up()
                raise TimeoutError("the peer does not receive")
            self._wait(min(end - now, _SLICE))
            self._write(b"")

    def _limit(self) -> float:
        """Return for how many seconds the peer may take nothing."""
        if self._connection.state is _OPEN:
            return self._patience
        return min(self._patience, _PATIENCE_AT_THE_END)

    def _write(self, data: bytes | memoryview) -> None:
        """Let the transport take the rest and then the data, as far as it does so at once."""
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
            # The thread is being ended in the middle of a frame, so no other frame may follow.
            self._give_up()

    def _give_up(self) -> None:
        self._rest = _NOTHING
        self.has_unsent = False
        self.abort()
