"""The description of a server: its name, its command line and its requirements."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Self

__all__ = ["Server"]

# A full thread pool cannot answer health probes, and a thread is freed a little later than its connection closes.
SPARE_THREADS = 8

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(\+tls)?")
_PYTHON = re.compile(r"(\d+\.\d+)?")
_SCHEMES = ("ws", "wss")


@dataclass(frozen=True, slots=True)
class Server:
    """How an application is served.

    Attributes:
        name: the name on the command line and in reports: lower-case letters, digits and hyphens, and `+tls` at the
            end of a variant over TLS.
        summary: one line for lists.
        argv: the command. Placeholders: `{python}` the environment's interpreter, `{host}`, `{port}`,
            `{site}` the directory of the Django project, `{certificate}` and `{key}` the paths of PEM files,
            `{concurrency}`, and `{threads}`, which is `concurrency` with some to spare. A bare program name
            is looked up in the environment first.
        plain: the end of the command without TLS.
        tls: the end of the command with TLS, in place of `plain`; empty if there is no variant over TLS.
        requires: pip requirements, pinned, in addition to Django and the target.
        python: the minor version of Python that it needs, such as "3.10"; empty if any will do.
        concurrency: how many connections the runner may open at once.
        scheme: "ws", or "wss" if it speaks TLS.
        environment: additional environment variables of its process.
        settings: Django settings under this server, which override the target's; must be expressible in JSON.
        versions_of: the distributions whose versions a run records.
        stop_within: seconds between SIGTERM and SIGKILL.
        closes_gracefully: whether it lets views end on SIGTERM, so that they can send a Close frame with 1001.
        unsupported: why it cannot serve WebSockets; empty if it can. Such a server is started nevertheless, since
            its answer to an opening handshake is of interest.
        notes: remarks for readers of a report.

    Raises:
        ValueError: the name, the scheme, the version, the concurrency or a placeholder is invalid.
    """

    name: str
    summary: str
    argv: tuple[str, ...]
    plain: tuple[str, ...] = ()
    tls: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    python: str = ""
    concurrency: int = 1
    scheme: str = "ws"
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    settings: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    versions_of: tuple[str, ...] = ()
    stop_within: float = 5.0
    closes_gracefully: bool = False
    unsupported: str = ""
    notes: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"a server's name has lower-case letters, digits and single hyphens: {self.name!r}")
        if self.scheme not in _SCHEMES:
            raise ValueError(f"{self.name}: the scheme must be ws or wss, not {self.scheme!r}")
        if not _PYTHON.fullmatch(self.python):
            raise ValueError(f"{self.name}: a minor version of Python is written like 3.10, not {self.python!r}")
        if self.concurrency < 1:
            raise ValueError(f"{self.name}: a server must hold at least one connection")
        self.command(python="python", host="host", port=1, site="site", certificate="certificate", key="key")
        if self.tls:
            self.over_tls()

    def over_tls(self) -> Self:
        """Return the variant of this server that speaks TLS.

        Raises:
            ValueError: there is none.
        """
        if not self.tls:
            raise ValueError(f"{self.name} has no variant over TLS")
        return replace(
            self,
            name=f"{self.name}+tls",
            summary=f"{self.summary}, over TLS",
            argv=(*self.argv, *self.tls),
            plain=(),
            tls=(),
            scheme="wss",
        )

    def command(
        self, *, python: str, host: str, port: int, site: str, certificate: str = "", key: str = ""
    ) -> tuple[str, ...]:
        """Return the command line with every placeholder filled in.

        Raises:
            ValueError: a placeholder is unknown.
        """
        values = {
            "python": python,
            "host": host,
            "port": port,
            "site": site,
            "certificate": certificate,
            "key": key,
            "concurrency": self.concurrency,
            "threads": self.concurrency + SPARE_THREADS,
        }
        try:
            return tuple(part.format_map(values) for part in (*self.argv, *self.plain))
        except KeyError as unknown:
            raise ValueError(f"{self.name}: no placeholder is called {unknown}") from None
