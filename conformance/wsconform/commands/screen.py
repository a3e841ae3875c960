"""Write text with styles to the terminal: nothing in a text that is not ours is markup or obeyed by the terminal.

Whatever is shown of ids, titles, names, a server's output or the command line goes through `say` or `styled`.
"""

from __future__ import annotations

import errno
import os
import sys

from rich.console import Console
from rich.text import Text

from wsconform.commands.output import LONGEST
from wsreport.model import visible
from wsreport.text import cut

__all__ = ["Screen", "say", "styled"]


class Screen(Console):
    """A console on standard output that raises BrokenPipeError when nobody reads it, instead of ending the process."""

    def __init__(self) -> None:
        super().__init__(file=sys.stdout)

    def on_broken_pipe(self) -> None:
        """Let the error pass; rich would exit with the code of a failed run."""
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def say(console: Console, *parts: str | tuple[str, str], style: str = "", end: str = "\n") -> None:
    """Print a line.

    Args:
        console: where to.
        parts: texts, each alone or with a style.
        style: of the whole line.
        end: what follows.
    """
    console.print(styled(*parts, style=style), highlight=False, soft_wrap=True, end=end)


def styled(*parts: str | tuple[str, str], style: str = "") -> Text:
    """Return text in which nothing is markup, and everything can be seen."""
    pairs = ((part, "") if isinstance(part, str) else part for part in parts)
    return Text.assemble(*((visible(cut(text, LONGEST)), own) for text, own in pairs), style=style)
