"""Send the same bytes over and over in a thread, while the play goes on."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Iterator
from contextlib import suppress

from wsconform.script.playing.tcp import Line

__all__ = ["SendingThread"]

#: Bytes that are sent at once; others may send on the same connection in between.
_AT_ONCE = 1 << 16
_LOOK = 20  # milliseconds until it is seen that the thread has to end


class SendingThread:
    """Sends rounds on a connection until all are sent, the other side is gone, or it is stopped."""

    def __init__(self, line: Line, round_: bytes, count: int, last: bytes = b"", *, drain: bool = False) -> None:
        """Begin to send.

        Args:
            line: an open connection, which is not closed before `stop`.
            round_: what is sent in each round, never mixed with what others send.
            count: rounds.
            last: what is sent behind them.
            drain: receive and forget what comes, also when all is sent; nobody else may receive then.
        """
        self._line, self._round, self._count, self._last, self._drain = line, round_, count, last, drain
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="flood", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread, wherever it is."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        with suppress(OSError):
            for part in self._parts():
                with self._line.sending:
                    if not self._send(self._line.wrapped(part)):
                        return
            while self._drain and not self._stopped.is_set():
                self._wait(0)

    def _parts(self) -> Iterator[bytes]:
        rounds = max(1, _AT_ONCE // len(self._round))
        whole, rest = divmod(self._count, rounds)
        part = self._round * rounds
        for _ in range(whole):
            yield part
        if rest or self._last:
            yield self._round * rest + self._last

    def _send(self, data: bytes) -> bool:
        """Send bytes, of which the connection may take a part at a time; return whether all were sent."""
        left = memoryview(data)
        while left and not self._stopped.is_set():
            if self._wait(select.POLLOUT):
                with suppress(BlockingIOError):
                    left = left[os.write(self._line.fileno(), left) :]
        return not left

    def _wait(self, for_: int) -> bool:
        """Wait a moment until the connection is ready; forget what has come if that is wanted."""
        poll = select.poll()
        poll.register(self._line.fileno(), for_ | (select.POLLIN if self._drain else 0))
        ready = dict(poll.poll(_LOOK)).get(self._line.fileno(), 0)
        if self._drain and ready & select.POLLIN and not self._line.discard():
            self._drain = False
        return bool(ready & (for_ | select.POLLERR | select.POLLHUP))
