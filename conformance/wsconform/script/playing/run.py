"""Play the steps of a case up to the first expectation that is not met.

The client is exchangeable: the play gets its `connect` function, for plain TCP in families W and R, for
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

#: Seconds between polls of log files and of the kernel's tables.
POLL = 0.01


class Connection(Protocol):
    """A connection of a client."""

    def act(self, step: steps.Action) -> None:
        """Take an action; if it fails, the next expectation reports that."""

    def observe(self, step: steps.Expectation) -> Event:
        """Return the next event, at the latest when the time of the step is up."""

    def close(self) -> None:
        """Close the connection."""


C = TypeVar("C", bound=Connection)


class StepRun(Generic[C]):
    """One play of a case: its connections by number, and the observations on them."""

    def __init__(self, connect: Callable[[], C], on_server: Mapping[type, Callable[[Any], Event | None]]) -> None:
        """Prepare a play.

        Args:
            connect: returns a new connection; its first step is a request.
            on_server: functions for the steps about the whole server.
        """
        self._connect, self._on_server = connect, on_server
        self._began = time.monotonic()
        self.connections: dict[int, C] = {}
        self.observations: list[Observation] = []

    def clock(self) -> float:
        """Return the seconds since the start of the play."""
        return time.monotonic() - self._began

    def run(self, planned: Sequence[steps.Step]) -> bool:
        """Take the steps; return whether all were taken and every expectation was met."""
        for index, step in enumerate(planned):
            if (event := self.take(*steps.placed(step))) is not None:
                self.observations.append(Observation(index, self.clock(), event))
                if not goes_on(step, event):
                    return False
        return True

    def take(self, number: int, step: steps.Action | steps.Expectation) -> Event | None:
        """Take a step on the connection with that number; return the event if it is an expectation."""
        if (take := self._on_server.get(type(step))) is not None:
            return take(step)
        if isinstance(step, steps.Request | steps.RawRequests) and number not in self.connections:
            self.connections[number] = self._connect()
        connection = self.connections[number]
        if isinstance(step, steps.Action):
            connection.act(step)
            return None
        return connection.observe(step)

    def close(self) -> None:
        """Close all connections."""
        for connection in self.connections.values():
            connection.close()


def settled_log_size(server: LoggedServer, limits: Limits) -> int:
    """Wait until a log has not grown for a moment, or for twenty such moments; return its size."""
    quiet, now = limits.quiet * limits.scale, time.monotonic()
    deadline, quiet_since, size = now + 20 * quiet, now, server.log_size()
    while now < deadline and now - quiet_since < quiet:
        time.sleep(POLL)  # there is no notification of log growth
        now, (before, size) = time.monotonic(), (size, server.log_size())
        if size != before:
            quiet_since = now
    return size
