"""Clauses of the API contract in the run file."""

import pytest

from conformance.tests.support.run_files import CELL
from wsconform.cases import API_CLAUSES
from wsconform.contract.kind import result
from wsconform.contract.model import Strength
from wsconform.model import Judgement, Verdict
from wsconform.play import Outcome, Play
from wsreport.model import BINDINGS


def test_the_strengths_of_documents_are_the_bindings_of_the_run_file():
    assert {strength.value for strength in Strength} == set(BINDINGS)


@pytest.mark.parametrize("binding", [None, "promised", "ours"])
def test_the_result_of_a_clause_has_its_binding(binding):
    clause = next(iter(API_CLAUSES.values()))
    play = Play(Judgement(Verdict.INFO, "why", binding=binding), alone=True, started=0.0)
    line = result(CELL, Outcome(clause, play, (play,)))
    assert (line.verdict, line.reason, line.binding) == ("info", "why", binding)
