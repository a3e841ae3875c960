"""SARIF, validated by the schema of OASIS."""

from __future__ import annotations

import gzip
import json
import random
from dataclasses import replace

import pytest
from jsonschema import Draft4Validator

from reports.tests import fixtures
from reports.tests.formats.building import ENTRY, build, gated, large, one
from wsreport.formats import sarif
from wsreport.model import VERDICTS, ClauseRef, read_run

VALIDATOR = Draft4Validator(json.loads((fixtures.DATA / "sarif-2.1.0.json").read_text("utf-8")))


def parse(run, **options):
    """Return the run of the document, which is validated before."""
    document = json.loads(sarif.render(run, **options))
    VALIDATOR.validate(document)
    assert document["version"] == "2.1.0"
    (body,) = document["runs"]
    return body


def notices(body):
    """Return level and text of each notification."""
    (invocation,) = body["invocations"]
    return [(each["level"], each["message"]["text"]) for each in invocation["toolExecutionNotifications"]]


@pytest.mark.parametrize("name", ["passing", "trouble", "incomplete"])
def test_the_document_is_valid_and_each_result_has_its_rule(runs, name):
    body = parse(runs[name])
    rules = body["tool"]["driver"]["rules"]

    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in body["results"])
    assert {rule["id"] for rule in rules} == {result["ruleId"] for result in body["results"]}


def test_a_run_that_passed_has_neither_results_nor_notifications(runs):
    body = parse(runs["passing"])

    assert (body["results"], notices(body)) == ([], [])
    assert body["invocations"][0]["executionSuccessful"] is True
    assert body["invocations"][0]["exitCode"] == 0
    assert body["invocations"][0]["startTimeUtc"] == "2026-03-01T12:00:00Z"


LEVELS = {
    ("fail", "MUST"): "error",
    ("fail", "SHOULD"): "warning",
    ("fail", "MAY"): "note",
    ("crash", "MAY"): "error",
    ("non-strict", "MUST"): "note",
}


@pytest.mark.parametrize(("verdict", "level"), LEVELS)
def test_the_level_follows_from_verdict_and_case(verdict, level):
    (info,) = fixtures.cases({"5": 1})
    run = one(verdict)
    run.cases["5.1"] = replace(info, level=level)
    body = parse(run)

    assert [result["level"] for result in body["results"]] == [LEVELS[verdict, level]]
    assert body["tool"]["driver"]["rules"][0]["defaultConfiguration"]["level"] == LEVELS["fail", level]


def test_strict_raises_non_strict_to_a_warning():
    run = one("non-strict")
    assert [result["level"] for result in parse(run, outcome=gated(run, strict=True))["results"]] == ["warning"]


@pytest.mark.parametrize("verdict", VERDICTS)
def test_only_what_speaks_against_the_peer_is_a_result(verdict):
    assert len(parse(one(verdict))["results"]) == (verdict in {"fail", "crash", "non-strict"})


def test_a_rule_describes_its_case():
    (rule,) = parse(one("fail"))["tool"]["driver"]["rules"]

    assert rule["id"] == "5.1"
    assert rule["shortDescription"]["text"] == fixtures.cases({"5": 1})[0].title
    assert rule["helpUri"] == "https://www.rfc-editor.org/rfc/rfc6455#section-5.4"
    assert "[RFC 6455, section 5.4](https://www.rfc-editor.org/rfc/rfc6455#section-5.4)" in rule["help"]["markdown"]
    assert "Expects: text message 'fragment1fragment1'; pong frame, empty" in rule["help"]["text"]
    assert rule["properties"]["tags"] == ["5 Fragmentation", "MUST", "WebSocket"]


def test_a_rule_without_an_rfc_has_no_address():
    run = one("fail")
    run.cases["5.1"] = replace(run.cases["5.1"], clauses=(ClauseRef("robust-others", "ours", "In turn."),))

    assert "helpUri" not in parse(run)["tool"]["driver"]["rules"][0]


def test_a_result_says_where_what_and_how_to_play_it_again():
    (result,) = parse(one("fail", reason="late", observed=("a", "b"), closing="TCP ended"), location="src/my echo.py")[
        "results"
    ]
    (location,) = result["locations"]

    assert result["message"]["text"].splitlines() == [
        "fail on reference/gevent: late",
        "Observed: a; b",
        "Ended: TCP ended",
        "Play just this case: wsconform matrix --target reference --server gevent --cases 5.1",
    ]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "src/my%20echo.py"
    assert [each["fullyQualifiedName"] for each in location["logicalLocations"]] == ["reference/gevent"]


def test_a_fingerprint_is_of_cell_and_case_alone():
    infos = fixtures.cases({"5": 2})
    failing = [replace(fixtures.passed("a/b", info), verdict="fail", reason="now") for info in infos]
    other = [replace(result, cell="a/c", reason="then", seconds=9.0) for result in failing]
    again = [replace(result, reason="otherwise", seconds=1.0) for result in failing]

    def marks(run):
        return {result["partialFingerprints"]["primaryLocationLineHash"] for result in parse(run)["results"]}

    first = marks(build(infos, {"a/b": failing, "a/c": other}))
    assert len(first) == 4
    assert len(marks(build(infos, {"a/b": again}))) == 2
    assert marks(build(infos, {"a/b": again})) < first


