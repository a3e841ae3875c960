"""A flood of tiny messages to one view: how long do the clients of another wait?"""

from __future__ import annotations

import statistics
import threading
import time

from .attacked import Attacked, Figures
from .client import TEXT, frame

__all__ = ["fairness"]

_TINY = frame(TEXT, b"a")
_FLOOD = _TINY * ((8 << 20) // len(_TINY))
_SECONDS = 6.0
_VIEWS = {"counts": "/counts", "echoes": "/echo", "sends": "/sends"}


def fairness(site: Attacked) -> Figures:
    """Measure the round trips of a second client while a first one floods views of three kinds."""
    figures: dict[str, object] = {"idle, median, ms": 1000 * statistics.median(_round_trips(site, 0.5))}
    for name, path in _VIEWS.items():
        flooder = site.open(path)
        threads = [
            threading.Thread(target=flooder.send, args=(_FLOOD,), daemon=True),
            threading.Thread(target=flooder.drain, daemon=True),
        ]
        for thread in threads:
            thread.start()
        trips = _round_trips(site, _SECONDS)
        flooder.hang_up()
        for thread in threads:  # until they have ended, the descriptor must not become another connection's
            thread.join()
        flooder.vanish()
        figures[f"{name}, worst, ms"] = 1000 * max(trips)
        figures[f"{name}, median, ms"] = 1000 * statistics.median(trips)
    return figures


def _round_trips(site: Attacked, seconds: float) -> list[float]:
    """Return what each echo took, one after the other."""
    began = time.monotonic()
    client = site.open("/echo")  # a handshake that has to wait is a round trip, too
    trips = [time.monotonic() - began]
    while time.monotonic() - began < seconds:
        start = time.monotonic()
        client.send(frame(TEXT, b"?"))
        client.message()
        trips.append(time.monotonic() - start)
        time.sleep(0.002)
    client.close()
    return trips
