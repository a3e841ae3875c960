"""What a peer itself does wrong, as a value."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Fault"]


@dataclass(frozen=True, slots=True)
class Fault:
    """The peer broke a rule.

    Attributes:
        code: the close code with which we fail the connection.
        what: a sentence for the reader.
        clause: the clause that is broken.
        close_code: the code of a Close frame that was wrong for its code alone.
    """

    code: int
    what: str
    clause: str
    close_code: int | None = None