def test_braces_and_brackets_in_a_message_are_no_placeholders_and_no_links():
    (result,) = parse(one("fail", reason=r"got {0} [here](https://evil.example) \[x"))["results"]

    assert r"got {{0}} \[here\](https://evil.example) \\\[x" in result["message"]["text"]


def test_problems_and_failures_of_the_suite_are_notifications(runs):
    incomplete, broken = parse(runs["incomplete"]), parse(one("harness-error", reason="ValueError"))

    assert notices(incomplete) == [("error", problem) for problem in runs["incomplete"].problems]
    assert incomplete["invocations"][0]["executionSuccessful"] is False
    assert incomplete["invocations"][0]["exitCode"] == 4
    assert notices(broken) == [("error", "The suite itself failed: 5.1 on reference/gevent: ValueError")]
    assert broken["invocations"][0]["executionSuccessful"] is False


def test_a_run_without_a_plan_is_not_successful():
    body = parse(build([], {}))

    assert body["invocations"][0]["executionSuccessful"] is False
    assert body["results"] == []


def test_notifications_are_limited():
    run = large(1, 300, lambda _: "harness-error")

    assert len(notices(parse(run))) == 101
    assert notices(parse(run))[-1] == ("error", "200 more problems of this kind.")


def test_the_worst_results_come_first_and_what_is_left_out_is_counted():
    run = large(2, 100, lambda number: ("non-strict", "crash", "fail")[number % 3])
    body, whole = parse(run, results=50), parse(run)
    levels = [result["level"] for result in whole["results"]]

    assert levels == sorted(levels, key=["error", "warning", "note"].index)
    assert whole["properties"]["resultsLeftOut"] == 0
    assert body["results"] == whole["results"][:50]
    assert body["properties"]["resultsLeftOut"] == 150
    assert notices(body) == [("warning", "150 results left out, the least severe, to keep GitHub's limits.")]
    assert len(body["tool"]["driver"]["rules"]) == len({result["ruleId"] for result in body["results"]})


def test_a_reader_learns_what_github_does_not_show(monkeypatch):
    monkeypatch.setattr(sarif, "SHOWN", 30)

    assert notices(parse(large(1, 40, lambda _: "fail"))) == [
        ("note", "GitHub shows 30 of these 40 results, the most severe.")
    ]


def test_the_document_keeps_its_size_after_gzip_even_of_noise():
    noise = random.Random(7)
    infos = fixtures.cases({"5": 200})
    results = [
        replace(
            fixtures.passed("a/b", info),
            verdict="fail",
            reason="".join(chr(noise.randrange(0x4E00, 0x9000)) for _ in range(900)),
        )
        for info in infos
    ]
    run = build(infos, {"a/b": results})
    text = sarif.render(run, size=100_000)

    assert len(gzip.compress(text.encode())) <= 100_000
    body = parse(run, size=100_000)
    assert 20 < len(body["results"]) < 200
    assert len(body["results"]) + body["properties"]["resultsLeftOut"] == 200


def test_a_size_that_nothing_fits_into_ends_with_no_result():
    assert parse(one("fail"), size=10)["results"] == []


def test_text_of_a_peer_is_seen(runs):
    text = sarif.render(runs["trouble"])

    assert all(character.isprintable() or character == "\n" for character in text)
    assert r"\\\\ud800" in text


def test_a_time_that_is_none_is_left_out(small):
    run = read_run(small)
    run = replace(run, header=replace(run.header, started="yesterday"))

    assert "startTimeUtc" not in parse(run)["invocations"][0]


def test_what_a_baseline_accepts_is_suppressed_with_the_reason():
    run = large(1, 20, lambda number: "fail")
    body = parse(run, outcome=gated(run, baseline=ENTRY))
    suppressed = {result["ruleId"]: result["suppressions"] for result in body["results"]}

    assert suppressed.pop("5.1") == [{"kind": "external", "status": "accepted", "justification": "known since May"}]
    assert set(map(len, suppressed.values())) == {0}
    assert body["results"][-1]["ruleId"] == "5.1"  # where results are left out, it is the first to go


@pytest.mark.parametrize(
    ("old", "new", "state"),
    [("pass", "fail", "new"), ("fail", "fail", "unchanged"), ("crash", "fail", "updated")],
)
def test_against_an_older_run_a_result_says_whether_it_is_new(old, new, state):
    run = one(new)
    (result,) = parse(run, outcome=gated(run, old=one(old)))["results"]

    assert result["baselineState"] == state


def test_a_flaky_case_says_so_with_its_rate():
    (found,) = parse(one("fail", reason="late", plays=fixtures.flaky(7, 20)))["results"]
    assert found["message"]["text"].startswith("fail on reference/gevent: flaky 7 of 20: late")
    assert found["properties"] == {"verdict": "fail", "flaky": True, "plays": 20, "failedPlays": 7}
