"""The catalogue: every case, in order, by id; and the clauses that the cases stand on."""

from __future__ import annotations

import tomllib
from importlib import resources

from conformance.cases import closing, fragmentation, framing, limits, pings, reserved, utf8
from conformance.model import Case, Clause

__all__ = ["CATALOGUE", "CLAUSES", "FAMILIES"]

SECTIONS = framing, pings, reserved, fragmentation, utf8, closing, limits
CATALOGUE: dict[str, Case] = {
    case.id: case
    for case in sorted((c for s in SECTIONS for c in s.cases()), key=lambda c: [int(n) for n in c.id.split(".")])
}

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
}


def _clauses() -> dict[str, Clause]:
    table = tomllib.loads((resources.files(__package__) / "clauses.toml").read_text("utf-8"))
    return {id_: Clause(id_, **row) for id_, row in table.items()}


CLAUSES = _clauses()
