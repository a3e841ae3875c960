"""The description of a peer: an independent implementation that the suite builds, starts and judges."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

__all__ = ["INSTALLERS", "Package", "Peer"]

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_PACKAGES = Path(__file__).parent

#: By installer, the sign between the name of a package and its version, and where packages come from.
INSTALLERS: Mapping[str, tuple[str, str]] = {"pip": ("==", "PyPI"), "npm": ("@", "the npm registry")}


@dataclass(frozen=True, slots=True)
class Package:
    """A package at a version.

    Attributes:
        name: with extras, such as ``autobahn[twisted]``.
        version: exact; empty for the newest.
        sign: what stands between name and version for the installer.
    """

    name: str
    version: str
    sign: str

    def __str__(self) -> str:
        return f"{self.name}{self.sign}{self.version}" if self.version else self.name

    @property
    def bare_name(self) -> str:
        """The name without extras."""
        return self.name.partition("[")[0]


@dataclass(frozen=True, slots=True)
class Peer:
    """An implementation, and an echo server with it.

    Attributes:
        name: on the command line and in reports: lower-case letters, digits and single hyphens.
        summary: one line for lists.
        language: what it is written in.
        installer: `pip` or `npm`.
        packages: what is installed.
        judged: names of the packages that are judged; the others are what these run on.
        program: the path of our echo program.
        command: the command line that starts it. Placeholders: `{python}` or `{node}`, an interpreter of the
            environment; `{program}`; `{directory}`, the program's; `{host}`; `{port}`.
        compression: how permessage-deflate is switched on.
        homepage: an address.
        licence: of the implementation, as an SPDX expression.
        concurrency: how many connections the runner may open at once.
        stop_within: seconds between SIGTERM and SIGKILL.

    Raises:
        ValueError: a value is invalid.
    """

    name: str
    summary: str
    language: str
    installer: str
    packages: tuple[Package, ...]
    judged: tuple[str, ...]
    program: Path
    command: tuple[str, ...]
    compression: str
    homepage: str
    licence: str
    concurrency: int = 128
    stop_within: float = 2.0

    @classmethod
    def from_table(cls, name: str, table: Mapping[str, Any]) -> Self:
        """Return the peer of a table of `peers.toml`.

        Raises:
            ValueError: a key is missing or unknown, or a value is invalid.
        """
        known = {field.name for field in fields(cls)} - {"name"}
        if unknown := sorted(table.keys() - known):
            raise ValueError(f"{name}: unknown key {unknown[0]!r}; the keys are {', '.join(sorted(known))}")
        if table.get("installer") not in INSTALLERS:
            raise ValueError(f"{name}: installer must be one of {', '.join(INSTALLERS)}")
        sign, _ = INSTALLERS[table["installer"]]
        values = {
            **table,
            "packages": tuple(_package(name, text, sign) for text in table.get("packages", ())),
            "judged": tuple(table.get("judged", ())),
            "program": _PACKAGES / name / table.get("program", ""),
            "command": tuple(table.get("command", ())),
        }
        try:
            return cls(name, **values)
        except TypeError as error:
            raise ValueError(f"{name}: {error}") from None

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"a peer's name has lower-case letters, digits and single hyphens: {self.name!r}")
        if not self.packages or not self.command:
            raise ValueError(f"{self.name} needs packages and a command")
        names = {package.bare_name for package in self.packages}
        if not self.judged or not names.issuperset(self.judged):
            raise ValueError(f"{self.name}: judged must name some of {', '.join(sorted(names))}")
        if not self.program.is_file():
            raise ValueError(f"{self.name}: there is no program {self.program}")
        self.command_line(Path("interpreter"), "host", 1)

    @property
    def version(self) -> str:
        """The pinned versions of what is judged, for lists."""
        return ", ".join(package.version for package in self.packages if package.bare_name in self.judged)

    @property
    def source(self) -> str:
        """Where its packages come from, in words."""
        return INSTALLERS[self.installer][1]

    def required(self, *, latest: bool = False) -> tuple[Package, ...]:
        """Return what to install: the pinned versions, or the newest ones."""
        if not latest:
            return self.packages
        return tuple(Package(package.name, "", package.sign) for package in self.packages)

    def command_line(self, interpreter: Path, host: str, port: int) -> tuple[str, ...]:
        """Return the command line with every placeholder filled in.

        Raises:
            ValueError: a placeholder is unknown.
        """
        name = {"pip": "python", "npm": "node"}[self.installer]
        values = {
            name: str(interpreter),
            "program": str(self.program),
            "directory": str(self.program.parent),
            "host": host,
            "port": port,
        }
        try:
            return tuple(part.format_map(values) for part in self.command)
        except KeyError as unknown:
            raise ValueError(f"{self.name}: no placeholder is called {unknown}") from None


def _package(peer: str, text: str, sign: str) -> Package:
    name, found, version = text.rpartition(sign)
    if not (name and found and version):
        raise ValueError(f"{peer}: {text!r} is not pinned; write it like name{sign}1.2.3")
    return Package(name, version, sign)
