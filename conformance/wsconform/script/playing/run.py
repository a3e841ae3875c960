"""Play the steps of a case up to the first expectation that is not met.

How a connection is made and spoken to is up to the client whose `connect` the play is given: plain TCP in family W,
websocket-client in family A.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

from wsconform.script import steps
from wsconform.script.events import Event, Observation
from wsconform.script.facts import LoggedServer
from wsconform.script.limits import Limits
from wsconform.script.matching import goes_on

__all__ = ["POLL", "Connection", "StepRun", "settled_log_size"]

#: Seconds between looks at what can only be polled: log files and the kernel's tables.
POLL = 0.01


class Connection(Protocol):
    """A connection, as a client speaks on it."""

    def act(self, step: steps.Action) -> None:
        """Take an action; if it fails, the next expectation shows it."""

    def observe(self, step: steps.Expectation) -> Event:
        """Return what comes next, at the latest when the time of the step is up."""

    def close(self) -> None:
        """End the connection."""


C = TypeVar("C", bound=Connection)


class StepRun(Generic[C]):
    """One play of a case: its connections by number, and what was seen on them."""

    def __init__(self, connect: Callable[[], C], on_server: Mapping[type, Callable[[Any], Event | None]]) -> None:
        """Prepare a play.

        Args:
            connect: gives a new connection, on which the first step is a request.
            on_server: the steps that concern the server as a whole, and how they are taken.
        """
        self._connect, self._on_server = connect, on_server
        self._began = time.monotonic()
        self.connections: dict[int, C] = {}
        self.observations: list[Observation] = []

    def clock(self) -> float:
        """Seconds since the play began."""
        return time.monotonic() - self._began

    def run(self, planned: Sequence[steps.Step]) -> bool:
        """Take the steps; whether all of them were taken and each saw what it expects."""
        for index, step in enumerate(planned):
            if (event := self.take(*steps.placed(step))) is not None:
                self.observations.append(Observation(index, self.clock(), event))
                if not goes_on(step, event):
                    return False
        return True

    def take(self, number: int, step: steps.Action | steps.Expectation) -> Event | None:
        """Take a step on the connection of that number; what was seen, if the step expects something."""
        if (take := self._on_server.get(type(step))) is not None:
            return take(step)
        if isinstance(step, steps.Request) and number not in self.connections:
            self.connections[number] = self._connect()
        connection = self.connections[number]
        if isinstance(step, steps.Action):
            connection.act(step)
            return None
        return connection.observe(step)

    def close(self) -> None:
        """End all connections."""
        for connection in self.connections.values():
            connection.close()


def settled_log_size(server: LoggedServer, limits: Limits) -> int:
    """Wait until a log has not grown for a moment, or for twenty such moments; return its size."""
    quiet, now = limits.quiet * limits.scale, time.monotonic()
    deadline, quiet_since, size = now + 20 * quiet, now, server.log_size()
    while now < deadline and now - quiet_since < quiet:
        time.sleep(POLL)  # a log file does not tell that it grows
        now, (before, size) = time.monotonic(), (size, server.log_size())
        if size != before:
            quiet_since = now
    return size
