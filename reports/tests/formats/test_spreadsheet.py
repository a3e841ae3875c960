from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import replace

import pytest

from reports.tests import fixtures
from reports.tests.formats.building import build, gated, one
from wsreport.formats.spreadsheet import COLUMNS, render
from wsreport.model import CaseInfo


def read(run):
    """Return the rows as a spreadsheet or data frame reads them."""
    return list(csv.DictReader(io.StringIO(render(run), newline=""), strict=True))


def test_each_result_has_a_row(runs):
    first, *rest = read(runs["passing"])

    assert first == {
        "cell": "reference/runserver",
        "target": "reference",
        "server": "runserver",
        "case": "1.1",
        "family": "1",
        "level": "MUST",
        "verdict": "pass",
        "behavior": "OK",
        "behaviorClose": "OK",
        "reason": "",
        "seconds": "0.0120",
        "excused": "",
        "plays": "1",
        "failed plays": "0",
        "flaky": "",
    }
    assert len(rest) == 902


def test_missing_results_have_rows_so_that_they_are_counted(runs):
    incomplete, trouble = (Counter(row["verdict"] for row in read(runs[name])) for name in ("incomplete", "trouble"))

    assert incomplete == {"pass": 112, "fail": 1, "no result": 106, "incomplete": 4}
    assert trouble["unsupported"] == 148


def test_a_row_of_an_unsupported_cell_has_its_reason_and_no_time(runs):
    row = next(row for row in read(runs["trouble"]) if row["server"] == "uwsgi")

    assert (row["reason"], row["seconds"], row["behavior"]) == ("this server has no threads", "", "")


def test_a_run_without_a_plan_has_no_result_and_says_that_it_is_incomplete():
    (row,) = read(build([], {}))

    assert row == dict.fromkeys(COLUMNS, "") | {
        "verdict": "incomplete",
        "reason": "No case was played: there are no results.",
    }


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_a_text_that_would_be_a_formula_begins_with_an_apostrophe(start):
    (row,) = read(one("fail", reason=f"{start}HYPERLINK(1)"))

    assert row["reason"].startswith("'")
    assert row["reason"].endswith("HYPERLINK(1)")


def test_every_field_is_defused():
    info = CaseInfo("=1", "title", "+2")
    run = build([info], {"-3/@4": [replace(fixtures.passed("-3/@4", info), verdict="fail")]})
    (row,) = read(run)

    assert [row[name] for name in ("cell", "target", "server", "case", "family")] == [
        "'-3/@4",
        "'-3",
        "'@4",
        "'=1",
        "'+2",
    ]


def test_a_row_is_a_line_whatever_a_peer_sent(runs):
    text = render(runs["trouble"])

    assert text.count("\r\n") == 1 + 5 * 74
    assert all(character.isprintable() for line in text.split("\r\n") for character in line)
    assert any(row["reason"].endswith(fixtures.HOSTILE[1]) for row in read(runs["trouble"]))


def test_a_deviation_that_the_gate_excuses_has_the_reason():
    run = one("fail")
    entry = "[[accepted]]\ncell = '*'\ncase = '5.1'\nverdict = 'fail'\nwhy = '=1'\n"
    (row,) = csv.DictReader(io.StringIO(render(run, gated(run, baseline=entry)), newline=""), strict=True)

    assert row["excused"] == "accepted: =1"


def test_the_line_ends_are_those_of_the_rfc():
    assert render(one("pass")).endswith('"0.0120","","1","0",""\r\n')


def test_a_flaky_case_has_its_plays():
    (row,) = read(one("fail", reason="late", plays=fixtures.flaky(3, 20)))
    assert (row["reason"], row["plays"], row["failed plays"], row["flaky"]) == ("late", "20", "3", "flaky")
