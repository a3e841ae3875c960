"""Which cases stand on each clause, and which clauses no case stands on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from wsconform.model import Clause

__all__ = ["Coverage", "State", "by_section", "coverage_of"]

MANDATORY = "MUST", "MUST NOT", "must", "must not"


class State(Enum):
    """What becomes of a clause."""

    CASES = "cases"  # cases stand on it
    ALWAYS = "every case"  # the judge looks at it in every case
    REASON = "reason"  # mandatory, and there is a reason why no case stands on it
    MISSING = "MISSING"  # mandatory, and there is none
    OPTIONAL = "optional"  # neither mandatory nor in a case
    ELSEWHERE = "not a server's"  # it binds only clients or intermediaries
    INVISIBLE = "not visible"  # nobody can see from outside whether it is kept


@dataclass(frozen=True, slots=True)
class Coverage:
    """A clause and the cases that stand on it."""

    clause: Clause
    cases: tuple[str, ...]

    @property
    def counts(self) -> bool:
        """Whether it must have a case or a reason: it is mandatory, binds a server and is visible."""
        clause = self.clause
        return clause.level in MANDATORY and clause.binds == "server" and clause.visible

    @property
    def state(self) -> State:
        """What becomes of the clause."""
        clause = self.clause
        if self.cases:
            return State.CASES
        if clause.always:
            return State.ALWAYS
        if self.counts:
            return State.REASON if clause.uncovered else State.MISSING
        if clause.binds != "server":
            return State.ELSEWHERE
        return State.OPTIONAL if clause.visible else State.INVISIBLE

    @property
    def chapter(self) -> str:
        """The document and the section of the clause, such as ``RFC 6455 section 5.2``."""
        rfc = re.match(r"\d+", self.clause.id)
        section = self.clause.section.partition(" ")[0]
        if rfc:
            return f"RFC {rfc[0]} section {section}"
        return "Rules of this suite" if self.clause.section == "ours" else self.clause.section


def coverage_of(clauses: Mapping[str, Clause], cited: Iterable[tuple[str, str]]) -> list[Coverage]:
    """Return the coverage of each clause, in the order of the documents and their sections.

    Args:
        clauses: by id.
        cited: pairs of a clause and a case that stands on it.
    """
    cases: dict[str, list[str]] = {}
    for clause, case in cited:
        cases.setdefault(clause, []).append(case)
    rows = (Coverage(clause, tuple(dict.fromkeys(cases.get(id_, ())))) for id_, clause in clauses.items())
    return sorted(rows, key=lambda row: _order(row.clause))


def by_section(rows: Iterable[Coverage]) -> Iterator[tuple[str, list[Coverage]]]:
    """Yield each section with its clauses, in the order in which the sections come first."""
    sections: dict[str, list[Coverage]] = {}
    for row in rows:
        sections.setdefault(row.chapter, []).append(row)
    yield from sections.items()


def _order(clause: Clause) -> tuple[bool, list[int], str]:
    numbered = clause.id[0].isdigit()
    return not numbered, [int(number) for number in re.findall(r"\d+", clause.id)] if numbered else [], clause.id
