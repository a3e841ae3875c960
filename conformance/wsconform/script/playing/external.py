"""A server that is known only by its URL, for scripts that need no server of ours."""

from __future__ import annotations

from wsconform.kind import CellServer
from wsconform.wire.address import Address

__all__ = ["ExternalFacts"]


class ExternalFacts:
    """What can be known about a server that the suite did not start: its address, and nothing about its processes."""

    stop_within, closes_gracefully = 0.0, False

    def __init__(self, server: CellServer, *, refuses: bool = False) -> None:
        """Know a server by its URL.

        Args:
            server: the server.
            refuses: it was seen to refuse opening handshakes.
        """
        address = Address.parse(server.url)
        self.url, self.host, self.port = server.url, address.host, address.port
        self.trust, self.additions, self.refuses = server.trust, server.additions, refuses
        self.authority = None

    def alive(self) -> bool:
        """Return True: whether it answers is a question of its own."""
        return True

    def log_size(self) -> int:
        """Return 0: its log is unknown."""
        return 0

    def log_text(self, start: int = 0) -> str:
        """Return nothing: its log is unknown."""
        return ""

    def threads(self) -> int | None:
        """Return None: unknown."""

    def processes(self) -> tuple[int, ...] | None:
        """Return None: unknown."""

    def descriptors(self) -> int | None:
        """Return None: unknown."""

    def memory_peak(self) -> int | None:
        """Return None: unknown."""

    def forget_memory_peak(self) -> None:
        """Do nothing."""

    def holds(self, peer_port: int) -> bool | None:
        """Return None: unknown."""

    def terminate(self) -> None:
        """Do nothing: it is not ours to stop."""

    def wait_ended(self, within: float) -> bool:
        """Return False: it was not stopped."""
        return False
