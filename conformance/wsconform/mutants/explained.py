"""Whether findings lead from failing cases to the fault: how many a crooked server has, and the clause of the first."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from wsconform.crooked import Crooked
from wsreport import model as lines
from wsreport.findings import Finding, findings_of

__all__ = ["FEW", "Explained", "describe_explained", "explain", "to_json"]

#: At most this many findings for one fault are few.
FEW = 2
_LISTED = 3


@dataclass(frozen=True, slots=True)
class Explained:
    """The findings of a crooked server.

    Attributes:
        name: of the server.
        is_fault: whether it breaks a rule; if not, it should have no findings.
        clause: the id of the clause that it breaks.
        findings: the titles, in order; None if it could not be played to the end.
        names: the first finding names just that clause.
        cites: the results or cases of the first finding name it, perhaps with others.
    """

    name: str
    is_fault: bool
    clause: str
    findings: tuple[str, ...] | None
    names: bool = False
    cites: bool = False


def explain(crooked: Crooked, run: lines.Run | None) -> Explained:
    """Return what the findings of a server say about its fault.

    Args:
        crooked: the server.
        run: what was played; None if it could not be played to the end.
    """
    if run is None:
        return Explained(crooked.name, crooked.is_fault, crooked.clause, None)
    found = findings_of(run)
    named = bool(found) and found[0].clause is not None and found[0].clause.id == crooked.clause
    cited = bool(found) and crooked.clause in _cited(found[0])
    titles = tuple(finding.title for finding in found)
    return Explained(crooked.name, crooked.is_fault, crooked.clause, titles, named, named or cited)


def _cited(finding: Finding) -> set[str]:
    return {clause.id for one in finding.occurrences for clause in (*one.result.clauses, *one.info.clauses)}


def describe_explained(profile: str, rows: Iterable[Explained]) -> Iterator[str]:
    """Yield the lines that are printed about servers."""
    rows = list(rows)
    faults = [row for row in rows if row.is_fault and row.findings]
    counts = [len(row.findings or ()) for row in faults]
    yield f"Findings, profile {profile}: {len(faults)} faults that were noticed"
    if faults:
        few = sum(count <= FEW for count in counts)
        yield f"  findings of a fault: median {statistics.median(counts):g}; at most {FEW}: {_share(few, len(faults))}"
        yield f"  the first names the clause of the fault: {_share(sum(row.names for row in faults), len(faults))}"
        yield f"  its cases name it, perhaps with others: {_share(sum(row.cites for row in faults), len(faults))}"
    quiet = [row for row in rows if row.is_fault and row.findings == ()]
    if quiet:
        yield f"  faults without a finding: {', '.join(row.name for row in quiet)}"
    for row in rows:
        if not row.is_fault and row.findings:
            yield f"  {row.name}, which breaks no rule, has findings: {'; '.join(row.findings[:_LISTED])}"
    for row in faults:
        if row.findings and len(row.findings) > FEW:
            shown = "; ".join(row.findings[:_LISTED])
            yield f"  {row.name}: {len(row.findings)} findings, first {shown}"
    for row in faults:
        if row.findings and not row.cites:
            yield f"  {row.name}: the first does not lead to {row.clause}: {row.findings[0]}"
    if unfinished := [row.name for row in rows if row.findings is None]:
        yield f"Not played to the end: {', '.join(unfinished)}"


def to_json(rows: Mapping[str, Iterable[Explained]]) -> dict[str, Any]:
    """Return the rows of each profile as values that JSON can hold."""
    return {profile: [asdict(row) for row in own] for profile, own in rows.items()}


def _share(some: int, of: int) -> str:
    return f"{some} of {of} ({100 * some / of:.0f} %)"
