"""The terms of a report and what they mean: verdicts with their glyphs, ends of cells, owners, Autobahn's grades."""

from __future__ import annotations

from dataclasses import dataclass

from wsreport.records import Binding, CellStatus, Owner, Play, Result, Verdict

__all__ = [
    "ATTENTION",
    "CELL_MEANINGS",
    "CONTRACT",
    "GRADE_MEANINGS",
    "MISSING",
    "NOT_PLANNED",
    "OWNER_MEANINGS",
    "STATUSES",
    "UNSUPPORTED",
    "Status",
    "reason_with_binding",
]


@dataclass(frozen=True, slots=True)
class Status:
    """How a verdict is shown.

    Attributes:
        glyph: shown beside the colour, for readers who do not see it.
    """

    word: str
    glyph: str
    meaning: str


#: Shown where a result is missing.
MISSING = "no result"
#: Shown where the cell is unsupported, according to the target itself.
UNSUPPORTED = "unsupported"
#: Shown where only another run of the page has the case in its plan.
NOT_PLANNED = "not planned"

#: By verdict, in the order in which counts and bars show them.
STATUSES = {
    status.word: status
    for status in (
        Status("pass", "✓", "The peer did what the standard asks for."),
        Status("info", "i", "The standard does not decide; what the peer did is only reported."),
        Status("declined", "\N{EN DASH}", "The peer did not agree to what the case needs, as it may."),
        Status("non-strict", "≈", "Tolerable, but a recommendation was not followed or the second-best way taken."),
        Status("fail", "✗", "The peer broke a requirement."),
        Status("crash", "!", "The server was dead after this case."),
        Status("harness-error", "H", "The suite itself failed, so the result says nothing about the peer."),
        Status(MISSING, "?", "The run file lacks the result: the run is incomplete."),
        Status(UNSUPPORTED, "∅", "Not played: the target itself says that it does not work on this server."),
        Status(NOT_PLANNED, "\N{MIDDLE DOT}", "Not in the plan of this run; another run of this page has it."),
    )
}

#: Verdicts that a reader has to look at, the most pressing first.
ATTENTION: tuple[Verdict, ...] = ("crash", "fail", "harness-error", "non-strict")

#: What shows that a failure belongs to a part.
OWNER_MEANINGS: dict[Owner, str] = {
    "library": "The library fails alone, too, and the server carries a right peer.",
    "server": "The server fails with a right peer, and the library is right alone.",
    "both": "The library fails alone, and the server fails with a right peer.",
    "together": "Each is right without the other: look at the library's part for this server.",
}

CELL_MEANINGS: dict[CellStatus | str, str] = {
    "complete": "Every case was played.",
    "crashed": "The server did not survive and could not be brought back.",
    "interrupted": "Somebody stopped the run while this cell was played.",
    "setup-error": "The environment or the server could not be prepared.",
    "unsupported": "The target itself says that it does not work on this server; the reason is given.",
    "not-run": "The run ended before this cell was reached.",
    "unfinished": "The run file breaks off within this cell, or before it.",
}

#: Autobahn's words for the behaviour of a peer and for how the connection was closed.
GRADE_MEANINGS = {
    "OK": "As expected.",
    "NON-STRICT": "Acceptable, not strictly as expected.",
    "INFORMATIONAL": "Observed, not judged.",
    "UNIMPLEMENTED": "The peer does not implement what is tested.",
    "FAILED": "Not as expected.",
    "UNCLEAN": "The connection ended without a clean closing handshake.",
    "WRONG CODE": "It was closed with a close code that is not among the expected ones.",
    "FAILED BY CLIENT": "It was ended by the suite, though the peer should have done so.",
}

#: The family of the API contract.
CONTRACT = "A"


def reason_with_binding(judged: Result | Play, binding: Binding | None, profile: str) -> str:
    """Return the reason of a result; if the target does not promise the sentence, that comes first.

    Args:
        judged: a result, or one of its plays.
        binding: the binding of the result.
        profile: the profile by which the target is judged; empty if it is not known.
    """
    if binding == "ours" and judged.verdict == "info":
        return f"not promised by {profile or 'this target'}: {judged.reason}"
    return judged.reason
