"""The facts about a server that players need."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from wsconform.trust import Trust
    from wsconform.wire.opening import Additions

__all__ = ["LoggedServer", "ServerFacts"]


class LoggedServer(Protocol):
    """A server, and its log."""

    @property
    def url(self) -> str:
        """The ws:// or wss:// URL of its echo."""

    @property
    def host(self) -> str:
        """The address that it listens on."""

    @property
    def port(self) -> int:
        """The port that it listens on."""

    @property
    def authority(self) -> Path | None:
        """The only certificate to trust; None without TLS, or if any certificate will do."""

    def alive(self) -> bool:
        """Whether its process is running."""

    def log_size(self) -> int:
        """The size of its log so far, in bytes."""

    def log_text(self, start: int = 0) -> str:
        """Its log from that byte on; only the first part if it is very long."""


class ServerFacts(LoggedServer, Protocol):
    """A server whose processes can be inspected; None for facts that this system cannot provide."""

    @property
    def trust(self) -> Trust:
        """The certificates to trust, if it uses TLS."""

    @property
    def additions(self) -> Additions:
        """Further fields of every opening handshake for its echo."""

    @property
    def refuses(self) -> bool:
        """Whether it refuses every opening handshake."""

    @property
    def stop_within(self) -> float:
        """The seconds that it has to stop."""

    @property
    def closes_gracefully(self) -> bool:
        """Whether it lets views finish when it is stopped."""

    def threads(self) -> int | None:
        """The number of threads of its processes."""

    def processes(self) -> tuple[int, ...] | None:
        """The ids of its processes."""

    def descriptors(self) -> int | None:
        """The number of open files and sockets of its processes."""

    def memory_peak(self) -> int | None:
        """The peak memory of its processes since `forget_memory_peak`, in bytes."""

    def forget_memory_peak(self) -> None:
        """Reset the memory peak, if the system can."""

    def holds(self, peer_port: int) -> bool | None:
        """Whether one of its processes still has the connection to that port of ours open."""

    def terminate(self) -> None:
        """Send SIGTERM to its own process."""

    def wait_ended(self, within: float) -> bool:
        """Wait at most that many seconds until all its processes have ended; return whether they have."""
