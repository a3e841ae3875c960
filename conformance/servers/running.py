"""A server that runs: whether it is well, what it has used, how it is stopped. Starts nothing."""

import http.client
import os
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from . import processes

__all__ = ["PROBE_LASTS", "Running", "ask_health"]

PROBE_LASTS = 2.0  # seconds
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
        instance: what its health page must say, so that nobody else's answer is taken for its own.
        stop_within: seconds between SIGTERM and SIGKILL.
        guard: the process between us and it; ends with it.
        control: the guard ends the server when this is closed.

    """

    host: str
    port: int
    pid: int
    log_path: Path
    instance: str = field(repr=False)
    stop_within: float = field(repr=False)
    guard: "subprocess.Popen[bytes]" = field(repr=False)
    control: IO[bytes] = field(repr=False)

    @property
    def url(self) -> str:
        """Where messages are echoed."""
        return f"ws://{self.host}:{self.port}/echo"

    def alive(self) -> bool:
        """Tell whether its process is there."""
        return self.guard.poll() is None

    def healthy(self, within: float = PROBE_LASTS) -> bool:
        """Tell whether it answers a plain request within so many seconds."""
        return ask_health(self.host, self.port, within) == (200, self.instance)

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

    def log_text(self) -> str:
        """Return everything that it has printed so far."""
        return self.log_path.read_text(errors="replace")

    def stop(self) -> None:
        """End all its processes: SIGTERM, `stop_within` seconds, SIGKILL. Done twice it does nothing."""
        self.control.close()
        try:
            with suppress(subprocess.TimeoutExpired):
                self.guard.wait(self.stop_within + _GUARD_GRACE)
        finally:
            if not self._guard_did_its_work():
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.pid, signal.SIGKILL)
                self.guard.kill()
                self.guard.wait()

    def _guard_did_its_work(self) -> bool:
        # It did not if it is stuck, if it was itself killed, or if we are interrupted while we wait for it.
        status = self.guard.poll()
        return status is not None and status >= 0


def ask_health(host: str, port: int, within: float) -> tuple[int, str] | None:
    """Return status and instance of the answer to `GET /health`; None if there is none."""
    connection = http.client.HTTPConnection(host, port, timeout=within)
    try:
        connection.request("GET", "/health", headers={"Connection": "close"})
        response = connection.getresponse()
        response.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return response.status, response.headers.get("Wsconform-Instance", "")
