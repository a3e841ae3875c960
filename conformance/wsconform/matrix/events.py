"""What happens while cells are played, as values: what the run file, the terminal and other processes are sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from wsreport import model as lines

__all__ = ["CellBegins", "Event", "Listener", "Note", "Repeating", "Replaying"]


@dataclass(frozen=True, slots=True)
class Note:
    """Something takes time before a cell can begin."""

    text: str


@dataclass(frozen=True, slots=True)
class CellBegins:
    """A cell begins.

    Attributes:
        cases: how many cases will be played.
    """

    start: lines.CellStart
    cases: int


@dataclass(frozen=True, slots=True)
class Replaying:
    """Cases of a cell did not pass and are about to be repeated.

    Attributes:
        cases: how many.
    """

    cell: str
    cases: int


@dataclass(frozen=True, slots=True)
class Repeating:
    """Every case of a cell is played several times, and the next round begins.

    Attributes:
        number: of the round, from 1.
    """

    cell: str
    number: int


Event = Note | CellBegins | Replaying | Repeating | lines.Result | lines.Attribution | lines.CellEnd
Listener = Callable[[Event], None]
