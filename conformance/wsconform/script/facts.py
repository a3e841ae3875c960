"""What players must know of the server that they talk to."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

__all__ = ["LoggedServer", "ServerFacts"]


class LoggedServer(Protocol):
    """A server with the site on it, and its log."""

    @property
    def host(self) -> str:
        """The address that it listens on."""

    @property
    def port(self) -> int:
        """The port that it listens on."""

    @property
    def authority(self) -> Path | None:
        """The only certificate to trust; None where it speaks no TLS."""

    def alive(self) -> bool:
        """Whether its process is there."""

    def log_size(self) -> int:
        """How many bytes it has printed so far."""

    def log_text(self, start: int = 0) -> str:
        """What it has printed from that byte on; of very much, only the first part."""


class ServerFacts(LoggedServer, Protocol):
    """A server whose processes can be looked at; what cannot be known on this system is None."""

    @property
    def url(self) -> str:
        """Where messages are echoed, as ws:// or wss://."""

    @property
    def stop_within(self) -> float:
        """Seconds that it is given for stopping."""

    @property
    def closes_gracefully(self) -> bool:
        """Whether it lets views end when it is stopped."""

    def threads(self) -> int | None:
        """How many threads its processes have."""

    def processes(self) -> tuple[int, ...] | None:
        """Ids of its processes."""

    def descriptors(self) -> int | None:
        """How many files and sockets its processes have open."""

    def memory_peak(self) -> int | None:
        """How many bytes of memory its processes had at most since `forget_memory_peak`."""

    def forget_memory_peak(self) -> None:
        """Begin anew with the peak, where the system can."""

    def holds(self, peer_port: int) -> bool | None:
        """Whether one of its processes still has the connection to that port of ours."""

    def terminate(self) -> None:
        """Send SIGTERM to its own process."""

    def wait_ended(self, within: float) -> bool:
        """Wait until all its processes have gone; whether they had in that many seconds."""
