"""What the findings of a crooked server say about its fault."""

from __future__ import annotations

from dataclasses import replace

from wsconform.crooked import CROOKED
from wsconform.mutants.explained import Explained, describe_explained, explain, to_json
from wsreport.model import CaseInfo, CellRun, CellStart, ClauseRef, Header, Plan, PlannedCell, Result, Run, Suite

MASKS = CROOKED["masks"]


def run_of(**reasons: str) -> Run:
    """Return a run of the server that masks, with a failed case for each reason; the clause is the one of the fault."""
    clause = ClauseRef(MASKS.clause, "5.1", "A server must not mask any frame that it sends.")
    results = {
        case: Result("masks", case, "fail", reason=reason, clauses=(clause,)) for case, reason in reasons.items()
    }
    header = Header(Suite("wsconform", "0"), "", Plan((PlannedCell("masks", "masks", "crooked"),), tuple(results)))
    infos = {case: CaseInfo(case, "title", "1") for case in results}
    return Run(header, infos, {"masks": CellRun(CellStart("masks", {"name": "masks"}, {"name": "crooked"}), results)})


def test_finding_that_names_the_clause_of_the_fault() -> None:
    found = explain(MASKS, run_of(a="the server sent a masked frame", b="the server sent a masked frame"))
    assert found == Explained("masks", True, MASKS.clause, ("Masks its frames",), names=True, cites=True)


def test_fault_without_a_finding_names_nothing() -> None:
    assert explain(MASKS, run_of()) == Explained("masks", True, MASKS.clause, ())


def test_fault_of_another_clause_is_not_named() -> None:
    found = explain(replace(MASKS, clause="6455-9-9"), run_of(a="the server sent a masked frame"))
    assert not found.names
    assert not found.cites


def test_server_that_was_not_played_to_the_end_has_no_findings() -> None:
    assert explain(MASKS, None).findings is None


def test_text_counts_findings_and_names_what_is_not_as_it_should_be() -> None:
    rows = [
        Explained("honest", False, "", ("Odd",)),
        Explained("one", True, "c", ("A",), True, True),
        Explained("three", True, "d", ("A", "B", "C"), False, True),
        Explained("astray", True, "e", ("A",)),
        Explained("quiet", True, "f", ()),
        Explained("late", True, "g", None),
    ]
    assert list(describe_explained("fast", rows)) == [
        "Findings, profile fast: 3 faults that were noticed",
        "  findings of a fault: median 1; at most 2: 2 of 3 (67 %)",
        "  the first names the clause of the fault: 1 of 3 (33 %)",
        "  its cases name it, perhaps with others: 2 of 3 (67 %)",
        "  faults without a finding: quiet",
        "  honest, which breaks no rule, has findings: Odd",
        "  three: 3 findings, first A; B; C",
        "  astray: the first does not lead to e: A",
        "Not played to the end: late",
    ]
    assert to_json({"fast": rows})["fast"][1]["names"] is True
