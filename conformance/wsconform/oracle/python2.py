"""Find a CPython 2.7, the only interpreter that Autobahn's tool runs on.

The name of a file is not enough: pyenv puts a `python2.7` on PATH that only prints that 2.7 is not selected. So every
candidate is run and asked for its version.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wsconform.errors import OracleMissingError

__all__ = ["Python2", "find_python2"]

_PRINT_VERSION = "import platform; print(' '.join((platform.python_implementation(), platform.python_version())))"
_TIMEOUT = 20  # seconds
_NAMES = "python2.7", "python2"


@dataclass(frozen=True, slots=True)
class Python2:
    """A CPython 2.7.

    Attributes:
        path: the program.
        version: its version, such as ``2.7.18``.
    """

    path: Path
    version: str

    def command(self, *arguments: str) -> list[str]:
        """Return a command line that ignores PYTHON* variables and the user's packages, with unbuffered output."""
        return [str(self.path), "-E", "-s", "-B", "-u", *arguments]


def find_python2(chosen: Path | None = None) -> Python2:
    """Return the chosen interpreter, or else the first one on PATH or among pyenv's versions.

    Raises:
        OracleMissingError: none was found, or the chosen program is not a CPython 2.7.
    """
    if chosen is not None:
        version = _printed_version(chosen)
        if found := _python2(chosen, version):
            return found
        raise OracleMissingError(f"{chosen} is not CPython 2.7{f' but {version}' if version else ''}")
    for path in (*_on_path(), *_in_pyenv()):
        if found := _python2(path, _printed_version(path)):
            return found
    raise OracleMissingError(
        "Autobahn's tool needs CPython 2.7, which is not on this machine (looked in: PATH, pyenv); "
        "give --python2 PATH, or compare with recorded grades: --recorded FILE"
    )


def _on_path() -> Iterator[Path]:
    for name in _NAMES:
        for directory in os.environ.get("PATH", os.defpath).split(os.pathsep):
            yield Path(directory or os.curdir, name)


def _in_pyenv() -> Iterator[Path]:
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for version in sorted((root / "versions").glob("2.7*"), reverse=True):
        yield version / "bin" / "python"


def _python2(path: Path, printed: str) -> Python2 | None:
    implementation, _, version = printed.partition(" ")
    if implementation == "CPython" and version.startswith("2.7."):
        return Python2(path.absolute(), version)
    return None


def _printed_version(path: Path) -> str:
    """Return the implementation and version that an interpreter prints; empty if the program is not a Python."""
    try:
        done = subprocess.run(
            [path, "-E", "-S", "-c", _PRINT_VERSION],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=_TIMEOUT,
        )
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return ""
    return "" if done.returncode else done.stdout.strip()
