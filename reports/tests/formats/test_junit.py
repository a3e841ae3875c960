"""JUnit XML, read by lxml with the schema of Jenkins and by junitparser."""

from __future__ import annotations

from dataclasses import replace

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped
from lxml import etree

from reports.tests import fixtures
from reports.tests.formats.building import ENTRY, build, gated, large, one
from wsreport.formats.junit import render
from wsreport.model import CELL_STATUSES, OWNER_MEANINGS, VERDICTS, Attribution, CellEnd, Play

SCHEMA = etree.XMLSchema(file=fixtures.DATA / "junit-10.xsd")
EMPTY = build([], {})


def parse(run, outcome=None):
    """Return the suites of a run by name, as junitparser reads them; the document is validated before."""
    text = render(run, outcome)
    SCHEMA.assertValid(etree.fromstring(text.encode()))
    return {suite.name: suite for suite in JUnitXml.fromstring(text.encode())}


def outcomes(suite):
    """Return the names of the elements that say that a case did not pass, by case."""
    return {case.name: [type(each) for each in case.result] for case in suite}


def only(run, outcome=None):
    """Return the one test case of a run of one case."""
    (case,) = parse(run, outcome)["reference/gevent"]
    return case


@pytest.mark.parametrize("name", ["passing", "trouble", "incomplete"])
def test_the_document_is_valid_and_its_numbers_are_those_of_its_cases(runs, name):
    for suite in parse(runs[name]).values():
        kinds = [kind for found in outcomes(suite).values() for kind in found]
        assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (
            len(list(suite)),
            *(kinds.count(kind) for kind in (Failure, Error, Skipped)),
        )


def test_every_result_has_its_test(runs):
    suites = parse(runs["passing"])

    assert [suite.tests for suite in suites.values()] == [1, 301, 301, 301]
    assert all(not case.result for suite in suites.values() for case in suite)


KINDS = {
    "pass": [],
    "non-strict": [],
    "info": [Skipped],
    "declined": [Skipped],
    "fail": [Failure],
    "crash": [Failure],
    "not-run": [Skipped],
    "harness-error": [Error],
}


@pytest.mark.parametrize("verdict", VERDICTS)
def test_each_verdict_has_its_element(verdict):
    case = only(one(verdict, reason="so it was"))

    assert [type(each) for each in case.result] == KINDS[verdict]
    assert [(each.type, each.message) for each in case.result] == [(verdict, "so it was")] * len(KINDS[verdict])


@pytest.mark.parametrize("verdict", VERDICTS)
def test_strict_makes_failures_of_non_strict_results_alone(verdict):
    run = one(verdict)
    expected = [Failure] if verdict == "non-strict" else KINDS[verdict]

    assert [type(each) for each in only(run, gated(run, strict=True)).result] == expected


def test_a_tolerated_case_passes_with_a_note():
    assert only(one("non-strict", reason="TCP was dropped")).system_out == "non-strict: TCP was dropped"


def test_a_failure_has_what_is_needed_to_find_its_cause():
    run = one("fail", reason="late", expected=("pong",), observed=("nothing for 3 s",), closing="we gave up")
    cell = run.cells["reference/gevent"]
    cell.results["5.1"] = replace(cell.results["5.1"], clauses=fixtures.CLAUSES[:1])
    cell.attributions["5.1"] = Attribution("reference/gevent", "5.1", "library")

    (failure,) = only(run).result

    assert failure.text.splitlines() == [
        "fail: late",
        "Expected:",
        "  - pong",
        "Observed:",
        "  - nothing for 3 s",
        "Ended: we gave up",
        "Broken clauses:",
        f"  - RFC 6455, section 5.4: {fixtures.CLAUSES[0].text} (6455-5.4-1)",
        f"Owner: library. {OWNER_MEANINGS['library']}",
        "Play just this case: wsconform matrix --target reference --server gevent --cases 5.1",
    ]


def test_a_class_name_is_the_cell_and_the_family_without_a_full_stop():
    run = build(
        fixtures.cases({"5": 1}), {"me/s@django=4.2": [fixtures.passed("me/s@django=4.2", *fixtures.cases({"5": 1}))]}
    )
    run = replace(run, header=replace(run.header, families={"5": "Fragments, e.g. of text"}))

    (case,) = parse(run)["me/s@django=4.2"]

    assert case.classname == "me/s@django=4.2.5 Fragments, e_g_ of text"
    assert case.name == "5.1 Text message of 1 fragments, frame by frame, then a ping"


def test_a_suite_has_the_properties_of_its_cell(runs):
    suite = parse(runs["passing"])["reference/gevent"]
    properties = {each.name: each.value for each in suite.properties()}

    assert properties["suite"] == "wsconform 0.1.0 (commit 1a2b3c4)"
    assert properties["profile"] == "standard"
    assert properties["target.version"] == "1.0.0"
    assert properties["version.gevent"] == "25.9.1"
    assert properties["verdicts.digest"] == runs["passing"].verdict_digest
    assert (suite.time, suite.timestamp) == (19.4, "2026-03-01T12:00:00")


