"""Look for what the suite needs on this machine.

A probe returns a detail for the report, or raises ConformanceError if what it looks for is missing. Every command that
a probe runs has a time limit, and `examine` has one for all probes together.
"""

from __future__ import annotations

import os
import re
import resource
import shlex
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress

from wsconform.doctor.findings import Check, Finding, Status
from wsconform.environments.installer import find_uv, installer_environment
from wsconform.environments.interpreters import find_interpreter
from wsconform.environments.store import cache_root
from wsconform.errors import ConformanceError, SetupError
from wsconform.oracle.python2 import find_python2

__all__ = [
    "cache",
    "descriptors",
    "examine",
    "header",
    "index",
    "ports",
    "program",
    "python",
    "python2",
    "uv",
    "without_credentials",
]

_TIMEOUT = 15  # seconds for one command
_LONGEST = 200  # characters of an error message of others
_MiB = 1 << 20
_CREDENTIALS = re.compile(r"://[^/\s]*@")
#: A small distribution that Django requires, and so nearly every environment.
_REQUIREMENT = "sqlparse"
_PRINT_INCLUDE = "import sysconfig; print(sysconfig.get_path('include'))"


def examine(checks: Sequence[Check], *, within: float) -> list[Finding]:
    """Run the probes of all checks side by side and return the findings, in the order of the checks.

    Args:
        checks: what to look for.
        within: seconds for all probes together; a probe that has not ended by then is reported as unknown.

    Raises:
        Exception: whatever a probe raised that is not a ConformanceError, which is a fault of the probe.
    """
    found: dict[int, Finding] = {}
    failures: list[Exception] = []

    def run(number: int, check: Check) -> None:
        status: Status = "ok"
        try:
            detail = check.probe()
        except ConformanceError as error:
            status, detail = "missing", str(error)
        except Exception as error:
            failures.append(error)
            return
        found[number] = Finding.of(check, status, detail)

    threads = [threading.Thread(target=run, args=each, daemon=True) for each in enumerate(checks)]
    for thread in threads:
        thread.start()
    until = time.monotonic() + within
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    if failures:
        raise failures[0]
    late = f"the check did not end within {within:g} s"
    return [found.get(number) or Finding.of(check, "unknown", late) for number, check in enumerate(checks)]


def python(*minors: str) -> str:
    """Look for an interpreter of one of these minor versions, as `--python` does; none means the running one."""
    return str(find_interpreter(minors).path)


def python2() -> str:
    """Look for a CPython 2.7, as `wsconform parity` does."""
    found = find_python2()
    return f"{found.path} ({found.version})"


def uv() -> str:
    """Look for uv."""
    path = find_uv()
    if path is None:
        raise SetupError("not found on PATH or next to this Python")
    return path


def program(*names: str) -> str:
    """Look for programs on PATH, all of which are needed."""
    paths = {name: shutil.which(name) for name in names}
    if lacking := [name for name, path in paths.items() if path is None]:
        raise SetupError(f"{' and '.join(lacking)} not found on PATH")
    return ", ".join(path for path in paths.values() if path)


def header(name: str, *minors: str) -> str:
    """Compile an include of a header file with the headers of an interpreter of one of these minor versions."""
    compiler = _compiler()
    include = _output([str(find_interpreter(minors).path), "-I", "-c", _PRINT_INCLUDE]).strip()
    command = [*compiler, "-fsyntax-only", "-x", "c", *([f"-I{include}"] if include else []), "-"]
    try:
        done = subprocess.run(
            command, input=f"#include <{name}>\n", capture_output=True, text=True, errors="replace", timeout=_TIMEOUT
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SetupError(f"{compiler[0]} cannot be run: {error}") from None
    if done.returncode:
        raise SetupError(f"{compiler[0]} does not find it")
    return f"found by {compiler[0]}"


def _compiler() -> list[str]:
    """Return the command of the C compiler that builds use: $CC, the one that built this Python, gcc or cc."""
    configured = str(sysconfig.get_config_var("CC") or "")
    for text in (os.environ.get("CC", ""), configured, "gcc", "cc"):
        command = shlex.split(text)
        if command and (path := shutil.which(command[0])):
            return [path]
    raise SetupError("there is no C compiler")


def descriptors(wanted: int) -> str:
    """Look at the number of files and sockets that a process may have open."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit != resource.RLIM_INFINITY and limit < wanted:
        raise SetupError(f"the limit is {limit}, and {wanted} are wanted")
    return "no limit" if limit == resource.RLIM_INFINITY else f"up to {limit}"


def ports(wanted: int) -> str:
    """Listen on this many free ports of 127.0.0.1 at once."""
    with ExitStack() as held:
        for number in range(wanted):
            try:
                held.enter_context(socket.create_server(("127.0.0.1", 0)))
            except OSError as error:
                raise SetupError(f"only {number} of {wanted}: {error.strerror or error}") from None
    return f"{wanted} are free"


def cache(wanted: int) -> str:
    """Look for space in the directory of the environments.

    Args:
        wanted: in MiB.
    """
    directory = cache_root()
    there = next(path for path in (directory, *directory.parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise SetupError(f"{directory} cannot be written")
    free = shutil.disk_usage(there).free // _MiB
    if free < wanted:
        raise SetupError(f"{directory} has {free} MiB free, and {wanted} MiB are wanted")
    return f"{directory}, {free:,} MiB free"


def index() -> str:
    """Resolve a small requirement with the installer and its configuration; install nothing."""
    with tempfile.TemporaryDirectory() as directory:
        command, name = _resolving(directory)
        environment = {**installer_environment(), "UV_HTTP_RETRIES": "0", "UV_HTTP_TIMEOUT": str(_TIMEOUT)}
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                errors="replace",
                stdin=subprocess.DEVNULL,
                env=environment,
                timeout=_TIMEOUT,
            )
        except subprocess.TimeoutExpired:
            raise SetupError(f"{name} got no answer within {_TIMEOUT} s") from None
        except OSError as error:
            raise SetupError(f"{name} cannot be run: {error.strerror}") from None
    if done.returncode:
        raise SetupError(f"{name} says: {_complaint(done.stderr)}")
    return f"{name} finds {_REQUIREMENT}"


def _resolving(directory: str) -> tuple[list[str], str]:
    """Return a command that asks the index for a requirement and installs nothing, and the installer's name."""
    path = find_uv()
    if path:
        options = ("--dry-run", "--no-deps", "--no-cache", "--target", directory, "--python", sys.executable)
        return [path, "pip", "install", *options, _REQUIREMENT], "uv"
    options = ("--dry-run", "--no-deps", "--no-cache-dir", "--ignore-installed", "--no-input", "--retries", "0")
    return [sys.executable, "-m", "pip", "install", *options, "--timeout", str(_TIMEOUT), _REQUIREMENT], "pip"


def _complaint(text: str) -> str:
    """Return the first line of an installer's errors, or else its last line, without credentials."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    return without_credentials((errors or lines[-1:] or ["nothing"])[0])[:_LONGEST]


def without_credentials(text: str) -> str:
    """Replace user names and passwords in URLs by three asterisks."""
    return _CREDENTIALS.sub("://***@", text)


def _output(command: Sequence[str]) -> str:
    """Return what a command prints; empty if it fails."""
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL, timeout=_TIMEOUT
        )
        return "" if done.returncode else done.stdout
    return ""
