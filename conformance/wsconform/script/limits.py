"""How long plays wait for what."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LARGEST", "MOST_FRAMES", "STRAY_KEPT", "Limits"]

#: Bytes of a response or a message; no case leads to more.
LARGEST = 4 << 20
#: Bytes that belong to no frame, as many as are kept.
STRAY_KEPT = 1 << 16
#: Frames before the end of a connection, as many as are named.
MOST_FRAMES = 1000


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, before scaling.

    Attributes:
        scale: multiplies them all, for slow machines.
        connect: for TCP and TLS to be there.
        answer: for what must come next.
        let_go: for the server to let go of a connection that we have closed.
        resources: for threads and descriptors to be given back.
        stop: beyond what the server is given for stopping.
        quiet: without a new line in the log before it is read; a complaint that comes later goes unseen.
    """

    scale: float = 1.0
    connect: float = 5.0
    answer: float = 5.0
    let_go: float = 5.0
    resources: float = 10.0
    stop: float = 3.0
    quiet: float = 0.05
