"""Findings as values: a mistake, the results that show it, and rules that tell mistakes apart."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, get_args

from wsreport.patterns import case_matcher
from wsreport.records import CaseInfo, ClauseRef, Level, Owner, Result, Verdict
from wsreport.run import CellRun, Run

__all__ = ["SEVERITIES", "Finding", "Mark", "Occurrence", "Place", "Rule", "Severity", "Where"]

Severity = Literal["security", "interoperability", "strictness"]
#: The most serious first.
SEVERITIES: tuple[Severity, ...] = get_args(Severity)


@dataclass(frozen=True, slots=True)
class Place:
    """A cell of a run, under the name that readers see.

    Attributes:
        name: the id of the cell, after the name of the run if several stand side by side.
    """

    name: str
    run: Run
    played: CellRun

    @property
    def contract(self) -> str:
        """The profile of the API contract that the target is judged by; empty if it is not known."""
        return self.played.start.target.get("contract", "")


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A result that shows a mistake, with its case and cell."""

    place: Place
    info: CaseInfo
    result: Result

    @property
    def owner(self) -> Owner | None:
        """The part that the failure belongs to, if that is known."""
        attribution = self.place.played.attributions.get(self.result.case)
        return attribution.owner if attribution else None

    @property
    def size(self) -> int:
        """The number of bytes on the wire, in both directions."""
        return sum(entry.size for entry in self.result.wire)

    @property
    def clauses(self) -> tuple[ClauseRef, ...]:
        """The broken clauses; of the case if the result names none."""
        return self.result.clauses or self.info.clauses


@dataclass(frozen=True, slots=True)
class Where:
    """Conditions on a result and its case. All that are given must hold.

    Attributes:
        reason: a regular expression for the reason of the result.
        title: likewise for the title of the case.
        needs: likewise for a line of what the case expects, and for how it expects the connection to end.
        cases: patterns of cases, separated by commas.
        clause: a regular expression for the id of the first broken clause, from its start.
        verdicts: verdicts of the result; empty for any.
    """

    reason: str = ""
    title: str = ""
    needs: str = ""
    cases: str = ""
    clause: str = ""
    verdicts: tuple[Verdict, ...] = ()

    def match(self, info: CaseInfo, result: Result | None, clause: str = "") -> dict[str, str] | None:
        """Return the texts of the named groups if all conditions hold, or else None.

        Args:
            info: the case.
            result: None to ask only about the case; conditions on the result then do not hold.
            clause: the id of the first broken clause.
        """
        if result is None and (self.reason or self.verdicts or self.clause):
            return None
        if result is not None and self.verdicts and result.verdict not in self.verdicts:
            return None
        if self.cases and not _named(self.cases, info.id):
            return None
        if self.clause and not re.match(self.clause, clause):
            return None
        if self.needs and not any(re.search(self.needs, line) for line in (*info.expects, info.closing)):
            return None
        groups: dict[str, str] = {}
        for pattern, text in ((self.reason, result.reason if result else ""), (self.title, info.title)):
            if pattern:
                found = re.search(pattern, text)
                if found is None:
                    return None
                groups |= {name: value for name, value in found.groupdict().items() if value is not None}
        return groups


@dataclass(frozen=True, slots=True)
class Rule:
    """How results are recognised as signs of one mistake.

    Attributes:
        id: the name of the rule.
        title: the mistake in plain words; may have the groups of `where`, `{clause}` and `{case}`.
        where: which results it is about.
        key: the results with the same text here show the same mistake; may have the same groups.
        among: a cell is judged by this rule only if `share` of these cases of it match `where`.
        share: see there.
        least: the number of cases of the cell that must match at least.
        spread: the number of clauses that they must break at least.
        clause: the id of the clause that is broken, if the run file has it; empty: of the smallest conversation.
        named_by: patterns of cases whose clause is preferred, separated by commas.
        severity: how serious; empty: by the table of severities.
        because: why.
        hides: further failures in the same cell that follow from this mistake, of later rules.
        hint: where to look.
        known: whether it stands for one mistake; False for groups of what fits no other rule.
    """

    id: str
    title: str
    where: Where
    key: str = ""
    among: Where | None = None
    share: float = 0.8
    least: int = 1
    spread: int = 1
    clause: str = ""
    named_by: str = ""
    severity: Severity | Literal[""] = ""
    because: str = ""
    hides: tuple[Where, ...] = ()
    hint: str = ""
    known: bool = True


@dataclass(frozen=True, slots=True)
class Mark:
    """The byte that is wrong.

    Attributes:
        entry: the number of the line of the wire log, from 0.
        offset: the number of the byte in it, from 0.
    """

    entry: int
    offset: int


@dataclass(frozen=True, slots=True)
class Finding:
    """A mistake, as far as can be told.

    Attributes:
        rule: the id of the rule that recognised it.
        title: the mistake in plain words.
        known: whether a rule stands for this mistake; if not, its results only break the same clause.
        clause: the clause that is broken; None if the run file names none.
        level: how binding it is.
        severity: how serious it is.
        because: why.
        hint: where to look; empty if nothing is known.
        shown: the result with the smallest conversation.
        mark: the byte that is wrong in it, if that is known.
        occurrences: all results that show it.
        derived: results that fail because of it; there is nothing else to say about them.
        spared: the names of cells that do not have it, although its cases were played there.
        compressed_only: it shows only in conversations about compression.
    """

    rule: str
    title: str
    known: bool
    clause: ClauseRef | None
    level: Level
    severity: Severity
    because: str
    hint: str
    shown: Occurrence
    mark: Mark | None
    occurrences: tuple[Occurrence, ...]
    derived: tuple[Occurrence, ...] = ()
    spared: tuple[str, ...] = ()
    compressed_only: bool = False

    @property
    def cases(self) -> tuple[str, ...]:
        """The ids of the cases that show it."""
        return tuple(dict.fromkeys(one.result.case for one in self.occurrences))

    @property
    def cells(self) -> tuple[str, ...]:
        """The names of the cells that have it."""
        return tuple(dict.fromkeys(one.place.name for one in self.occurrences))

    @property
    def owners(self) -> tuple[Owner, ...]:
        """The parts that its failures belong to, as far as that is known."""
        return tuple(dict.fromkeys(one.owner for one in self.occurrences if one.owner))

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of its results."""
        order: tuple[Verdict, ...] = ("crash", "fail", "harness-error", "non-strict")
        verdicts = [one.result.verdict for one in self.occurrences]
        return min(verdicts, key=lambda verdict: order.index(verdict) if verdict in order else len(order))

    @property
    def flaky(self) -> int:
        """The number of its results that are flaky."""
        return sum(one.result.is_flaky for one in self.occurrences)


@dataclass
class Group:
    """Results that show one mistake, while findings are made."""

    rule: Rule
    groups: dict[str, str]
    occurrences: list[Occurrence] = field(default_factory=list)
    derived: list[Occurrence] = field(default_factory=list)


@cache
def _patterns(patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(case_matcher(pattern) for pattern in patterns.split(","))


def _named(patterns: str, case: str) -> bool:
    return any(pattern.fullmatch(case) for pattern in _patterns(patterns))


def first_named(patterns: str, occurrences: Iterable[Occurrence]) -> list[Occurrence]:
    """Return the results of the cases that some patterns name."""
    return [one for one in occurrences if _named(patterns, one.result.case)]
