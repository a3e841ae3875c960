from __future__ import annotations

import json
from dataclasses import replace

from reports.tests import fixtures
from reports.tests.formats.building import build, one
from wsreport.formats.verdicts import render


def test_a_file_has_a_case_per_line():
    assert render(one("fail")) == (
        "{\n"
        '  "suite": "wsconform 0.1.0",\n'
        '  "profile": "standard",\n'
        '  "complete": true,\n'
        '  "verdicts": {\n'
        '    "reference/gevent": {\n'
        '      "5.1": "fail"\n'
        "    }\n"
        "  }\n"
        "}\n"
    )


def test_it_is_json_with_every_verdict(runs):
    for run in runs.values():
        read = json.loads(render(run))["verdicts"]
        assert {cell: read[cell] for cell in run.cells} == {
            cell: {case: result.verdict for case, result in played.results.items()}
            for cell, played in run.cells.items()
        }


def test_a_run_that_is_not_complete_says_so(runs):
    read = json.loads(render(runs["incomplete"]))

    assert read["complete"] is False
    assert read["verdicts"]["reference/gevent"] == {}
    assert len(read["verdicts"]["reference/gunicorn-gthread"]) == 40


def test_a_run_without_a_plan_has_no_verdicts():
    assert json.loads(render(build([], {})))["verdicts"] == {}


def test_cases_are_sorted_by_the_numbers_in_their_ids_and_cells_likewise(runs):
    read = json.loads(render(runs["passing"]))["verdicts"]
    cases = [*read["reference/gevent"]]

    assert [*read] == ["reference/gevent", "reference/gunicorn-gthread", "reference/runserver"]
    assert cases[:3] == ["1.1", "1.2", "1.3"]
    assert cases[8:11] == ["1.9", "1.10", "1.11"]
    assert cases[-1] == "10.1"


def test_ids_of_all_families_can_be_sorted():
    ids = ["W.1.10", "1.2", "W.1.9", "A.1", "", "٣", "1", "1.2.3", "9" * 5000]
    infos = [replace(info, id=id_) for id_ in ids for info in fixtures.cases({"5": 1})]
    run = build(infos, {"a/b": [fixtures.passed("a/b", info) for info in infos]})

    assert [*json.loads(render(run))["verdicts"]["a/b"]][:3] == ["", "1", "1.2"]


def test_neither_times_nor_reasons_nor_order_change_it():
    infos = fixtures.cases({"5": 3})
    results = [fixtures.passed("a/b", info) for info in infos]
    slow = [replace(result, seconds=9.9, reason="late", started=1.0) for result in reversed(results)]

    assert render(build(infos, {"a/b": results})) == render(build(infos, {"a/b": slow}))


def test_it_is_ascii_whatever_the_names(runs):
    assert render(runs["trouble"]).isascii()


def test_flaky_cases_are_named_without_a_rate_that_would_differ_in_every_run():
    once, again = (render(one("fail", plays=fixtures.flaky(failed, 20))) for failed in (3, 4))
    assert once == again
    assert json.loads(once)["flaky"] == {"reference/gevent": {"5.1": "flaky"}}
    assert json.loads(once)["verdicts"] == {"reference/gevent": {"5.1": "fail"}}
