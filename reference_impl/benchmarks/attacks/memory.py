"""Memory: messages that are small on the wire and large in a process, and messages that nobody reads."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack, suppress

from .attacked import Attacked, Figures
from .client import TEXT, Client, compressed, frame
from .measures import peak_growth

__all__ = ["backlog", "bomb", "one_bomb"]

_MIB = 1 << 20
_AT_ONCE = 16
_UNFINISHED = 20
_FLOOD = 8 * _MIB
_TINY = frame(TEXT, b"ab")


def bomb(site: Attacked) -> Figures:
    """Send texts of the largest size, compressed to a thousandth: one, many at once, many without an end."""
    payload = _payload(site.limit)
    return {
        "octets on the wire": len(payload),
        "octets of the message": site.limit,
        "one, MiB": one_bomb(site),
        f"{_AT_ONCE} at once, MiB": _many(site, payload, _AT_ONCE, fin=True),
        f"{_UNFINISHED} unfinished, MiB": _many(site, payload, _UNFINISHED, fin=False),
    }


def _payload(limit: int) -> bytes:
    """Return a text of that many octets, compressed; one emoji makes Python take four octets for each character."""
    return compressed(b"a" * (limit - 4) + "😀".encode())


def one_bomb(site: Attacked) -> float:
    """Return by how many MiB the server grows at most by one text."""
    data = frame(TEXT, _payload(site.limit), compressed=True)
    with peak_growth(site.pid) as growth:
        client = site.open_compressed("/measures")
        client.send(data)
        _answered(client)
        client.close()
    return growth.octets / _MIB


def _many(site: Attacked, payload: bytes, number: int, *, fin: bool) -> float | None:
    data = frame(TEXT, payload, fin=fin, compressed=True)
    with ExitStack() as stack, peak_growth(site.pid) as growth:
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
    client = site.open("/busy")
    flood = _TINY * (_FLOOD * 4 // len(_TINY))
    with peak_growth(site.pid) as growth:
        sender = threading.Thread(target=client.send, args=(flood, site.patience), daemon=True)
        sender.start()
        _until_idle(site)
    client.close()
    return {"unread messages of 2 octets, MiB": growth.octets / _MIB, "sent before, MiB": len(flood) / _MIB}


def _until_idle(site: Attacked) -> None:
    """Wait until the server takes hardly any processor time."""
    last = time.monotonic() + site.patience
    time.sleep(1)
    while time.monotonic() < last:
        before = site.cpu_seconds()
        time.sleep(0.5)
        if site.cpu_seconds() - before < 0.1:
            return
