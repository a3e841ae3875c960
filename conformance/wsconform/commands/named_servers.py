"""The file `wsconform.toml`, in which servers have names, so that `wsconform run NAME` tests them.

[servers.chat]
url = "wss://chat.example/ws"
subprotocols = ["chat.v2"]
origin = "https://chat.example"
user = "tester:${CHAT_PASSWORD}"
headers = { X-Tenant = "a" }
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from wsconform.errors import UnknownNameError

__all__ = ["DEFAULT_FILE", "KEYS", "NamedServers"]

DEFAULT_FILE = "wsconform.toml"
_LARGEST = 1 << 20  # bytes
_VARIABLE = re.compile(r"\$\{(\w+)\}")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_table(value: object) -> bool:
    return isinstance(value, dict) and all(map(_is_text, value.values()))


#: The keys of a server: a test of the value, and the form in words.
KEYS: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "url": (_is_text, "a string"),
    "subprotocols": (_is_texts, "a list of strings"),
    "headers": (_is_table, "a table of strings"),
    "origin": (_is_text, "a string"),
    "cookie": (_is_text, "a string"),
    "user": (_is_text, "a string"),
    "ca": (_is_text, "a string"),
    "insecure": (lambda value: isinstance(value, bool), "true or false"),
}


@dataclass(frozen=True, slots=True)
class NamedServers:
    """The servers of a file.

    Attributes:
        tables: the table of each server, by name.
    """

    path: Path
    tables: Mapping[str, Mapping[str, Any]]

    @classmethod
    def read(cls, path: Path | None) -> NamedServers | None:
        """Read a file, by default `DEFAULT_FILE`; return None if the default one does not exist.

        Raises:
            UsageError: the file cannot be read, or has a mistake.
        """
        chosen = path or Path(DEFAULT_FILE)
        if path is None and not chosen.exists():
            return None
        try:
            with chosen.open("rb") as file:
                data = file.read(_LARGEST + 1)
            if len(data) > _LARGEST:
                raise click.UsageError(f"{chosen} is larger than {_LARGEST:,} bytes")
            document = tomllib.loads(data.decode())
        except OSError as error:
            raise click.UsageError(f"{chosen} cannot be read: {error.strerror}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
            raise click.UsageError(f"{chosen} is not TOML: {error}") from None
        _require_known(f"{chosen}", document, ("servers",))
        tables = document.get("servers", {})
        if not isinstance(tables, dict):
            raise click.UsageError(f"{chosen}: servers must be a table of tables, such as [servers.chat]")
        for name, table in tables.items():
            _check(f"{chosen}: servers.{name}", table)
        return cls(chosen, tables)

    def find(self, name: str) -> Mapping[str, Any]:
        """Return the table of a server, with the values of environment variables in the place of ``${NAME}``.

        Raises:
            UnknownNameError: there is no such server.
            UsageError: a variable is not set.
        """
        if name not in self.tables:
            if not self.tables:
                raise UnknownNameError(f"no server is called {name!r}: the file has no [servers.…] table")
            raise UnknownNameError.among("server", name, self.tables)
        where = f"{self.path}: servers.{name}"
        return {key: _filled(f"{where}.{key}", value) for key, value in self.tables[name].items()}


def _check(where: str, table: object) -> None:
    if not isinstance(table, dict):
        raise click.UsageError(f"{where} must be a table")
    _require_known(where, table, KEYS)
    for key, value in table.items():
        is_right, form = KEYS[key]
        if not is_right(value):
            raise click.UsageError(f"{where}.{key} must be {form}")
    if "url" not in table:
        raise click.UsageError(f"{where} has no url")


def _require_known(where: str, table: Mapping[str, object], known: Mapping[str, object] | tuple[str, ...]) -> None:
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.4)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
            raise click.UsageError(f"{where} has the unknown key {key!r}; {hint}")


def _filled(where: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_filled(where, one) for one in value]
    if isinstance(value, dict):
        return {key: _filled(f"{where}.{key}", one) for key, one in value.items()}
    if not isinstance(value, str):
        return value
    for name in _VARIABLE.findall(value):
        if name not in os.environ:
            raise click.UsageError(f"{where} refers to the environment variable {name}, which is not set")
    return _VARIABLE.sub(lambda found: os.environ[found[1]], value)
