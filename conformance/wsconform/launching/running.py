"""A server that runs: whether it is well, what it has used, how it is stopped. Starts nothing."""

import http.client
import os
import selectors
import signal
import ssl
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from wsconform.launching import connections, processes

__all__ = ["Running", "ask_health"]

_PROBE_LASTS = 2.0  # seconds
# A broken server may write its log as fast as it can, and nobody reads gigabytes.
_LOG_READ = 1 << 20  # octets
# After SIGKILL only the kernel's own work is left.
_GUARD_GRACE = 5.0  # seconds


@dataclass(frozen=True, slots=True, eq=False)
class Running:
    """A server that has answered.

    Attributes:
        host: the address that it listens on.
        port: the port.
        pid: its process, which is also its process group.
        log_path: the file with its standard output and standard error.
        authority: a PEM file with the only certificate to trust if it speaks TLS; None if it does not.
        instance: what its health page must say, so that nobody else's answer is taken for its own.
        stop_within: seconds between SIGTERM and SIGKILL.
        goodbye: whether on SIGTERM it lets views end, so that they can close with 1001.
        guard: the process between us and it; ends with it.
        control: the guard ends the server when this is closed.

    """

    host: str
    port: int
    pid: int
    log_path: Path
    authority: Path | None
    instance: str = field(repr=False)
    stop_within: float = field(repr=False)
    goodbye: bool = field(repr=False)
    guard: "subprocess.Popen[bytes]" = field(repr=False)
    control: IO[bytes] = field(repr=False)

    @property
    def url(self) -> str:
        """Where messages are echoed."""
        return self.url_of("/echo")

    @property
    def origin(self) -> str:
        """What an HTTP URL begins with there: scheme, host and port."""
        return f"{'https' if self.authority else 'http'}://{self.host}:{self.port}"

    def url_of(self, path: str) -> str:
        """Return the WebSocket URL of a view; the path begins with a slash."""
        return f"{'wss' if self.authority else 'ws'}://{self.host}:{self.port}{path}"

    def alive(self) -> bool:
        """Tell whether its process is there."""
        return self.guard.poll() is None

    def healthy(self, within: float = _PROBE_LASTS) -> bool:
        """Tell whether it answers a plain request within so many seconds."""
        return ask_health(self.host, self.port, within, self.authority) == (200, self.instance)

    def ending(self) -> str:
        """Say how its process ended: "status 1", "signal SIGSEGV"; nothing while it lives."""
        status = self.guard.poll()
        if status is None:
            return ""
        return f"signal {signal.Signals(status - 128).name}" if status > 128 else f"status {status}"

    def cpu_seconds(self) -> float | None:
        """Return user and system time of all its processes so far; None where there is no /proc."""
        return processes.cpu_seconds(self.pid)

    def descriptors(self) -> int | None:
        """Return how many files and sockets its processes have open; None where there is no /proc."""
        return processes.descriptors(self.pid)

    def processes(self) -> tuple[int, ...] | None:
        """Return the ids of all its processes; None where there is no /proc."""
        return processes.members(self.pid)

    def threads(self) -> int | None:
        """Return how many threads its processes have; None where there is no /proc."""
        return processes.threads(self.pid)

    def holds(self, peer_port: int) -> bool | None:
        """Tell whether it still has the connection that a client on `peer_port` of this machine opened to it.

        It no longer does once it has closed it, whatever the kernel has still to do. None where there is no /proc.
        """
        return connections.held(self.host, self.port, peer_port)

    def log_size(self) -> int:
        """Return how many octets it has printed so far."""
        return self.log_path.stat().st_size

    def log_text(self, start: int = 0) -> str:
        """Return what it has printed from the octet `start` on, of very much the first part."""
        with self.log_path.open("rb") as log:
            log.seek(start)
            return log.read(_LOG_READ).decode(errors="replace")

    def log_end(self) -> str:
        """Return what it has printed last."""
        return self.log_text(max(0, self.log_size() - _LOG_READ))

    def terminate(self) -> None:
        """Send SIGTERM to its own process, as an administrator would, and to no child of it; wait for nothing."""
        with suppress(ProcessLookupError):  # it may end while we look
            if self.alive():
                os.kill(self.pid, signal.SIGTERM)

    def wait_ended(self, within: float) -> bool:
        """Wait until all its processes have gone, so many seconds at most, and tell whether they have."""
        if self.alive():
            assert self.guard.stdout, "it ends with the guard, which ends last"
            with selectors.DefaultSelector() as selector:
                selector.register(self.guard.stdout, selectors.EVENT_READ)
                if not selector.select(within):
                    return False
            self.guard.wait()
        return self._guard_did_its_work()

    def stop(self) -> None:
        """End all its processes: SIGTERM, `stop_within` seconds, SIGKILL. Done twice it does nothing."""
        self.control.close()
        try:
            self.wait_ended(self.stop_within + _GUARD_GRACE)
        finally:
            if not self._guard_did_its_work():
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.pid, signal.SIGKILL)
                self.guard.kill()
                self.guard.wait()
            assert self.guard.stdout, "it was kept for `wait_ended`"
            self.guard.stdout.close()

    def _guard_did_its_work(self) -> bool:
        # It did not if it is stuck, if it was itself killed, or if we are interrupted while we wait for it.
        status = self.guard.poll()
        return status is not None and status >= 0


def ask_health(host: str, port: int, within: float, authority: Path | None = None) -> tuple[int, str] | None:
    """Return status and instance of the answer to `GET /health`; None if there is none.

    Args:
        host: whom to ask.
        port: at which port.
        within: seconds that each step may take.
        authority: a PEM file with the only certificate to trust; without it there is no TLS.

    """
    connection = _connection(host, port, within, authority)
    try:
        connection.request("GET", "/health", headers={"Connection": "close"})
        response = connection.getresponse()
        response.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return response.status, response.headers.get("Wsconform-Instance", "")


def _connection(host: str, port: int, within: float, authority: Path | None) -> http.client.HTTPConnection:
    if authority is None:
        return http.client.HTTPConnection(host, port, timeout=within)
    context = ssl.create_default_context(cafile=authority)
    return http.client.HTTPSConnection(host, port, timeout=within, context=context)
