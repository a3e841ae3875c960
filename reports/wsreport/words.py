"""The words of a report: verdicts with glyph and meaning, Autobahn's grades, families; holds no logic."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "ATTENTION",
    "CELL_MEANINGS",
    "CONTRACT",
    "FAMILIES",
    "GRADE_MEANINGS",
    "MISSING",
    "NOT_PLANNED",
    "OWNER_MEANINGS",
    "STATUSES",
    "UNBOUND",
    "UNSUPPORTED",
    "Status",
]


@dataclass(frozen=True, slots=True)
class Status:
    """How a verdict is shown: a glyph, so that colour is never alone, and what it means."""

    word: str
    glyph: str
    meaning: str


#: What stands where a result should be and is none.
MISSING = "no result"
#: What stands there if the cell is unsupported by the target's own account.
UNSUPPORTED = "unsupported"
#: What stands there if only another run of the page was to play the case.
NOT_PLANNED = "not planned"

#: By verdict, in the order in which counts and bars show them.
STATUSES = {
    status.word: status
    for status in (
        Status("pass", "✓", "The peer did what the standard asks for."),
        Status("info", "i", "The standard decides nothing here; what the peer did is only reported."),
        Status("declined", "\N{EN DASH}", "The peer did not agree to what the case needs, as it may."),
        Status(
            "non-strict",
            "≈",
            "Tolerable, but a recommendation was not followed or the second-best way taken.",
        ),
        Status("fail", "✗", "The peer broke a requirement."),
        Status("crash", "!", "The server was dead after this case."),
        Status("timeout", "T", "The case did not come to an end within its upper bound."),
        Status("setup-error", "S", "The server could not be prepared, so nothing can be said of the peer."),
        Status("harness-error", "H", "The suite itself failed, so nothing can be said of the peer."),
        Status("not-run", "N", "Planned and not played."),
        Status(MISSING, "?", "The run file lacks the result: the run is incomplete."),
        Status(UNSUPPORTED, "∅", "Not played, since the target does not work on this server by its own account."),
        Status(NOT_PLANNED, "\N{MIDDLE DOT}", "Not in the plan of this run; another run of this page has it."),
    )
}

#: Verdicts that a reader has to look at, the most pressing first.
ATTENTION = ("crash", "fail", "timeout", "harness-error", "setup-error", "non-strict", "not-run")

#: Whose a failure is, and why that is said.
OWNER_MEANINGS = {
    "library": "The library fails alone, too, and the server carries a right peer.",
    "server": "The server fails with a right peer, and the library is right alone.",
    "both": "The library fails alone, and the server fails with a right peer.",
    "together": "Each is right without the other: look at the library's part for this server.",
}

CELL_MEANINGS = {
    "complete": "Every case was played.",
    "crashed": "The server did not survive and could not be brought back.",
    "interrupted": "Somebody stopped the run while this cell was played.",
    "setup-error": "The environment or the server could not be prepared.",
    "unsupported": "The target does not work on this server by its own account; the reason is given.",
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
    "WRONG CODE": "It was closed with a close code that is not among those expected.",
    "FAILED BY CLIENT": "It was ended by the suite, though the peer should have done so.",
}

#: The family of the API contract.
CONTRACT = "A"
#: How the reason begins of a clause that is not kept, and does not bind the target.
UNBOUND = "not promised by "

#: Families by the group with which a case id begins; the numbers are Autobahn's, the letters ours.
FAMILIES = {
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
    "C": "Closing and the end of TCP",
    "H": "Opening handshake",
    "L": "Length encoding and limits",
    "M": "Masking",
    "P": "Compression on the wire",
    "R": "Robustness",
    "W": "WSGI hygiene",
    "X": "Extension negotiation",
}
