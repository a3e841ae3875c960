"""`wsconform coverage`: every mandatory clause has a case or a reason, and the table says so."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from wsconform.cases import CATALOGUE
from wsconform.clauses import CLAUSES
from wsconform.commands import coverage as command
from wsconform.commands.coverage import coverage, rows
from wsconform.coverage import State, coverage_of
from wsconform.model import Clause


def run(*options: str) -> tuple[int, str]:
    result = CliRunner().invoke(coverage, options, standalone_mode=False)
    assert result.exception is None
    return int(result.return_value), result.output


def test_no_mandatory_clause_is_missing() -> None:
    assert [row.clause.id for row in rows() if row.state is State.MISSING] == []
    status, output = run()
    assert status == 0
    assert output.rstrip().endswith("0 have neither.")


def test_reason_is_only_given_where_no_case_stands() -> None:
    stale = [row.clause.id for row in rows() if row.clause.uncovered and (row.cases or not row.counts)]
    assert stale == []


def test_table_names_section_level_cases_and_reason() -> None:
    _, output = run()
    assert "\nRFC 6455 section 5.1\n" in output
    assert "  6455-5.1-3         MUST      M.1.1, M.1.2, M.1.3, M.1.4, M.1.5, M.1.6 and " in output
    assert "no case: Every case can be played over wss" in output
    assert f"\n{len(CLAUSES)} clauses: " in output


def test_json_has_every_clause_and_existing_cases() -> None:
    status, output = run("--json")
    document = json.loads(output)
    assert status == 0
    assert {row["id"] for row in document["clauses"]} == CLAUSES.keys()
    assert {case for row in document["clauses"] for case in row["cases"]} <= CATALOGUE.keys()
    assert document["missing"] == []
    assert document["counted"] == sum(row["counts"] for row in document["clauses"])


def test_missing_clause_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    clause = Clause("6455-99-1", "99", "MUST", "A server must be tested.")
    monkeypatch.setattr(command, "CLAUSES", {**CLAUSES, clause.id: clause})
    status, output = run()
    assert status == 1
    assert "1 have neither." in output
    assert json.loads(run("--json")[1])["missing"] == ["6455-99-1"]


@pytest.mark.parametrize(
    ("changes", "cited", "state"),
    [
        ({}, ["1.1.1"], State.CASES),
        ({}, [], State.MISSING),
        ({"uncovered": "Nobody can."}, [], State.REASON),
        ({"always": True}, [], State.ALWAYS),
        ({"level": "SHOULD"}, [], State.OPTIONAL),
        ({"binds": "client"}, [], State.ELSEWHERE),
        ({"visible": False}, [], State.INVISIBLE),
    ],
)
def test_state_of_a_clause(changes: dict[str, object], cited: list[str], state: State) -> None:
    clause = Clause(**{"id": "6455-5-1", "section": "5", "level": "MUST", "text": "x", **changes})
    (row,) = coverage_of({clause.id: clause}, ((clause.id, case) for case in cited))
    assert row.state is state


def test_clauses_are_in_the_order_of_their_sections() -> None:
    ids = ["wsgi-x", "7692-1-1", "6455-10-1", "6455-5.2-10", "6455-5.2-2"]
    table = coverage_of({id_: Clause(id_, "ours", "MAY", "x") for id_ in ids}, ())
    assert [row.clause.id for row in table] == ["6455-5.2-2", "6455-5.2-10", "6455-10-1", "7692-1-1", "wsgi-x"]
