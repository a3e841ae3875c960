"""What keeps two suites from being compared, each with its exit code. The tree is that of `conformance.errors`.

ConformanceError
├── GradesError             2  a file of grades or of known differences cannot be understood
├── OracleMissingError      6  there is no Python 2.7 to run Autobahn's tool with
└── OracleFailedError       4  Autobahn's tool did not play what it was told to
"""

from __future__ import annotations

from conformance.errors import ConformanceError, ExitCode

__all__ = ["GradesError", "OracleFailedError", "OracleMissingError"]


class GradesError(ConformanceError):
    """The file says something else than grades; the message names it and what is wrong in it."""

    exit_code = ExitCode.USAGE


class OracleMissingError(ConformanceError):
    """There is no CPython 2.7 at hand; the message says where it was looked for and what can be done."""

    exit_code = ExitCode.SETUP_FAILED


class OracleFailedError(ConformanceError):
    """The tool ended early or stood still; the message has the end of what it printed."""

    exit_code = ExitCode.INCOMPLETE
