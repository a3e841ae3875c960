"""What a server is: a value with a name, a command line and its needs. Knows no process and no file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Self

__all__ = ["Server"]

# A thread pool that is exactly full answers no health probe, and a connection that closes holds its thread
# a little longer.
SPARE_THREADS = 8

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(\+tls)?")
_PYTHON = re.compile(r"(\d+\.\d+)?")
_SCHEMES = ("ws", "wss")


@dataclass(frozen=True, slots=True)
class Server:
    """How an application is served.

    Attributes:
        name: what people type: small letters, digits and hyphens; `+tls` behind it if it is a variant over TLS.
        summary: one line for lists.
        argv: the command. Placeholders: `{python}` the environment's interpreter, `{host}`, `{port}`,
            `{site}` the directory of the Django project, `{certificate}` and `{key}` the paths of PEM files,
            `{concurrency}`, and `{threads}`, which is `concurrency` with some to spare. A bare program name
            is looked up in the environment first.
        plain: what `argv` ends with if TLS is not wanted.
        tls: what it ends with instead if it is; empty if there is no such variant (see `over_tls`).
        requires: pip requirements, pinned, beside Django and the target.
        python: the minor version of Python that it needs, such as "3.10"; empty if any will do.
        concurrency: how many connections it holds at once, so how many the runner may open.
        scheme: "ws", or "wss" if it speaks TLS.
        environment: variables that its process gets in addition.
        settings: Django settings of the site under this server, over the target's; expressible in JSON.
        versions_of: distributions whose versions a run records.
        stop_within: seconds that SIGTERM has to work before SIGKILL follows.
        goodbye: whether on SIGTERM it lets views end, so that they can send a Close frame with 1001.
        unsupported: why no WebSocket is to be had there, empty if one is. It is started all the same: what it
            answers to an opening handshake is worth a look.
        known: by case id, why this server cannot pass it whatever the target does.
        notes: what a reader of a report should know.

    Raises:
        ValueError: the name, the scheme, the version, the concurrency or a placeholder is not as described.

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
    goodbye: bool = False
    unsupported: str = ""
    known: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    notes: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"a server's name has small letters, digits and single hyphens: {self.name!r}")
        if self.scheme not in _SCHEMES:
            raise ValueError(f"{self.name}: the scheme of a WebSocket is ws or wss, not {self.scheme!r}")
        if not _PYTHON.fullmatch(self.python):
            raise ValueError(f"{self.name}: a minor version of Python is written like 3.10, not {self.python!r}")
        if self.concurrency < 1:
            raise ValueError(f"{self.name}: a server holds at least one connection")
        self.command(python="python", host="host", port=1, site="site", certificate="certificate", key="key")
        if self.tls:
            self.over_tls()

    def over_tls(self) -> Self:
        """Return the variant of this server that speaks TLS.

        Raises:
            ValueError: it has none.

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
