"""What a raw play must know of the server that it talks to, whoever started it."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

__all__ = ["ServerFacts"]


class ServerFacts(Protocol):
    """A server that runs; what cannot be known on this system is None."""

    @property
    def host(self) -> str:
        """The address that it listens on."""

    @property
    def port(self) -> int:
        """The port."""

    @property
    def url(self) -> str:
        """Where messages are echoed, as ws:// or wss://."""

    @property
    def authority(self) -> Path | None:
        """The certificate that is trusted, for wss://."""

    @property
    def stop_within(self) -> float:
        """Seconds that it is given for stopping."""

    @property
    def closes_gracefully(self) -> bool:
        """Whether it lets views end when it is stopped."""

    def alive(self) -> bool:
        """Whether its process is there."""

    def log_size(self) -> int:
        """How many octets it has printed so far."""

    def log_text(self, start: int = 0) -> str:
        """What it has printed from that octet on, of very much the first part."""

    def threads(self) -> int | None:
        """Threads of all its processes."""

    def processes(self) -> tuple[int, ...] | None:
        """Ids of its processes."""

    def descriptors(self) -> int | None:
        """Files and sockets that its processes have open."""

    def holds(self, peer_port: int) -> bool | None:
        """Whether one of its processes still has the connection to that port of ours."""

    def terminate(self) -> None:
        """Send SIGTERM to its own process."""

    def wait_ended(self, within: float) -> bool:
        """Wait until all its processes have gone; whether they had in so many seconds."""
