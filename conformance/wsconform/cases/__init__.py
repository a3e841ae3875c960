"""The catalogue: every case, in order, by id."""

from __future__ import annotations

from wsconform.cases import (
    closing,
    compression,
    deflate,
    deflate_blocks,
    deflate_broken,
    deflate_windows,
    fragmentation,
    framing,
    handshake,
    limits,
    negotiation,
    pings,
    requests,
    reserved,
    robustness,
    utf8,
    wsgi,
)
from wsconform.cases.api import clauses as api_clauses
from wsconform.contract.model import ApiClause
from wsconform.conversation.model import Case
from wsconform.script.model import ScriptCase

__all__ = ["API_CLAUSES", "CATALOGUE", "FAMILIES", "SCRIPT_CASES", "WEBSOCKET_CASES"]

SECTIONS = framing, pings, reserved, fragmentation, utf8, closing, limits, compression, handshake, negotiation
DEFLATE_SECTIONS = deflate, deflate_blocks, deflate_windows, deflate_broken


def _order(case: Case | ScriptCase | ApiClause) -> list[tuple[int, str]]:
    """Return a sort key: part by part, numbers before letters."""
    return [(int(part), "") if part.isdigit() else (1_000, part) for part in case.id.split(".")]


#: Cases that can be played against any URL.
WEBSOCKET_CASES: dict[str, Case] = {
    case.id: case
    for case in sorted((case for section in (*SECTIONS, *DEFLATE_SECTIONS) for case in section.cases()), key=_order)
}
#: Cases that need a server started by the suite, with its site.
SCRIPT_CASES: dict[str, ScriptCase] = {
    case.id: case for section in (wsgi, robustness, requests) for case in sorted(section.cases(), key=_order)
}
#: Clauses of the API contract, whose views are on that site.
API_CLAUSES: dict[str, ApiClause] = {clause.id: clause for clause in sorted(api_clauses(), key=_order)}
CATALOGUE: dict[str, Case | ScriptCase | ApiClause] = {**WEBSOCKET_CASES, **SCRIPT_CASES, **API_CLAUSES}

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
    "H": "Opening handshake",
    "P": "Compression on the wire",
    "X": "Extension negotiation",
    "W": "WSGI hygiene",
    "R": "Robustness",
    "A": "API contract",
}
