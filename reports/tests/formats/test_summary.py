from __future__ import annotations

import pytest

from reports.tests import fixtures
from reports.tests.formats.building import build, gated, one
from wsreport.formats.summary import counted, summarize
from wsreport.model import VERDICTS, CellEnd, gate


def test_the_sentence_of_a_run_that_passed(runs):
    summary = summarize(runs["passing"])

    assert summary.gate.sentence == "903 passed"
    assert (summary.word, summary.gate.code) == ("PASSED", 0)


def test_the_sentence_of_a_run_in_trouble_names_every_kind(runs):
    assert summarize(runs["trouble"]).gate.sentence == (
        "198 passed, 3 crashed the server, 9 failed (5 flaky), 3 with a harness error, "
        "3 non-strict, 3 informational, 3 declined, 2 cells unsupported"
    )


def test_the_sentence_of_an_incomplete_run_counts_what_was_not_played(runs):
    summary = summarize(runs["incomplete"])

    assert summary.gate.sentence == "112 passed, 1 failed, 106 not played"
    assert (summary.word, summary.gate.code) == ("INCOMPLETE", 4)
    assert summary.problems


def test_a_run_without_a_plan_has_no_results_and_is_incomplete():
    summary = summarize(build([], {}))

    assert (summary.gate.sentence, summary.word) == ("no results", "INCOMPLETE")


def test_a_cell_that_could_not_be_set_up_makes_the_run_incomplete():
    run = build(fixtures.cases({"5": 1}), {"a/b": []}, ends={"a/b": CellEnd("a/b", "setup-error", "no compiler")})

    assert (summarize(run).word, summarize(run).gate.code) == ("INCOMPLETE", 6)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("verdict", VERDICTS)
def test_word_and_code_agree_with_the_gate(verdict, strict):
    run = one(verdict)
    summary = summarize(run, gated(run, strict=strict))

    assert summary.gate.code == gate(run, strict=strict)
    assert summary.word == ("FAILED" if summary.gate.code else "PASSED")
    assert summary.gate.sentence.startswith("1 ")


@pytest.mark.parametrize(("number", "text"), [(0, "0 cells"), (1, "1 cell"), (1234, "1,234 cells")])
def test_numbers_have_separators_and_their_noun(number, text):
    assert counted(number, "cell") == text
