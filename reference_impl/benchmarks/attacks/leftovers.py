"""What a server is left with by a connection: descriptors, threads, lines of log."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from .attacked import Attacked, Figures
from .client import Client, frame
from .measures import Held, until

__all__ = ["WAYS", "leftovers"]

_SETTLED_WITHIN = 5.0  # seconds


def leftovers(site: Attacked) -> Figures:
    """Count what each way to end leaves behind."""
    ends = {name: left_by(site, way) for name, way in WAYS.items()}
    return {
        f"{name}: descriptors, threads, lines": f"{left.descriptors}, {left.threads}, {left.log_lines}"
        for name, left in ends.items()
    }


def left_by(site: Attacked, way: Callable[[Attacked], None]) -> Held:
    """Return how many descriptors, threads and lines of log there are more than before."""
    way(site)  # whatever is made once is made now
    site.page("/health")
    until(lambda: False, 0.5)
    before = site.held()
    way(site)
    site.page("/health")
    until(lambda: site.held().descriptors <= before.descriptors, _SETTLED_WITHIN)
    after = site.held()
    return Held(
        after.descriptors - before.descriptors,
        after.threads - before.threads,
        after.log_lines - before.log_lines,
    )


def _refused(site: Attacked) -> None:
    client = Client(site.port, "/echo", tls=site.tls, fields="Origin: http://elsewhere.example\r\n")
    assert client.status == 403, client.status
    client.close()


def _violation(site: Attacked) -> None:
    client = site.open("/echo")
    client.send(frame(3))  # an opcode that is reserved
    client.drain()
    client.close()


def _vanished(site: Attacked) -> None:
    client = site.open("/echo")
    client.send(frame(1, b"hello"))
    with suppress(OSError):
        client.message()
    client.vanish()


WAYS: dict[str, Callable[[Attacked], None]] = {
    "violation": _violation,
    "vanished client": _vanished,
    "refused handshake": _refused,
}
