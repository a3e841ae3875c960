"""Escape text that is not ours for Markdown and the HTML in it, as GitHub and others render it."""

from __future__ import annotations

import re

from wsreport.text import one_line

__all__ = ["code", "plain", "size"]

#: Characters that Markdown, its extensions or HTML give a meaning to, wherever they stand in a line.
_MEANT = re.compile(r"[&<>`*_\[\]|~\\$]")
#: Places behind which a mention, a reference or a bare address begins. Most of these are found after Markdown has been
#: rendered, where no escape helps.
_REFERRING = re.compile(r"(?<=[@#])(?=\w)|(?<=\bGH-)(?=\d)|(?<=:)(?=//)|(?<=\bwww)(?=\.)", re.IGNORECASE)
_ZERO_WIDTH_SPACE = "\N{ZERO WIDTH SPACE}"
_BACKTICKS = re.compile("`+")


def plain(text: str, limit: int) -> str:
    """Return text as one line that renders as itself, in Markdown, in a cell of its tables and in HTML.

    Nothing in it becomes a link, an image, a mention, a reference to an issue, a formula or markup. Do not begin a
    line with it: a number with a full stop would begin a list there.

    Args:
        text: any text.
        limit: the number of characters of the text to keep.
    """
    apart = _REFERRING.sub(_ZERO_WIDTH_SPACE, one_line(text, limit).strip())
    return _MEANT.sub(lambda found: f"&#{ord(found[0])};", apart)


def code(text: str, limit: int) -> str:
    """Return text as one line of code. Not for a cell of a table, where a pipe would end it.

    Args:
        text: any text.
        limit: the number of characters of the text to keep.
    """
    shown = one_line(text, limit)
    fence = "`" * (1 + max((len(run) for run in _BACKTICKS.findall(shown)), default=0))
    # One space at each end is not part of the code, if there is more than spaces between.
    padding = " " if shown.strip() and {shown[0], shown[-1]} & {"`", " "} else ""
    return f"{fence}{padding}{shown or ' '}{padding}{fence}"


def size(text: str) -> int:
    """Return the number of bytes of a text in UTF-8."""
    return len(text.encode())
