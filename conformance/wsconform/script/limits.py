"""Time limits and size limits of plays."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LARGEST", "MOST_FRAMES", "STRAY_KEPT", "Limits"]

#: Maximum bytes of a response or a message; no right answer is longer.
LARGEST = 4 << 20
#: Bytes outside any frame that are kept.
STRAY_KEPT = 1 << 16
#: Frames before the end of a connection that are named.
MOST_FRAMES = 1000


@dataclass(frozen=True, slots=True)
class Limits:
    """Time limits in seconds, before scaling.

    Attributes:
        scale: factor for all of them, for slow machines.
        connect: for TCP and TLS to be established.
        answer: for each expected event.
        let_go: for the server to release a connection that we have closed.
        resources: for threads and descriptors to be freed.
        stop: in addition to the time that the server has to stop.
        quiet: without a new log line before the log is read; later complaints are missed.
    """

    scale: float = 1.0
    connect: float = 5.0
    answer: float = 5.0
    let_go: float = 5.0
    resources: float = 10.0
    stop: float = 3.0
    quiet: float = 0.05
