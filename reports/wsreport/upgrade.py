"""Convert the lines of older run files to today's format."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from wsreport.records import FORMAT

__all__ = ["FormatError", "file_format", "upgraded"]

Line = dict[str, Any]

#: The titles that format 1 left to the reader of the file.
_FAMILIES_1 = {
    "1": "Framing",
    "2": "Pings and pongs",
    "3": "Reserved bits",
    "4": "Reserved opcodes",
    "5": "Fragmentation",
    "6": "UTF-8",
    "7": "Closing",
    "9": "Limits and performance",
    "10": "Fragmented sending",
    "12": "Compression",
    "13": "Compression with parameters",
    "A": "API contract",
    "P": "Compression on the wire",
    "W": "WSGI hygiene",
    "X": "Extension negotiation",
}
#: How format 1 wrote that a sentence does not bind the target.
_UNBOUND_1 = re.compile(r"\Anot promised by [\w.-]+: ")


class FormatError(ValueError):
    """A run file has a newer format than this version can read."""


def file_format(header: Line) -> int:
    """Return the format of a run file.

    Args:
        header: the JSON object of its first line.

    Returns:
        The number of a format that can be read. A header without a sensible number counts as one of today's format,
        so that decoding it says what is wrong.

    Raises:
        FormatError: the format is newer than ours.
    """
    number = header.get("format")
    if type(number) is not int:  # a bool is an int to Python
        return FORMAT
    if number > FORMAT:
        raise FormatError(
            f"the file has format {number}, but this version of wsconform only reads formats up to {FORMAT}: "
            "update wsconform"
        )
    return number if number in _STEPS else FORMAT


def upgraded(line: Any, number: int) -> Any:
    """Convert a line to today's format.

    Args:
        line: the JSON value of the line. What does not look like a line of its format is returned as it is.
        number: the format of its file, as `file_format` returned it.

    Returns:
        The JSON value of a line of format `FORMAT`.
    """
    for step in range(number, FORMAT):
        line = _STEPS[step](line)
    return line


def _from_1(line: Any) -> Any:
    """Add what format 2 has: titles of families, and the binding of a clause, which was the beginning of a reason."""
    match line:
        case {"kind": "result", "case": str(case), "plays": [*plays]} if case.startswith("A."):
            unbound = any(_reason(record) != _plain_reason(record) for record in (line, *plays))
            binding = "ours" if unbound else None
            return _stripped(line) | {"binding": binding, "plays": [_stripped(play) for play in plays]}
        case {"kind": "result"}:
            return line | {"binding": None}
        case {"kind": "header", "plan": {"cases": [*cases]}}:
            used = {case.partition(".")[0] for case in cases if isinstance(case, str)}
            return line | {"families": {f: title for f, title in _FAMILIES_1.items() if f in used}, "format": 2}
        case {"kind": "header"}:
            return line | {"families": {}, "format": 2}
    return line


def _from_2(line: Any) -> Any:
    """Add what format 3 has: how often cases are played, and which plays count."""
    match line:
        case {"kind": "result", "plays": [*plays]} if all(isinstance(play, dict) for play in plays):
            # A failure under load was repeated; if two plays alone were needed, the worse of them had the verdict.
            alone = [number for number, play in enumerate(plays) if number and play.get("alone") is True]
            counts = alone if len(alone) > 1 else range(len(plays))
            return line | {"plays": [play | {"counts": number in counts} for number, play in enumerate(plays)]}
        case {"kind": "header", "plan": {**plan}}:
            return line | {"plan": plan | {"repeat": 1}, "format": 3}
        case {"kind": "header"}:
            return line | {"format": 3}
    return line


def _stripped(record: Any) -> Any:
    """Return a result or a play with a reason that says nothing about the binding."""
    return record | {"reason": _plain_reason(record)} if _reason(record) else record


def _plain_reason(record: Any) -> str:
    return _UNBOUND_1.sub("", _reason(record))


def _reason(record: Any) -> str:
    match record:
        case {"reason": str(reason)}:
            return reason
    return ""


#: By format: from its lines to those of the next one.
_STEPS: dict[int, Callable[[Any], Any]] = {1: _from_1, 2: _from_2}
