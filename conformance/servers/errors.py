"""What can go wrong before a single octet of a case is sent.

SetupError                     nothing can be said of the target: the verdict is `setup-error`
├── UnknownNameError           no server or target is called so
├── VersionError               a version or a pin is not written as it must be, or does not fit
├── UnsupportedError           the target cannot be played against at all: the verdict is `unsupported`
├── PythonMissingError         the Python that is needed is not on this machine: the verdict is `not-run`
├── BuildError                 the target or a server could not be installed
├── NotTheApiError             what was installed is another project
├── IncompatibleError          it is the target, and does not work with this Django or Python
└── LaunchError                the server could not be started
    ├── ExitedAtStartError     its process ended before it answered
    └── NeverReadyError        its process lives and does not answer
"""

import difflib
from collections.abc import Iterable

__all__ = [
    "BuildError",
    "ExitedAtStartError",
    "IncompatibleError",
    "LaunchError",
    "NeverReadyError",
    "NotTheApiError",
    "PythonMissingError",
    "SetupError",
    "UnknownNameError",
    "UnsupportedError",
    "VersionError",
]


class SetupError(Exception):
    """The target cannot be judged because it is not there to be judged."""


class UnknownNameError(SetupError):
    """No server or target has this name; the message offers the nearest ones."""

    @classmethod
    def among(cls, kind: str, name: str, known: Iterable[str]) -> "UnknownNameError":
        """Describe `name`, which is none of the `known` names of that kind ("server", "target")."""
        known = sorted(known)
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known)}"
        return cls(f"no {kind} is called {name!r}; {hint}")


class VersionError(SetupError):
    """A version or a pin is not written as it must be, or there is nothing that it could be a version of."""


class UnsupportedError(SetupError):
    """Nothing can be played against the target, as it is known to speak another protocol; the message has why."""


class PythonMissingError(SetupError):
    """The Python that is needed is not to be had on this machine: nothing was tried, nothing is wrong."""


class BuildError(SetupError):
    """An installer failed; the message has its command and the end of its log."""


class NotTheApiError(SetupError):
    """What was installed does not provide the documented names: it is another project."""


class IncompatibleError(SetupError):
    """The documented names are there, but importing or using them fails with this Django or Python."""


class LaunchError(SetupError):
    """A server did not come up; the message has its command and the end of its log."""


class ExitedAtStartError(LaunchError):
    """The server's process ended before it answered `GET /health`."""


class NeverReadyError(LaunchError):
    """The server's process is alive but did not answer `GET /health` in time."""
