"""Finds a CPython 2.7, which is all that Autobahn's tool runs on. Installs nothing.

A program of the right name proves nothing: pyenv puts a `python2.7` on PATH that only says that it is not chosen.
So every one that is found is run and asked.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wsconform.errors import OracleMissingError

__all__ = ["Python2", "find_python2"]

_ASK = "import platform; print(' '.join((platform.python_implementation(), platform.python_version())))"
_ASKED_FOR = 20  # seconds
_NAMES = "python2.7", "python2"


@dataclass(frozen=True, slots=True)
class Python2:
    """A CPython 2.7.

    Attributes:
        path: the program.
        version: such as ``2.7.18``.
    """

    path: Path
    version: str

    def command(self, *arguments: str) -> list[str]:
        """A command line: no variables of ours, no packages of the user's, output as it comes."""
        return [str(self.path), "-E", "-s", "-B", "-u", *arguments]


def find_python2(chosen: Path | None = None) -> Python2:
    """Return the one that was chosen, or the first that is found: on PATH, then among pyenv's versions.

    Raises:
        OracleMissingError: there is none; the chosen one is another Python or none.
    """
    if chosen is not None:
        said = _said(chosen)
        if found := _python2(chosen, said):
            return found
        raise OracleMissingError(f"{chosen} is no CPython 2.7{f'; it is {said}' if said else ''}")
    for path in (*_on_path(), *_in_pyenv()):
        if found := _python2(path, _said(path)):
            return found
    raise OracleMissingError(
        "Autobahn's tool needs CPython 2.7, which is not on this machine (looked in: PATH, pyenv); "
        "give --python2 PATH, or compare with grades of another time: --recorded FILE"
    )


def _on_path() -> Iterator[Path]:
    for name in _NAMES:
        for directory in os.environ.get("PATH", os.defpath).split(os.pathsep):
            yield Path(directory or os.curdir, name)


def _in_pyenv() -> Iterator[Path]:
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for version in sorted((root / "versions").glob("2.7*"), reverse=True):
        yield version / "bin" / "python"


def _python2(path: Path, said: str) -> Python2 | None:
    implementation, _, version = said.partition(" ")
    if implementation == "CPython" and version.startswith("2.7."):
        return Python2(path.absolute(), version)
    return None


def _said(path: Path) -> str:
    """What a program says that it is; nothing if it is no Python."""
    try:
        done = subprocess.run(
            [path, "-E", "-S", "-c", _ASK],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=_ASKED_FOR,
        )
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return ""
    return "" if done.returncode else done.stdout.strip()
