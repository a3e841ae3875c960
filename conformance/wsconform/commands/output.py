"""Write plain text to the terminal, and say what is wrong with an output that is closed, full or gone.

Text that is not ours goes through `echo` or, on a console of rich, through `wsconform.commands.screen`: everything that
cannot be seen is escaped.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import suppress

import click

from wsreport.model import visible
from wsreport.text import cut

__all__ = ["LONGEST", "echo", "echo_error", "flush", "is_output_error", "open_missing"]

#: Characters of one piece of text that a terminal shows.
LONGEST = 1 << 14

#: What the operating system says of an output that is closed, full or gone.
_OUTPUT_ERRORS = {
    errno.EPIPE,
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EIO,
    errno.EBADF,
    errno.EROFS,
    errno.ENXIO,
}


def echo(text: str) -> None:
    """Print plain text on standard output."""
    click.echo(visible(text))


def echo_error(text: str) -> None:
    """Print plain text on standard error, if that is possible."""
    with suppress(OSError):
        click.echo(visible(cut(text, LONGEST)), err=True)


def is_output_error(error: OSError) -> bool:
    """Tell whether an error is one of writing to what is closed, full or gone."""
    return error.errno in _OUTPUT_ERRORS


def open_missing() -> bool:
    """Put the null device in place of standard streams that are closed, so that no file or socket takes their number.

    Returns:
        Whether there is a standard output.
    """
    is_there = sys.stdout is not None
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    return is_there


def flush() -> str:
    """Write out what standard output and standard error hold back; return what is wrong with standard output.

    A stream that cannot be written is replaced by the null device, or Python would end with a code of its own.
    """
    problem = ""
    for stream in (sys.stderr, sys.stdout):
        try:
            stream.flush()
        except OSError as error:
            problem = (error.strerror or str(error)) if stream is sys.stdout else ""
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, stream.fileno())
            os.close(null)
    return problem
