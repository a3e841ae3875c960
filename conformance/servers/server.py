"""What a server is: a value with a name, a command line and its needs. Knows no process and no file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

__all__ = ["Server"]

# A thread pool that is exactly full answers no health probe, and a connection that closes holds its thread
# a little longer.
SPARE_THREADS = 8

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Server:
    """How an application is served.

    Attributes:
        name: what people type: small letters, digits and hyphens.
        summary: one line for lists.
        argv: the command. Placeholders: `{python}` the environment's interpreter, `{host}`, `{port}`,
            `{site}` the directory of the Django project, `{concurrency}`, and `{threads}`, which is
            `concurrency` with some to spare. A bare program name is looked up in the environment first.
        requires: pip requirements, pinned, beside Django and the target.
        concurrency: how many connections it holds at once, so how many the runner may open.
        environment: variables that its process gets in addition.
        versions_of: distributions whose versions a run records.
        stop_within: seconds that SIGTERM has to work before SIGKILL follows.
        notes: what a reader of a report should know.

    Raises:
        ValueError: the name, the concurrency or a placeholder is not as described.

    """

    name: str
    summary: str
    argv: tuple[str, ...]
    requires: tuple[str, ...] = ()
    concurrency: int = 1
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    versions_of: tuple[str, ...] = ()
    stop_within: float = 5.0
    notes: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"a server's name has small letters, digits and single hyphens: {self.name!r}")
        if self.concurrency < 1:
            raise ValueError(f"{self.name}: a server holds at least one connection")
        self.command(python="python", host="host", port=1, site="site")

    def command(self, *, python: str, host: str, port: int, site: str) -> tuple[str, ...]:
        """Return the command line with every placeholder filled in."""
        values = {
            "python": python,
            "host": host,
            "port": port,
            "site": site,
            "concurrency": self.concurrency,
            "threads": self.concurrency + SPARE_THREADS,
        }
        try:
            return tuple(part.format_map(values) for part in self.argv)
        except KeyError as unknown:
            raise ValueError(f"{self.name}: no placeholder is called {unknown}") from None
