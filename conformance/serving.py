"""The server of a cell: one that is already running, or one that we start and may start again."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from conformance.servers.launch import Running, launch
from conformance.servers.server import Server
from conformance.targets.environments import Environment

__all__ = ["AlreadyRunning", "Started"]


@dataclass(frozen=True)
class AlreadyRunning(AbstractContextManager["AlreadyRunning"]):
    """A URL; whoever started it keeps it."""

    url: str

    def restart(self) -> bool:
        """It is not ours."""
        return False

    def cpu_seconds(self) -> float | None:
        """Unknown."""
        return None

    def log_text(self) -> str:
        """Unknown."""
        return ""

    def __exit__(self, *exc: object) -> None:
        """Nothing to end."""


class Started:
    """A server of the matrix with a target, started on entering and ended on leaving.

    Attributes:
        crashes: how often it had to be started anew.
    """

    def __init__(self, server: Server, environment: Environment, log_directory: Path) -> None:
        self._server, self._environment, self._logs = server, environment, log_directory
        self._stack = ExitStack()
        self._past: list[Running] = []
        self._past_cpu = 0.0
        self.crashes = 0

    def __enter__(self) -> Self:
        self._launch()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def url(self) -> str:
        """The echo view."""
        return self._running.url

    def restart(self) -> bool:
        """End what is left of it and start it anew."""
        self._past_cpu += self._running.cpu_seconds() or 0.0
        self._stack.close()
        self._past.append(self._running)
        self.crashes += 1
        self._launch()
        return True

    def cpu_seconds(self) -> float | None:
        """User and system time of its processes so far; None where the platform does not tell."""
        now = self._running.cpu_seconds()
        return None if now is None else self._past_cpu + now

    def log_text(self) -> str:
        """All that it printed."""
        return "".join(running.log_text() for running in (*self._past, self._running))

    def _launch(self) -> None:
        self._running = self._stack.enter_context(launch(self._server, self._environment, log_directory=self._logs))
