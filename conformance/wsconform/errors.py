"""The errors that end a command, a cell or an installation, each with its exit code.

ConformanceError               3  base of all errors whose message is for the person at the terminal
├── NothingSelectedError       5  the patterns match no case
├── ResumeError                2  the run to resume has another plan, seed or suite
├── BusyError                  2  another run writes into the output directory
├── UnreachableError           6  no WebSocket server answers at the URL
├── ServerLostError            4  the server died, and the suite did not start it
├── GradesError                2  a file of grades or known differences cannot be read
├── OracleMissingError         6  Autobahn's tool needs a Python 2.7, and there is none
├── OracleFailedError          4  Autobahn's tool did not play all cases
└── SetupError                 6  the target or its server is not ready: verdict `setup-error`
    ├── UnknownNameError          no server or target has this name
    ├── VersionError              a version or a pin is malformed, or does not fit
    ├── UnsupportedError          the target cannot be tested at all: verdict `unsupported`
    ├── PythonMissingError        the required Python is not on this machine: verdict `not-run`
    ├── BuildError                the target or a server could not be installed
    ├── NotTheApiError            another project was installed
    ├── IncompatibleError         the target does not work with this Django or Python
    └── LaunchError               the server could not be started
        ├── ExitedAtStartError    its process ended before it answered
        └── NeverReadyError       its process runs but does not answer
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from enum import IntEnum

__all__ = [
    "BuildError",
    "BusyError",
    "ConformanceError",
    "ExitCode",
    "ExitedAtStartError",
    "GradesError",
    "IncompatibleError",
    "LaunchError",
    "NeverReadyError",
    "NotTheApiError",
    "NothingSelectedError",
    "OracleFailedError",
    "OracleMissingError",
    "PythonMissingError",
    "ResumeError",
    "ServerLostError",
    "SetupError",
    "UnknownNameError",
    "UnreachableError",
    "UnsupportedError",
    "VersionError",
]


class ExitCode(IntEnum):
    """The exit codes of `wsconform`."""

    PASSED = 0
    FAILED = 1
    USAGE = 2
    HARNESS_ERROR = 3
    INCOMPLETE = 4
    NOTHING_SELECTED = 5
    SETUP_FAILED = 6
    INTERRUPTED = 130


class ConformanceError(Exception):
    """Base class of errors whose message is shown to the user."""

    exit_code = ExitCode.HARNESS_ERROR


class NothingSelectedError(ConformanceError):
    """No case is selected; the message names the nearest ids."""

    exit_code = ExitCode.NOTHING_SELECTED


class ResumeError(ConformanceError):
    """The run file to resume has another plan, seed or suite."""

    exit_code = ExitCode.USAGE


class BusyError(ConformanceError):
    """Another run writes into the output directory; the message names it."""

    exit_code = ExitCode.USAGE


class UnreachableError(ConformanceError):
    """The URL does not lead to a WebSocket server."""

    exit_code = ExitCode.SETUP_FAILED


class ServerLostError(ConformanceError):
    """The server died during a run, and the suite did not start it."""

    exit_code = ExitCode.INCOMPLETE


class GradesError(ConformanceError):
    """A file of grades or known differences cannot be read; the message names the file and the problem."""

    exit_code = ExitCode.USAGE


class OracleMissingError(ConformanceError):
    """No CPython 2.7 was found; the message says where it was searched for and what to do."""

    exit_code = ExitCode.SETUP_FAILED


class OracleFailedError(ConformanceError):
    """Autobahn's tool ended early or stalled; the message has the end of its output."""

    exit_code = ExitCode.INCOMPLETE


class SetupError(ConformanceError):
    """The target or its server could not be set up, so no case can be played."""

    exit_code = ExitCode.SETUP_FAILED


class UnknownNameError(SetupError):
    """No server or target has this name; the message offers the nearest names."""

    @classmethod
    def among(cls, kind: str, name: str, known: Iterable[str]) -> UnknownNameError:
        """Return the error for `name`, which is not one of the `known` names of this kind ("server", "target")."""
        known = sorted(known)
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known)}"
        return cls(f"no {kind} is called {name!r}; {hint}")


class VersionError(SetupError):
    """A version or a pin is malformed, or does not apply to any requirement."""


class UnsupportedError(SetupError):
    """The target speaks another protocol, so nothing can be played; the message says why."""


class PythonMissingError(SetupError):
    """The required Python is not on this machine; nothing was tried."""


class BuildError(SetupError):
    """An installer failed; the message has its command and the end of its log."""


class NotTheApiError(SetupError):
    """The installed package does not provide the documented names: it is another project."""


class IncompatibleError(SetupError):
    """The documented names exist, but importing or using them fails with this Django or Python."""


class LaunchError(SetupError):
    """A server could not be started; the message has its command and the end of its log."""


class ExitedAtStartError(LaunchError):
    """The server's process ended before it answered `GET /health`."""


class NeverReadyError(LaunchError):
    """The server's process runs but did not answer `GET /health` in time."""
