"""What one client can cost: the rows of the README's table of that name, each with the function that measures it.

Figures are upper bounds for any server, so the README has the larger of those of a threaded and a gevent server.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from .attacked import Attacked, Figures
from .client import BINARY, TEXT, Client, compressed, frame
from .leftovers import WAYS, left_by
from .measures import peak_growth, resident, until
from .memory import backlog_growth
from .processor import COSTS_OF_OCTETS

__all__ = ["ROWS", "costs"]

_MIB = 1 << 20
_IDLE = 20  # connections

Numbers = tuple[float, ...]


def costs(site: Attacked) -> Figures:
    """Measure all rows."""
    return {label: " / ".join(f"{number:.3g}" for number in measure(site)) for label, measure in ROWS.items()}


def _largest_message(site: Attacked) -> Numbers:
    text = b"a" * (site.limit - 4) + "😀".encode()  # one such makes Python take four octets for each character
    frames = (
        frame(BINARY, bytes(site.limit)),
        frame(TEXT, text),
        frame(TEXT, compressed(text), compressed=True),
    )
    since = resident(site.pid)
    return tuple(_growth_by(site, each, since) for each in frames)


def _growth_by(site: Attacked, message: bytes, since: int) -> float:
    with peak_growth(site.pid, since) as growth:
        client = site.open_compressed("/measures")
        client.send(message)
        client.message()
        client.close()
    return growth.octets / _MIB


def _unread(site: Attacked) -> Numbers:
    return (backlog_growth(site),)


def _idle_connection(site: Attacked) -> Numbers:
    _open(site, 1)[0].close()
    before = site.held()
    with ExitStack() as stack, peak_growth(site.pid) as growth:
        for client in _open(site, _IDLE):
            stack.callback(client.close)
        now = site.held()
    threads, descriptors = now.threads - before.threads, now.descriptors - before.descriptors
    until(lambda: site.held().descriptors <= before.descriptors, site.patience)
    return growth.octets / 1024 / _IDLE, threads / _IDLE, descriptors / _IDLE


def _open(site: Attacked, number: int) -> list[Client]:
    clients = [site.open_compressed("/echo") for _ in range(number)]
    for client in clients:
        client.send(frame(TEXT, b"hello"))
        client.message()
    return clients


def _processor(site: Attacked) -> Numbers:
    return tuple(cost(site) for cost in COSTS_OF_OCTETS.values())


def _log_lines(site: Attacked) -> Numbers:
    return tuple(left_by(site, way).log_lines for way in WAYS.values())


ROWS: dict[str, Callable[[Attacked], Numbers]] = {
    "MiB for a message of the maximum size: binary / text / compressed text": _largest_message,
    "MiB for messages that the view does not read": _unread,
    "KiB / threads / file descriptors for an idle connection": _idle_connection,
    "µs of CPU time for each byte: tiny messages / masked payload / decompression bomb / empty DEFLATE blocks": (
        _processor
    ),
    "log lines for a protocol violation / a client that vanishes / a refused handshake": _log_lines,
}
