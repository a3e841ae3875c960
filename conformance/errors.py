"""What ends a command early, each with the exit code that it is documented to have.

ConformanceError
├── NothingSelectedError    5  the patterns match no case
├── ResumeError             2  the run that is to go on is another one
├── UnreachableError        6  nothing that answers an opening handshake is there
└── ServerLostError         4  the server died and is not ours to restart

Setting up targets and servers has its own tree: `conformance.servers.errors`.
"""

from __future__ import annotations

from enum import IntEnum

__all__ = ["ConformanceError", "ExitCode", "NothingSelectedError", "ResumeError", "ServerLostError", "UnreachableError"]


class ExitCode(IntEnum):
    """What `wsconform` ends with."""

    PASSED = 0
    FAILED = 1
    USAGE = 2
    HARNESS_ERROR = 3
    INCOMPLETE = 4
    NOTHING_SELECTED = 5
    SETUP_FAILED = 6
    INTERRUPTED = 130


class ConformanceError(Exception):
    """The message is for the person at the terminal."""

    exit_code = ExitCode.HARNESS_ERROR


class NothingSelectedError(ConformanceError):
    """No case is selected; the message names the nearest ids."""

    exit_code = ExitCode.NOTHING_SELECTED


class ResumeError(ConformanceError):
    """The run file is of another plan, seed or suite."""

    exit_code = ExitCode.USAGE


class UnreachableError(ConformanceError):
    """The URL does not lead to a WebSocket server."""

    exit_code = ExitCode.SETUP_FAILED


class ServerLostError(ConformanceError):
    """The server is gone in the middle of a run, and we did not start it."""

    exit_code = ExitCode.INCOMPLETE
