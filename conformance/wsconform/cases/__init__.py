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
    isolation,
    lengths,
    limits,
    masking,
    negotiation,
    pings,
    requests,
    reserved,
    robustness,
    state,
    teardown,
    utf8,
    wsgi,
)
from wsconform.cases.api import clauses as api_clauses
from wsconform.contract.model import ApiClause
from wsconform.conversation.model import Case
from wsconform.script.model import ScriptCase

__all__ = ["API_CLAUSES", "CATALOGUE", "FAMILIES", "SCRIPT_CASES", "WEBSOCKET_CASES"]

SECTIONS = (
    framing,
    pings,
    reserved,
    fragmentation,
    utf8,
    closing,
    limits,
    compression,
    teardown,
    handshake,
    lengths,
    masking,
    negotiation,
    state,
)
DEFLATE_SECTIONS = deflate, deflate_blocks, deflate_windows, deflate_broken
SCRIPT_SECTIONS = wsgi.cases, teardown.scripts, robustness.cases, isolation.cases, requests.cases

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
    "C": "Closing and the end of TCP",
    "H": "Opening handshake",
    "L": "Lengths and limits",
    "M": "Masking",
    "P": "Compression on the wire",
    "X": "Extension negotiation",
    "W": "WSGI hygiene",
    "R": "Robustness",
    "A": "API contract",
}


def _order(case: Case | ScriptCase | ApiClause) -> tuple[int, list[int]]:
    """Return a sort key: families in their order, then number by number."""
    family, *numbers = case.id.split(".")
    return list(FAMILIES).index(family), [int(number) for number in numbers]


#: Conversations, which can be played against any URL.
WEBSOCKET_CASES: dict[str, Case] = {
    case.id: case
    for case in sorted((case for section in (*SECTIONS, *DEFLATE_SECTIONS) for case in section.cases()), key=_order)
}
#: Scripts. Most need a server that the suite has started, with its site.
SCRIPT_CASES: dict[str, ScriptCase] = {
    case.id: case for case in sorted((case for section in SCRIPT_SECTIONS for case in section()), key=_order)
}
#: Clauses of the API contract, whose views are on that site.
API_CLAUSES: dict[str, ApiClause] = {clause.id: clause for clause in sorted(api_clauses(), key=_order)}
_EVERY: dict[str, Case | ScriptCase | ApiClause] = {**WEBSOCKET_CASES, **SCRIPT_CASES, **API_CLAUSES}
CATALOGUE = {case.id: case for case in sorted(_EVERY.values(), key=_order)}
