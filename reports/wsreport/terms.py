"""The terms of a report and their meanings: verdicts with glyphs, ends of cells, owners, Autobahn's grades."""

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
        glyph: shown in addition to the colour, for readers who cannot distinguish colours.
    """

    word: str
    glyph: str
    meaning: str


#: Shown where a result is missing.
MISSING = "no result"
#: Shown if the target cannot serve WebSockets on this server.
UNSUPPORTED = "unsupported"
#: Shown if only another run on the page has the case in its plan.
NOT_PLANNED = "not planned"

#: By verdict, in the order of counts and bars.
STATUSES = {
    status.word: status
    for status in (
        Status("pass", "✓", "The requirement was met."),
        Status("info", "i", "The standard does not decide this; the behaviour is only reported."),
        Status("declined", "\N{EN DASH}", "The server declined what the case needs, which is allowed."),
        Status("non-strict", "≈", "Acceptable, but a recommendation was not followed."),
        Status("fail", "✗", "A requirement was violated."),
        Status("crash", "!", "The server was no longer running after this case."),
        Status("not-run", "○", "Not played, since the server does not answer the opening handshake as it must."),
        Status("harness-error", "H", "The suite itself failed: the result says nothing about the server."),
        Status(MISSING, "?", "The run file has no result for this case: the run is incomplete."),
        Status(UNSUPPORTED, "∅", "Not played: the target cannot serve WebSockets on this server."),
        Status(NOT_PLANNED, "\N{MIDDLE DOT}", "Not in the plan of this run, but planned by another run on this page."),
    )
}

#: Verdicts that need attention, the most serious first.
ATTENTION: tuple[Verdict, ...] = ("crash", "fail", "harness-error", "non-strict")

#: By owner of a failure: what the two controls have shown.
OWNER_MEANINGS: dict[Owner, str] = {
    "library": "The library also fails without the server; the server passes with a correct library.",
    "server": "The server also fails with a correct library; the library passes without the server.",
    "both": "The library fails without the server, and the server fails with a correct library.",
    "together": "Each passes without the other: check the library's code for this server.",
}

CELL_MEANINGS: dict[CellStatus | str, str] = {
    "complete": "Every case was played.",
    "crashed": "The server crashed and could not be restarted.",
    "interrupted": "The run was stopped while this cell was being played.",
    "setup-error": "The environment could not be installed, or the server could not be started.",
    "unsupported": "The target cannot serve WebSockets on this server.",
    "not-run": "The cell was not played: the run ended first, or a required Python is missing.",
    "unfinished": "The run file ends before or within this cell.",
}

#: Autobahn's words for the behaviour of a peer and for how the connection was closed.
GRADE_MEANINGS = {
    "OK": "As expected.",
    "NON-STRICT": "Acceptable, but not strictly as expected.",
    "INFORMATIONAL": "Observed, not judged.",
    "UNIMPLEMENTED": "The tested feature is not implemented.",
    "FAILED": "Not as expected.",
    "UNCLEAN": "The connection ended without a clean closing handshake.",
    "WRONG CODE": "The close code was not one of the expected codes.",
    "FAILED BY CLIENT": "The suite had to close the connection, although the server should have.",
}

#: The family of the API contract.
CONTRACT = "A"


def reason_with_binding(judged: Result | Play, binding: Binding | None, profile: str) -> str:
    """Return the reason of a result, preceded by a note if the target does not promise the clause.

    Args:
        judged: a result, or one of its plays.
        binding: the binding of the result.
        profile: the profile of the API contract that the target is judged by; empty if unknown.
    """
    if binding == "ours" and judged.verdict == "info":
        return f"not promised by {profile or 'this target'}: {judged.reason}"
    return judged.reason
