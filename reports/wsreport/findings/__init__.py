"""From failing cases to mistakes: group the results of a run into findings.

A server that encodes one length wrongly fails hundreds of cases. A finding is one mistake as far as can be told: what
is wrong, by which clause, how serious it is, the smallest conversation that shows it, and where it does not occur.
`rules` has the table by which results are grouped, `grouping` applies it, and `describe` puts findings into words.
"""

from __future__ import annotations

from wsreport.findings.describe import describe, seen_in, to_json
from wsreport.findings.grouping import find, findings_of
from wsreport.findings.model import SEVERITIES, Finding, Mark, Occurrence, Place, Severity

__all__ = [
    "SEVERITIES",
    "Finding",
    "Mark",
    "Occurrence",
    "Place",
    "Severity",
    "describe",
    "find",
    "findings_of",
    "seen_in",
    "to_json",
]
