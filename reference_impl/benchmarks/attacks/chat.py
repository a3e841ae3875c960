"""A chat with one member that never reads: what do the others hear of each other?"""

from __future__ import annotations

import threading
import time

from .attacked import Attacked, Figures
from .client import TEXT, Client, frame
from .measures import Held, holds_connection, until

__all__ = ["chat"]

_OTHERS = 6
_LARGE = 4_000_000  # octets: more than the kernel buffers for a client that does not read
_SMALL_BUFFER = 2048  # octets


def chat(site: Attacked) -> Figures:
    """Let one of seven be silent, send all a large message, and then let each of the six say something."""
    before = _warmed_up(site)
    silent = site.open("/chat", receive_buffer=_SMALL_BUFFER)
    others = [site.open("/chat") for _ in range(_OTHERS)]
    try:
        began = time.monotonic()
        ears = [_Ear(client, _OTHERS - 1) for client in others]
        others[0].send(frame(TEXT, b"x" * _LARGE))
        for number, client in enumerate(others):
            client.send(frame(TEXT, b"%d" % number))
        asked = time.monotonic()
        page = site.page("/health", site.patience)
        answered = None if page is None else time.monotonic() - asked
        last = began + site.patience
        heard = [ear.heard_all(last) for ear in ears]
        let_go = until(lambda: not holds_connection(site.port, silent.port), max(last - time.monotonic(), 0.1))
        let_go_after = None if let_go is None else time.monotonic() - began
        figures = {
            "all six heard one another after, s": None if None in heard else max(heard) - began,
            "small messages heard, of 30": sum(ear.small for ear in ears),
            "page answered after, s": answered,
            "silent member let go after, s": let_go_after,
        }
    finally:
        for client in others:
            client.close()
    until(lambda: site.held().descriptors <= before.descriptors + 1, 5.0)
    after = site.held()
    silent.close()
    return {
        **figures,
        "descriptors left while it stays": after.descriptors - before.descriptors,
        "threads left while it stays": after.threads - before.threads,
    }


def _warmed_up(site: Attacked) -> Held:
    """Let the server make whatever it makes once, such as the threads of its pool; return what it holds then."""
    first = site.held()
    for client in [site.open("/echo") for _ in range(_OTHERS + 2)]:
        client.close()
    until(lambda: site.held().descriptors <= first.descriptors, 5.0)
    return site.held()


class _Ear(threading.Thread):
    """Hears what a member hears, until it has heard enough small messages."""

    def __init__(self, client: Client, expected: int) -> None:
        super().__init__(daemon=True)
        self._client = client
        self._expected = expected
        self.small = 0
        self._at: float | None = None
        self.start()

    def run(self) -> None:
        """See `threading.Thread.run`."""
        try:
            while self.small < self._expected:
                self.small += len(self._client.message()) < _LARGE
            self._at = time.monotonic()
        except (OSError, ValueError):  # given up
            pass

    def heard_all(self, last: float) -> float | None:
        """Wait until it has heard all, or a time of `time.monotonic` has come; return when it had."""
        self.join(max(last - time.monotonic(), 0))
        return self._at
