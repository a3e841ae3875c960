"""Say which section of which standard a clause is, and where it can be read."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wsreport.records import ClauseRef

__all__ = ["describe", "first_link", "link", "name", "sentence"]

#: The RFC in the id of a clause, as in `6455-5.4-1` and `tls-8446-6.1`.
_RFC = re.compile(r"(?:tls-)?(\d{4})-", re.ASCII)
_SECTION = re.compile(r"(?:RFC \d+, )?(\d+(?:\.\d+)*)(?: of RFC \d+)?", re.ASCII)
#: The text of a clause of the API contract says how its document binds; in words.
_BINDINGS = {
    "promised": "promised by this document",
    "implied": "implied by this document",
    "ours": "promised by the reference alone",
}
_PEP = re.compile(r"PEP (\d{1,4})", re.ASCII)


def link(clause: ClauseRef) -> str:
    """Return the URL of a clause's section in its RFC or PEP; empty if it is in neither."""
    rfc, section, pep = _RFC.match(clause.id), _SECTION.fullmatch(clause.section), _PEP.fullmatch(clause.section)
    if rfc and section:
        return f"https://www.rfc-editor.org/rfc/rfc{rfc[1]}#section-{section[1]}"
    return f"https://peps.python.org/pep-{int(pep[1]):04}/" if pep else ""


def first_link(clauses: Iterable[ClauseRef]) -> str:
    """Return the first URL of some clauses; empty if none has one."""
    return next(filter(None, map(link, clauses)), "")


def name(clause: ClauseRef) -> str:
    """Return the place of a clause as a reader would write it, such as `RFC 6455, section 5.4`."""
    rfc, section = _RFC.match(clause.id), _SECTION.fullmatch(clause.section)
    if rfc and section:
        return f"RFC {rfc[1]}, section {section[1]}"
    if clause.section == "ours":
        return "a rule of this suite"
    return clause.section if _PEP.fullmatch(clause.section) else f"{clause.id}, {clause.section}"


def sentence(clause: ClauseRef) -> str:
    """Return what a clause says; of a clause of the API contract, how its document binds."""
    return _BINDINGS.get(clause.text, clause.text)


def describe(clause: ClauseRef) -> str:
    """Return a clause with its place and id in one line."""
    place = name(clause)
    return f"{place}: {sentence(clause)}" + ("" if place.startswith(clause.id) else f" ({clause.id})")
