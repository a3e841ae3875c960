"""Put findings into words, and into values for other programs. There is no I/O here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from wsreport.findings.model import Finding
from wsreport.formats import clauses

__all__ = ["describe", "seen_in", "to_json"]

#: How many names of a list are written out, and how many bytes of a frame.
_NAMED = 6
_BYTES = 16


def describe(finding: Finding) -> Iterator[tuple[str, str]]:
    """Yield what there is to say of a finding, apart from its title: a heading and a text for each line.

    There are at most seven. The texts may have words of a peer and are not safe to print.
    """
    yield "severity", f"{finding.severity}: {finding.because}"
    yield "seen", seen_in(finding)
    if finding.clause is not None:
        address = clauses.link(finding.clause)
        yield "clause", " ".join(filter(None, (f"{finding.level}, {clauses.describe(finding.clause)}", address)))
    shown = finding.shown.result
    yield "example", f"{shown.case}: {shown.explanation}"
    if finding.mark is not None:
        yield "byte", _marked(finding)
    if hint := _hint(finding):
        yield "look at", hint
    if command := finding.shown.place.run.command(shown.cell, shown.case):
        yield "again", command


def seen_in(finding: Finding) -> str:
    """Return in which cases and cells a finding was seen, what follows from it, and which cells do not have it."""
    cases = finding.cases
    parts = [f"{_count(len(cases), 'case')} on {_listed(finding.cells)}: {_listed(cases)}"]
    if finding.flaky:
        parts.append(f"{_count(finding.flaky, 'result')} flaky")
    if finding.derived:
        follow = "follows" if len(finding.derived) == 1 else "follow"
        parts.append(f"{_count(len(finding.derived), 'more failure')} {follow} from it")
    if finding.compressed_only:
        parts.append("only with compression")
    if finding.spared:
        parts.append(f"not on {_listed(finding.spared)}")
    return "; ".join(parts)


def to_json(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Return findings as values that JSON can hold."""
    return [_values(finding) for finding in findings]


def _values(finding: Finding) -> dict[str, Any]:
    clause, shown, mark = finding.clause, finding.shown, finding.mark
    return {
        "rule": finding.rule,
        "title": finding.title,
        "known": finding.known,
        "severity": finding.severity,
        "because": finding.because,
        "level": finding.level,
        "clause": {**clause.to_json(), "link": clauses.link(clause)} if clause else None,
        "verdict": finding.verdict,
        "owners": list(finding.owners),
        "hint": finding.hint,
        "cells": list(finding.cells),
        "cases": list(finding.cases),
        "results": len(finding.occurrences),
        "flaky": finding.flaky,
        "derived": len(finding.derived),
        "not_on": list(finding.spared),
        "compressed_only": finding.compressed_only,
        "example": {
            "cell": shown.result.cell,
            "case": shown.result.case,
            "reason": shown.result.reason,
            "bytes": shown.size,
            "byte": {"entry": mark.entry, "offset": mark.offset} if mark else None,
            "command": shown.place.run.command(shown.result.cell, shown.result.case),
        },
    }


def _hint(finding: Finding) -> str:
    parts = [finding.hint] if finding.known else ["no rule knows this mistake: its cases break the same clause"]
    if finding.owners:
        parts.append(f"owner: {', '.join(finding.owners)}")
    return "; ".join(filter(None, parts))


def _marked(finding: Finding) -> str:
    """Return the frame with the wrong byte in brackets."""
    assert finding.mark is not None, "asked only if it is known"
    entry, at = finding.shown.result.wire[finding.mark.entry], finding.mark.offset
    octets = [entry.octets[i : i + 2] for i in range(0, len(entry.octets), 2)]
    start = max(0, at - _BYTES // 2)
    part = [f"[{octet}]" if i == at else octet for i, octet in enumerate(octets[: start + _BYTES])][start:]
    more = " …" if start + _BYTES < entry.size else ""
    return f"← {entry.what}: {'… ' if start else ''}{' '.join(part)}{more} (byte {at + 1} of {entry.size})"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
