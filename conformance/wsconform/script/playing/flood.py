"""Send the same bytes repeatedly in a thread, during other steps."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Iterator
from contextlib import suppress

from wsconform.script.playing.tcp import Line

__all__ = ["SendingThread"]

#: Bytes that are sent at a time; other threads may send on the same connection in between.
_AT_ONCE = 1 << 16
_LOOK = 20  # milliseconds between checks if the thread must end


class SendingThread:
    """Sends rounds on a connection until all are sent, the server is gone, or it is stopped."""

    def __init__(self, line: Line, round_: bytes, count: int, last: bytes = b"", *, drain: bool = False) -> None:
        """Start to send.

        Args:
            line: an open connection, which is not closed before `stop`.
            round_: the bytes of each round, never interleaved with other data.
            count: number of rounds.
            last: the bytes after the last round.
            drain: receive and discard data, even after everything is sent; no other thread may receive then.
        """
        self._line, self._round, self._count, self._last, self._drain = line, round_, count, last, drain
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="flood", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread at once."""
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
        """Send bytes, in parts if necessary; return whether all were sent."""
        left = memoryview(data)
        while left and not self._stopped.is_set():
            if self._wait(select.POLLOUT):
                with suppress(BlockingIOError):
                    left = left[os.write(self._line.fileno(), left) :]
        return not left

    def _wait(self, for_: int) -> bool:
        """Wait briefly until the connection is ready; discard received data if requested."""
        poll = select.poll()
        poll.register(self._line.fileno(), for_ | (select.POLLIN if self._drain else 0))
        ready = dict(poll.poll(_LOOK)).get(self._line.fileno(), 0)
        if self._drain and ready & select.POLLIN and not self._line.discard():
            self._drain = False
        return bool(ready & (for_ | select.POLLERR | select.POLLHUP))
