"""Describe clauses in words, for `wsconform show`."""

from __future__ import annotations

from wsconform.contract.model import ApiClause, Basis, Document
from wsconform.contract.sites import SITES
from wsconform.script.describe import lines_of

__all__ = ["describe_clause", "under"]


def describe_clause(clause: ApiClause) -> list[str]:
    """Return the sentence, the settings, the conversation and the sources, as lines of text."""
    lines = [f"[{clause.id}] {clause.title}", f"  ({under(clause)})", *lines_of(clause.steps)]
    if clause.silent:
        lines.append("  = the server logs no error")
    return [*lines, *map(_basis, clause.bases or (Basis(Document.OURS, ""),))]


def _basis(basis: Basis) -> str:
    document = basis.document
    place = f", {basis.place}" if basis.place else ""
    return f"  {document.strength.value}: {document.title}{place} ({document.address})"


def under(clause: ApiClause) -> str:
    """Describe the settings that a clause is played under."""
    return f"site {clause.site}: {SITES[clause.site].summary}"
