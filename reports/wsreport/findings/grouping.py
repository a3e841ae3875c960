"""Group the results of runs into findings. There is no I/O here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from wsreport.findings.grades import GRADES, MARKS
from wsreport.findings.model import (
    SEVERITIES,
    Finding,
    Group,
    Mark,
    Occurrence,
    Place,
    Rule,
    Severity,
    Where,
    first_named,
)
from wsreport.findings.rules import RULES
from wsreport.records import PASSING, ClauseRef, Level, Result, WireEntry
from wsreport.run import Run

__all__ = ["find", "findings_of"]

#: Families whose cases need compression.
_COMPRESSING = frozenset({"12", "13", "P", "X"})
_Key = tuple[str, str]


def findings_of(run: Run, counts: Callable[[Result], bool] = lambda _: True) -> tuple[Finding, ...]:
    """Return the findings of a run, the most serious first.

    Args:
        run: complete or not.
        counts: whether a result is to be looked at, e.g. since the gate does not excuse it.
    """
    return find([Place(name, run, played) for name, played in run.cells.items()], counts)


def find(places: Sequence[Place], counts: Callable[[Result], bool] = lambda _: True) -> tuple[Finding, ...]:
    """Return the findings of some cells, the most serious first. The same mistake in several cells is one finding.

    Args:
        places: the cells.
        counts: whether a result is to be looked at.
    """
    groups: dict[_Key, Group] = {}
    for place in places:
        for key, group in _of_cell(place, counts).items():
            known = groups.setdefault(key, Group(group.rule, group.groups))
            known.occurrences += group.occurrences
            known.derived += group.derived
    clauses = _clauses(places)
    found = [_finding(group, places, clauses) for group in groups.values()]
    return tuple(sorted(found, key=_urgency))


def _urgency(finding: Finding) -> tuple[int, bool, int]:
    """Sort findings: by severity, failures first, then by size. What no rule knows may follow from something known."""
    severity = SEVERITIES.index(finding.severity)
    return (
        severity if finding.known else max(severity, SEVERITIES.index("interoperability")),
        finding.verdict == "non-strict",
        -len(finding.derived) - len(finding.occurrences),
    )


# One cell


def _of_cell(place: Place, counts: Callable[[Result], bool]) -> dict[_Key, Group]:
    results = place.played.results
    planned = dict.fromkeys((*place.run.header.plan.cases, *results))
    played = [Occurrence(place, place.run.info(case), results[case]) for case in planned if case in results]
    failed = [one for one in played if one.result.verdict not in PASSING and counts(one.result)]
    groups: dict[_Key, Group] = {}
    rules = [rule for rule in RULES if _applies(rule, played, failed)]
    for one in failed:
        for rule in rules:
            found = rule.where.match(one.info, one.result, _clause_id(one))
            if found is not None:
                found |= {"clause": _clause_id(one), "case": one.result.case}
                group = groups.setdefault((rule.id, _filled(rule.key, found)), Group(rule, found))
                group.occurrences.append(one)
                break
    return _without_derived(groups)


def _applies(rule: Rule, played: Iterable[Occurrence], failed: Sequence[Occurrence]) -> bool:
    """Whether a cell is judged by a rule: it has no condition on the whole cell, or the condition holds."""
    if rule.among is None and rule.least <= 1:
        return True
    matching = {
        one.result.case: _clause_id(one)
        for one in failed
        if rule.where.match(one.info, one.result, _clause_id(one)) is not None
    }
    if len(matching) < rule.least or len(set(matching.values())) < rule.spread:
        return False
    if rule.among is None:
        return True
    among = {one.result.case for one in played if rule.among.match(one.info, None) is not None}
    return bool(among) and len(matching.keys() & among) >= rule.share * len(among)


def _without_derived(groups: dict[_Key, Group]) -> dict[_Key, Group]:
    """Move failures that follow from another mistake to it; earlier rules explain later ones."""
    order = {rule.id: number for number, rule in enumerate(RULES)}
    ranked = sorted(groups, key=lambda key: order[key[0]])
    for number, key in enumerate(ranked):
        hides = groups[key].rule.hides
        if not hides or not groups[key].occurrences:
            continue
        for other in ranked[number + 1 :]:
            own, moved = _divided(groups[other].occurrences, hides)
            groups[other].occurrences = own
            groups[key].derived += moved
            if not own:
                groups[key].derived += groups[other].derived
    return {key: group for key, group in groups.items() if group.occurrences}


def _divided(occurrences: Iterable[Occurrence], hides: Iterable[Where]) -> tuple[list[Occurrence], list[Occurrence]]:
    own: list[Occurrence] = []
    moved: list[Occurrence] = []
    for one in occurrences:
        hidden = any(where.match(one.info, one.result, _clause_id(one)) is not None for where in hides)
        (moved if hidden else own).append(one)
    return own, moved


# A finding


def _finding(group: Group, places: Sequence[Place], clauses: Mapping[str, ClauseRef]) -> Finding:
    rule = group.rule
    named = first_named(rule.named_by, group.occurrences) if rule.named_by else []
    shown = min(named or group.occurrences, key=_smallness)
    clause = clauses.get(rule.clause) or _shared(named or group.occurrences, shown)
    severity, because = _severity(rule, shown)
    finding = Finding(
        rule=rule.id,
        title=_title(rule, group.groups, shown, clause),
        known=rule.known,
        clause=clause,
        level=_level(group.occurrences),
        severity=severity,
        because=because,
        hint=rule.hint,
        shown=shown,
        mark=_mark(shown),
        occurrences=tuple(group.occurrences),
        derived=tuple(group.derived),
    )
    families = {one.info.family for one in group.occurrences}
    return replace(finding, spared=_spared(finding, places), compressed_only=families <= _COMPRESSING)


def _shared(occurrences: Iterable[Occurrence], shown: Occurrence) -> ClauseRef | None:
    """Return the clause that most results break; of several, the first of the smallest conversation."""
    broken = Counter(clause for one in occurrences for clause in dict.fromkeys(one.clauses))
    return max(shown.clauses, key=lambda clause: broken[clause], default=None)


def _smallness(one: Occurrence) -> tuple[bool, bool, bool, int, int, str]:
    """Sort conversations: those with a wire log first, then failures, then by bytes; compression only obscures."""
    result = one.result
    obscured = one.info.family in _COMPRESSING
    return not result.wire, result.verdict == "non-strict", obscured, one.size, len(result.case), result.case


def _level(occurrences: Iterable[Occurrence]) -> Level:
    order: tuple[Level, ...] = ("MUST", "SHOULD", "MAY")
    failed = [one.info.level for one in occurrences if one.result.verdict != "non-strict"]
    return min(failed, key=order.index) if failed else "SHOULD"


def _severity(rule: Rule, shown: Occurrence) -> tuple[Severity, str]:
    """Return how serious a mistake is, and why; the last grade fits every result."""
    if rule.severity:
        return rule.severity, rule.because
    return next(
        (severity, because)
        for where, severity, because in GRADES
        if where.match(shown.info, shown.result, _clause_id(shown)) is not None
    )


def _title(rule: Rule, groups: Mapping[str, str], shown: Occurrence, clause: ClauseRef | None) -> str:
    text = clause.text if clause else shown.info.title
    return _filled(rule.title, {**groups, "text": text, "case": shown.info.title, "reason": shown.result.reason})


def _mark(shown: Occurrence) -> Mark | None:
    """Return where the wrong byte is in the wire log, by the table of marks."""
    for reason, what, base in MARKS:
        found = re.search(reason, shown.result.reason)
        if found is None:
            continue
        for number, entry in enumerate(shown.result.wire):
            if entry.from_ == "peer" and re.search(what, entry.what):
                offset = _header(entry) if base is None else base
                offset += int(found["byte"]) if "byte" in found.groupdict() else 0
                return Mark(number, offset) if offset < len(entry.octets) // 2 else None
    return None


def _header(entry: WireEntry) -> int:
    """Return the length of the header of an unmasked frame."""
    short = int(entry.octets[2:4] or "0", 16) & 0x7F
    return {126: 4, 127: 10}.get(short, 2)


def _spared(finding: Finding, places: Iterable[Place]) -> tuple[str, ...]:
    cases, cells = finding.cases, set(finding.cells)
    return tuple(
        place.name
        for place in places
        if place.name not in cells
        and (results := [place.played.results[case] for case in cases if case in place.played.results])
        and any(result.verdict in PASSING for result in results)
    )


def _clauses(places: Iterable[Place]) -> dict[str, ClauseRef]:
    found: dict[str, ClauseRef] = {}
    for place in places:
        for info in place.run.cases.values():
            for clause in info.clauses:
                found.setdefault(clause.id, clause)
    return found


def _clause_id(one: Occurrence) -> str:
    return next((clause.id for clause in one.clauses), "")


def _filled(template: str, groups: Mapping[str, str]) -> str:
    """Put the texts of groups into their places; what a peer wrote is never read as a template."""
    return re.sub(r"\{(\w+)\}", lambda found: groups.get(found[1], ""), template)
