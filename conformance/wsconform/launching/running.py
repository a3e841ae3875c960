"""A running server: check its health, measure what it uses, read its log, stop it."""

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

from wsconform.launching import procfs
from wsconform.processes import supervised
from wsconform.trust import Trust
from wsconform.wire.opening import Additions

__all__ = ["Running", "ask_health"]

_PROBE_LASTS = 2.0  # seconds
# A broken server may write gigabytes to its log.
_LOG_READ = 1 << 20  # bytes
# After SIGKILL the kernel's own work is left, and to kill what the server left behind.
_SUPERVISOR_GRACE = 15.0  # seconds


@dataclass(frozen=True, slots=True, eq=False)
class Running:
    """A server that has answered.

    Attributes:
        host: the address that it listens on.
        port: the port that it listens on.
        pid: its process id, which is also the id of its process group.
        log_path: the file with its standard output and standard error.
        authority: a PEM file with the only certificate to trust; None if the server does not speak TLS.
        instance: what its health page must say; tells its answer from one of another server on the port.
        stop_within: seconds between SIGTERM and SIGKILL.
        closes_gracefully: whether it lets views end on SIGTERM, so that they can close with 1001.
        supervisor: the process that started the server, and ends with it.
        control: standard input of the supervisor, which ends the server when this is closed.
        left_behind: once it is stopped, the processes that it left behind and that were killed: ids and names.
    """

    host: str
    port: int
    pid: int
    log_path: Path
    authority: Path | None
    instance: str = field(repr=False)
    stop_within: float = field(repr=False)
    closes_gracefully: bool = field(repr=False)
    supervisor: "subprocess.Popen[bytes]" = field(repr=False)
    control: IO[bytes] = field(repr=False)
    left_behind: list[str] = field(default_factory=list, repr=False)

    @property
    def url(self) -> str:
        """The WebSocket URL of the view that echoes messages."""
        return self.url_of("/echo")

    @property
    def origin(self) -> str:
        """Scheme, host and port: what its HTTP URLs begin with."""
        return f"{'https' if self.authority else 'http'}://{self.host}:{self.port}"

    @property
    def trust(self) -> Trust:
        """The only certificate to trust, if it uses TLS."""
        return Trust(self.authority)

    @property
    def additions(self) -> Additions:
        """No further fields: the echo view wants none."""
        return Additions()

    @property
    def refuses(self) -> bool:
        """False: cases judge its answers."""
        return False

    def url_of(self, path: str) -> str:
        """Return the WebSocket URL of a view; the path begins with a slash."""
        return f"{'wss' if self.authority else 'ws'}://{self.host}:{self.port}{path}"

    def alive(self) -> bool:
        """Tell whether its process is running."""
        return self.supervisor.poll() is None

    def healthy(self, within: float = _PROBE_LASTS) -> bool:
        """Tell whether it answers a plain request within that many seconds."""
        return ask_health(self.host, self.port, within, self.authority) == (200, self.instance)

    def ending(self) -> str:
        """Describe how its process ended: "status 1", "signal SIGSEGV"; empty while it runs."""
        status = self.supervisor.poll()
        if status is None:
            return ""
        return f"signal {signal.Signals(status - 128).name}" if status > 128 else f"status {status}"

    def cpu_seconds(self) -> float | None:
        """Return user and system time of all its processes so far; None where there is no /proc."""
        return procfs.cpu_seconds(self.pid)

    def descriptors(self) -> int | None:
        """Return how many files and sockets its processes have open; None where there is no /proc."""
        return procfs.descriptors(self.pid)

    def processes(self) -> tuple[int, ...] | None:
        """Return the ids of all its processes; None where there is no /proc."""
        return procfs.members(self.pid)

    def threads(self) -> int | None:
        """Return how many threads its processes have; None where there is no /proc."""
        return procfs.threads(self.pid)

    def memory_peak(self) -> int | None:
        """Return how many bytes of memory its processes had at most, each for itself; None where there is no /proc."""
        return procfs.memory_peak(self.pid)

    def forget_memory_peak(self) -> None:
        """Let the peak begin anew with what its processes have now; do nothing where the system cannot."""
        procfs.forget_memory_peak(self.pid)

    def holds(self, peer_port: int) -> bool | None:
        """Tell whether it still holds the connection that a client opened to it from `peer_port` of this machine.

        A connection that it has closed is no longer held, even if the kernel has not finished with it. None where
        there is no /proc.
        """
        return procfs.connection_is_held(self.host, self.port, peer_port)

    def log_size(self) -> int:
        """Return how many bytes it has printed so far."""
        return self.log_path.stat().st_size

    def log_text(self, start: int = 0) -> str:
        """Return the output from byte `start` on, at most the first MiB of it."""
        with self.log_path.open("rb") as log:
            log.seek(start)
            return log.read(_LOG_READ).decode(errors="replace")

    def log_end(self) -> str:
        """Return the end of the output, at most the last MiB."""
        return self.log_text(max(0, self.log_size() - _LOG_READ))

    def terminate(self) -> None:
        """Send SIGTERM to its main process only, as an administrator would, and do not wait."""
        with suppress(ProcessLookupError):  # it may end in between
            if self.alive():
                os.kill(self.pid, signal.SIGTERM)

    def wait_ended(self, within: float) -> bool:
        """Wait at most that many seconds until all its processes have ended; tell whether they have."""
        if self.alive():
            assert self.supervisor.stdout, "written or closed at the supervisor's end, which comes last"
            with selectors.DefaultSelector() as selector:
                selector.register(self.supervisor.stdout, selectors.EVENT_READ)
                if not selector.select(within):
                    return False
            self.supervisor.wait()
        return self._supervisor_finished()

    def kill(self) -> None:
        """Send SIGKILL to all its processes; `stop` waits for them."""
        if self.alive():
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)

    def stop(self) -> None:
        """End all its processes: SIGTERM, `stop_within` seconds, SIGKILL; then daemons. Stopping again does nothing."""
        self.control.close()
        try:
            self.wait_ended(self.stop_within + _SUPERVISOR_GRACE)
        finally:
            if not self._supervisor_finished():
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.pid, signal.SIGKILL)
                self.supervisor.kill()
                self.supervisor.wait()
            assert self.supervisor.stdout, "kept open for `wait_ended`"
            if not self.supervisor.stdout.closed:
                self.left_behind.extend(supervised.left_behind(self.supervisor.stdout.read()))
                self.supervisor.stdout.close()

    def _supervisor_finished(self) -> bool:
        # Not if it is stuck or was itself killed, or if we were interrupted while we waited for it.
        status = self.supervisor.poll()
        return status is not None and status >= 0


def ask_health(host: str, port: int, within: float, authority: Path | None = None) -> tuple[int, str] | None:
    """Return status and instance of the answer to `GET /health`; None if there is none.

    Args:
        host: the server's address.
        port: the server's port.
        within: seconds that each step may take.
        authority: a PEM file with the only certificate to trust; None for a server without TLS.
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
