"""Find an interpreter on this machine for a minor version of Python; nothing is downloaded.

The name of a file is not enough: pyenv puts a `python3.9` on PATH that only prints that 3.9 is not selected. So every
candidate is run and asked for its version.
"""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from wsconform.environments.installer import find_uv
from wsconform.errors import PythonMissingError, VersionError

__all__ = ["OLDEST", "Interpreter", "find_interpreter", "running_interpreter"]

#: Neither uv nor pip can install for Python 3.6: uv compiles with a feature of 3.7, and pip 18 picks releases that are
#: too new. Python 2.7 has no venv.
OLDEST = (3, 7)

_PRINT_BUILD = """
import json, platform, sys, sysconfig
print(json.dumps([platform.python_implementation(), "%d.%d" % sys.version_info[:2], sys.version, sys.base_prefix,
                  platform.machine(), bool(sysconfig.get_config_var("Py_GIL_DISABLED"))]))
"""
_TIMEOUT = 20  # seconds


@dataclass(frozen=True, slots=True)
class Interpreter:
    """An interpreter to make environments with.

    Attributes:
        path: the program.
        minor: the minor version, such as "3.12".
        build: identifies the interpreter: version and compiler, prefix, machine.
    """

    path: Path
    minor: str
    build: tuple[str, str, str]


def running_interpreter() -> Interpreter:
    """Return the interpreter that runs this process."""
    minor = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return Interpreter(Path(sys.executable), minor, (sys.version, sys.base_prefix, platform.machine()))


def find_interpreter(minors: Sequence[str] = ()) -> Interpreter:
    """Return a CPython of the first of these minor versions that is on this machine.

    Without minor versions, return the running interpreter. Candidates are the running interpreter, `pythonX.Y` on
    PATH, and the versions that pyenv and uv have installed.

    Raises:
        PythonMissingError: there is none; the message says where it was searched for.
        VersionError: a version is too old for an environment.
    """
    if not minors:
        return running_interpreter()
    for minor in minors:
        _require_new_enough(minor)
        found = _find(minor)
        if found:
            return found
    places = ", ".join(where for where, _ in _PLACES)
    raise PythonMissingError(f"Python {' or '.join(minors)} is not on this machine (looked in: {places})")


def _find(minor: str) -> Interpreter | None:
    running = running_interpreter()
    if running.minor == minor:
        return running
    paths = (path for _, look in _PLACES for path in look(minor))
    return next(filter(None, (_examine(path, minor) for path in paths)), None)


def _require_new_enough(minor: str) -> None:
    if tuple(map(int, minor.split("."))) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise VersionError(f"Python {minor} is too old: environments need Python {oldest} or newer")


def _examine(path: Path, minor: str) -> Interpreter | None:
    """Run a program; return it if it is a CPython of that version that is not free-threaded."""
    answer = _output([str(path), "-I", "-S", "-c", _PRINT_BUILD])
    try:
        implementation, found, version, prefix, machine, free_threaded = json.loads(answer)
    except ValueError:
        return None
    if (implementation, found, free_threaded) != ("CPython", minor, False):
        return None
    return Interpreter(path, minor, (version, prefix, machine))


def _on_path(minor: str) -> Iterator[Path]:
    for directory in os.environ.get("PATH", os.defpath).split(os.pathsep):
        yield from _programs([Path(directory or os.curdir, f"python{minor}")])


def _in_pyenv(minor: str) -> Iterator[Path]:
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    versions = sorted((root / "versions").glob(f"{minor}.*"), key=_patch, reverse=True)
    yield from _programs(version / "bin" / "python" for version in versions)


def _in_uv(minor: str) -> Iterator[Path]:
    uv = find_uv()
    if uv:
        # Only uv's own: among others it takes the first on PATH, and fails if that one does not work.
        options = ("--no-project", "--no-python-downloads", "--python-preference", "only-managed")
        answer = _output([uv, "python", "find", *options, minor]).strip()
        yield from _programs([Path(answer)] if answer else [])


_PLACES: tuple[tuple[str, Callable[[str], Iterator[Path]]], ...] = (
    ("PATH", _on_path),
    ("pyenv", _in_pyenv),
    ("uv", _in_uv),
)


def _programs(paths: Iterable[Path]) -> Iterator[Path]:
    yield from (path for path in paths if path.is_file() and os.access(path, os.X_OK))


def _patch(directory: Path) -> int:
    """Return the third number of a directory's name such as 3.9.18; -1 if there is none, as in 3.9.dev."""
    number = directory.name.split(".")[2]
    return int(number) if number.isdigit() else -1


def _output(command: Sequence[str]) -> str:
    """Return what a command prints; empty if it fails or does not end."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=_TIMEOUT)
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return ""
    return "" if done.returncode else done.stdout
