"""The API contract in a page: what each target keeps, breaks, and never promised."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reports.tests import fixtures
from wsreport.arrange import arrange
from wsreport.html import render
from wsreport.model import CaseInfo, CellEnd, CellStart, RunWriter, read_run

CLAUSES = [CaseInfo(f"A.1.{n}", f"Sentence {n}.", "A") for n in range(1, 6)]
OTHER = CaseInfo("1.1", "A case of another family.", "1")
#: By what the judge says of a clause: how it binds.
BINDING = {"pass": "promised", "fail": "promised", "non-strict": "implied", "info": None, "unbound": "ours"}
TOLD = {
    "pass": "",
    "fail": "step 2: Close 1000 was awaited; nothing within 4 s came",
    "non-strict": "step 3: message came",
    "info": "needs 2 connections at once; this server holds 1",
    "unbound": "step 2: nothing came",
}


def played(tmp_path, **verdicts):
    """Read back a run in which each server has those verdicts for the clauses in their order."""
    head = fixtures.header([*CLAUSES, OTHER], tuple(verdicts), "fork")
    with RunWriter(tmp_path / "run.jsonl", head) as writer:
        for info in (*CLAUSES, OTHER):
            writer.case(info)
        for cell, words in zip(head.plan.cells, verdicts.values(), strict=True):
            target = {"name": "fork", "contract": "dwebsocket-0.5"}
            writer.begin_cell(CellStart(cell.id, target, {"name": cell.server}))
            for info, word in zip((*CLAUSES, OTHER), (*words, "fail"), strict=True):
                verdict = "info" if word == "unbound" else word
                result = replace(fixtures.passed(cell.id, info), verdict=verdict, reason=TOLD[word])
                writer.result(replace(result, binding=BINDING[word] if info in CLAUSES else None))
            writer.end_cell(CellEnd(cell.id, "complete"))
        writer.finish()
    return read_run(tmp_path / "run.jsonl")


@pytest.fixture
def run(tmp_path):
    return played(
        tmp_path,
        gevent=["pass", "pass", "pass", "non-strict", "unbound"],
        wsgiref=["pass", "info", "fail", "non-strict", "unbound"],
    )


def test_a_clause_counts_as_kept_if_no_server_saw_it_broken(run):
    (contract,) = arrange([run]).contracts
    assert (contract.target, contract.profile) == ("fork", "dwebsocket-0.5")
    assert (contract.played, contract.kept) == (5, 2)


def test_what_binds_and_is_broken_is_listed_with_where_it_was(run):
    (contract,) = arrange([run]).contracts
    listed = {
        finding.row.info.id: [[outcome.column.planned.server for outcome in group] for group in finding.groups]
        for finding in contract.broken
    }
    assert listed == {"A.1.3": [["wsgiref"]], "A.1.4": [["gevent", "wsgiref"]]}


def test_what_never_bound_is_listed_apart(run):
    (contract,) = arrange([run]).contracts
    assert [finding.row.info.id for finding in contract.unbound] == ["A.1.5"]


def test_what_passes_or_crashes_is_not_excused_by_its_binding(tmp_path):
    run = played(tmp_path, gevent=["pass", "pass", "pass", "pass", "unbound"])
    cell = run.cells["fork/gevent"]
    for case, verdict in (("A.1.1", "pass"), ("A.1.2", "crash"), ("A.1.3", "harness-error")):
        cell.results[case] = replace(cell.results[case], verdict=verdict, binding="ours")
    (contract,) = arrange([run]).contracts
    assert [finding.row.info.id for finding in contract.unbound] == ["A.1.5"]
    assert [finding.row.info.id for finding in contract.broken] == ["A.1.2", "A.1.3"]


def test_clauses_of_which_the_same_is_said_stand_together(tmp_path):
    run = played(tmp_path, gevent=["fail", "fail", "pass", "fail", "unbound"])
    (contract,) = arrange([run]).contracts
    (finding,) = contract.broken
    assert [finding.row.info.id, *(row.info.id for row in finding.alike)] == ["A.1.1", "A.1.2", "A.1.4"]
    assert (contract.kept, contract.breaks, contract.strays) == (1, 3, 1)
    assert "2 more with the same result" in render([run])


def test_broken_clauses_are_findings_and_are_listed_in_a_section_of_their_own(run):
    page = arrange([run])
    assert {case for finding in page.findings for case in finding.cases} == {OTHER.id, "A.1.3", "A.1.4"}
    text = render([run])
    attention = text[text.index('id="attention"') : text.index('id="contract"')]
    assert "breaks 2 clauses of the API contract" in attention


def test_the_page_names_the_promises_and_what_came_instead(run):
    page = render([run])
    section = page[page.index('id="contract"') : page.index('id="matrix"')]
    assert "judged by the profile <bdi>dwebsocket-0.5</bdi>" in section
    assert "Sentence 3." in section
    assert TOLD["fail"] in section
    assert "Sentence 5." in section
    assert f"<bdi>not promised by dwebsocket-0.5: {TOLD['unbound']}</bdi>" in section
    assert page.count("not promised by") > section.count("not promised by")  # in the drawer of the clause, too
    assert OTHER.title not in section


def test_without_clauses_there_is_no_such_section(runs):
    assert arrange([runs["passing"]]).contracts == ()
    assert 'id="contract"' not in render([runs["passing"]])
