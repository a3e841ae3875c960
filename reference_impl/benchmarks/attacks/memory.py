"""Memory: messages that are small on the wire and large in a process, and messages that nobody reads."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack, suppress

from .attacked import Attacked, Figures
from .client import TEXT, Client, compressed, frame
from .measures import peak_growth, resident

__all__ = ["backlog", "backlog_growth", "bomb"]

_MIB = 1 << 20
_AT_ONCE = 16
_UNFINISHED = 20
_FLOOD = 32 * _MIB  # octets, more than is kept for a view
_STEADY = 64 * 1024  # octets; a smaller change is none
_TINY = frame(TEXT, b"ab")


def bomb(site: Attacked) -> Figures:
    """Send texts of the largest size, compressed to a thousandth: one, many at once, many without an end."""
    payload, since = _payload(site.limit), resident(site.pid)
    return {
        "octets on the wire": len(payload),
        "octets of the message": site.limit,
        "one, MiB": _many(site, payload, 1, since, fin=True),
        f"{_AT_ONCE} at once, MiB": _many(site, payload, _AT_ONCE, since, fin=True),
        f"{_UNFINISHED} unfinished, MiB": _many(site, payload, _UNFINISHED, since, fin=False),
    }


def _payload(limit: int) -> bytes:
    """Return a text of that many octets, compressed; one emoji makes Python take four octets for each character."""
    return compressed(b"a" * (limit - 4) + "😀".encode())


def _many(site: Attacked, payload: bytes, number: int, since: int, *, fin: bool) -> float | None:
    data = frame(TEXT, payload, fin=fin, compressed=True)
    with ExitStack() as stack, peak_growth(site.pid, since) as growth:
        try:
            clients = [site.open_compressed("/measures") for _ in range(number)]
        except OSError:
            return None
        for client in clients:
            stack.callback(client.close)
            client.send(data)
        for client in clients:
            _answered(client) if fin else client.pinged(site.patience)
    return growth.octets / _MIB


def _answered(client: Client) -> None:
    with suppress(OSError):  # refusing is an answer, too
        client.message()


def backlog(site: Attacked) -> Figures:
    """Flood a view that asks whether it is closed, and reads nothing."""
    return {"unread messages of 2 octets, MiB": backlog_growth(site)}


def backlog_growth(site: Attacked) -> float:
    """Return by how many MiB the server grows at most by messages that its view does not read."""
    client = site.open("/busy")
    flood = _TINY * (_FLOOD // len(_TINY))
    with peak_growth(site.pid) as growth:
        sender = threading.Thread(target=client.send, args=(flood, site.patience), daemon=True)
        sender.start()
        _wait_for_end_of_growth(site)
    client.close()
    return growth.octets / _MIB


def _wait_for_end_of_growth(site: Attacked) -> None:
    """Wait until the server's memory has been the same for some time."""
    last = time.monotonic() + site.patience
    before, now = -1, resident(site.pid)
    while abs(now - before) > _STEADY and time.monotonic() < last:
        time.sleep(2)
        before, now = now, resident(site.pid)