def test_an_incomplete_run_has_an_error_for_itself_and_for_each_missing_result(runs):
    suites = parse(runs["incomplete"])
    (whole,) = suites["run"]
    missing = [
        case for case in suites["reference/gunicorn-gthread"] if case.result and case.result[0].message == "not played"
    ]

    assert [type(each) for each in whole.result] == [Error]
    assert whole.result[0].text == "\n".join(f"  - {problem}" for problem in runs["incomplete"].problems)
    assert len(missing) == 33
    assert all(type(case.result[0]) is Error for case in missing)


def test_a_cell_without_results_is_one_error_that_counts_its_cases(runs):
    (case,) = parse(runs["incomplete"])["reference/gevent"]

    assert type(case.result[0]) is Error
    assert "(73 cases not played)" in case.result[0].message


@pytest.mark.parametrize("status", CELL_STATUSES)
def test_each_end_of_a_cell_that_is_not_complete_has_a_test_of_its_own(status):
    run = one("pass")
    cell = run.cells["reference/gevent"]
    run.cells["reference/gevent"] = replace(cell, end=CellEnd("reference/gevent", status, "so it was", log="a\nb\n"))
    expected = {"complete": [], "unsupported": [Skipped], "crashed": [Failure]}.get(status, [Error])

    found = outcomes(parse(run)["reference/gevent"])

    assert found.pop("the cell is complete", []) == expected
    assert list(found.values()) == [[]]


def test_an_unsupported_cell_is_one_skipped_test(runs):
    (case,) = parse(runs["trouble"])["dwebsocket==0.5.12/uwsgi"]

    assert [(type(each), each.message) for each in case.result] == [
        (Skipped, "unsupported: this server has no threads (74 cases not played)")
    ]


def test_a_run_without_a_plan_is_an_error():
    (whole,) = parse(EMPTY)["run"]

    assert [type(each) for each in whole.result] == [Error]


def test_text_of_a_peer_is_text_and_what_xml_forbids_is_escaped(runs):
    text = render(runs["trouble"])
    read = etree.fromstring(text.encode())

    assert {element.tag for element in read.iter()} == {
        *("testsuites", "testsuite", "properties", "property", "testcase"),
        *("failure", "error", "skipped", "system-out"),
    }
    assert fixtures.HOSTILE[0] in {case.get("name").partition(" ")[2] for case in read.iter("testcase")}
    assert r"lone \ud800, line\u2028separator" in "".join(read.itertext())
    assert all(character.isprintable() or character == "\n" for character in text)


def test_long_texts_are_cut():
    case = only(one("fail", reason="A" * 100_000, observed=("B" * 100_000,) * 1000))

    assert "(100,000 characters in total)" in case.result[0].message
    assert "… and 936 more" in case.result[0].text
    assert len(case.result[0].text) < 80_000


def test_times_are_never_negative_since_the_schema_has_none():
    assert only(one("pass", seconds=-1.5)).time == 0


def test_a_large_run_is_valid():
    suites = parse(large(3, 500))

    assert [suite.tests for suite in suites.values()] == [1, 500, 500, 500]


def test_what_a_baseline_accepts_is_skipped_with_the_reason_and_the_baseline_is_a_test():
    run = one("fail", reason="it closed with 1002")
    suites = parse(run, gated(run, baseline=ENTRY))
    (case,) = suites["reference/gevent"]

    assert [(type(each), each.message) for each in case.result] == [
        (Skipped, "accepted: known since May: it closed with 1002")
    ]
    assert outcomes(suites["run"]) == {"the run is complete": [], "the baseline fits": []}


def test_a_baseline_that_does_not_fit_is_a_failure_that_names_file_and_line():
    run = one("pass")
    (_, baseline) = parse(run, gated(run, baseline=ENTRY))["run"]

    assert [each.message for each in baseline.result] == ["1 problem with the baseline"]
    assert "b.toml:2: 5.1 on reference/gevent: unexpected pass" in baseline.result[0].text


def test_against_an_older_run_only_what_got_worse_is_a_failure():
    run = one("fail", reason="as ever")
    suites = parse(run, gated(run, old=run))
    (case,) = suites["reference/gevent"]

    assert [each.message for each in case.result] == ["no worse than in the older run: as ever"]
    assert outcomes(suites["run"])["nothing got worse"] == []
    (_, changes) = parse(run, gated(run, old=one("pass")))["run"]
    assert "regressed: 5.1 on reference/gevent: pass → fail: as ever" in changes.result[0].text
    fixed = one("pass")
    assert "nothing changed" in outcomes(parse(fixed, gated(fixed, old=run, strict=True))["run"])


def test_a_flaky_case_says_so_with_its_rate():
    (failed,) = only(one("fail", reason="late", plays=fixtures.flaky(7, 20))).result
    assert failed.message == "flaky 7 of 20: late"
    assert "Plays: 13 pass, 7 fail" in failed.text
    passed = only(one("pass", plays=(Play("pass"), Play("declined"))))
    assert passed.system_out == "flaky 0 of 2"
