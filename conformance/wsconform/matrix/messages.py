"""What happens in a cell as lines of text between two processes, and back. Knows neither process."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from wsreport import model as lines
from wsreport.records import RECORDS

__all__ = ["PipeListener", "deliver"]


class PipeListener:
    """A listener that writes a line for whatever it is told; `deliver` tells it at the other end."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    def note(self, text: str) -> None:
        """See `wsconform.matrix.cell.Listener`."""
        self._tell("note", text)

    def cell_begins(self, start: lines.CellStart, cases: int) -> None:
        """See `wsconform.matrix.cell.Listener`."""
        self._tell("cell_begins", start.to_json(), cases)

    def result(self, result: lines.Result) -> None:
        """See `wsconform.matrix.cell.Listener`."""
        self._tell("result", result.to_json())

    def replaying(self, cell: str, cases: int) -> None:
        """See `wsconform.matrix.cell.Listener`."""
        self._tell("replaying", cell, cases)

    def attribution(self, attribution: lines.Attribution) -> None:
        """See `wsconform.matrix.cell.Listener`."""
        self._tell("attribution", attribution.to_json())

    def cell_ends(self, end: lines.CellEnd) -> None:
        """See `wsconform.matrix.cell.Listener`."""
        self._tell("cell_ends", end.to_json())

    def _tell(self, what: str, *arguments: object) -> None:
        self._write(json.dumps([what, *arguments]) + "\n")


def deliver(line: str, listener: Any) -> str:
    """Tell a listener what a line says; return the name of the method that was called.

    Raises:
        ValueError: it is no such line.
    """
    what, *arguments = json.loads(line)
    if what not in _WORDS:
        raise ValueError(f"nothing is called {what!r}")
    getattr(listener, what)(*map(_value, arguments))
    return str(what)


_WORDS = {name for name in vars(PipeListener) if not name.startswith("_")}


def _value(argument: Any) -> Any:
    """A record for a JSON object, anything else as it is."""
    return RECORDS[argument["kind"]].from_json(argument) if isinstance(argument, dict) else argument
