from __future__ import annotations

import re
from dataclasses import replace

import pytest

from reports.tests import fixtures
from reports.tests.formats.building import ENTRY, build, gated, large, one, saying
from wsreport.formats.github import render

COMMAND = re.compile(r"::(\w+) (?:file=[^:,\n]+,line=\d+,)?title=([^:,\n]*)::(.*)")


def read(run, outcome=None):
    """Return level, title and message of each annotation, as GitHub reads them."""
    found = [COMMAND.fullmatch(line) for line in render(run, outcome).removesuffix("\n").split("\n")]
    assert all(found)
    return [tuple(unescaped(part) for part in each.groups()) for each in found]


def unescaped(text):
    return re.sub("%(0A|0D|25|2C|3A)", lambda found: chr(int(found[1], 16)), text)


def test_a_run_that_passes_is_one_notice(runs):
    [(level, title, message)] = read(runs["passing"])

    assert (level, title) == ("notice", "WebSocket conformance: PASSED")
    assert message == "903 passed. Exit code 0: every verdict is accepted."


def test_a_failure_is_an_error_with_its_reason_clauses_and_command():
    first, (level, title, message) = read(one("fail", reason="no Pong came", clauses=fixtures.CLAUSES))

    assert first[:2] == ("error", "WebSocket conformance: FAILED")
    assert (level, title) == ("error", "fail 5.1 on reference/gevent")
    assert message.splitlines() == [
        "Text message of 1 fragments, frame by frame, then a ping",
        "no Pong came",
        "Broken: RFC 6455, section 5.4; RFC 6455, section 5.5",
        "Play it again: wsconform matrix --target reference --server gevent --cases 5.1",
    ]


def test_a_case_that_fails_on_several_cells_is_one_annotation():
    infos = fixtures.cases({"5": 1})
    cells = ("reference/gevent", "reference/runserver")
    failed = {cell: [replace(fixtures.passed(cell, infos[0]), verdict="fail")] for cell in cells}

    assert [title for _, title, _ in read(build(infos, failed))][1:] == ["fail 5.1 on 2 cells"]


@pytest.mark.parametrize(("strict", "levels"), [(False, ["notice", "warning"]), (True, ["error", "error"])])
def test_non_strict_is_a_warning_unless_strict(strict, levels):
    assert [level for level, _, _ in read(one("non-strict"), gated(one("non-strict"), strict=strict))] == levels


def test_what_the_baseline_accepts_has_no_annotation():
    run = one("fail")

    assert [level for level, _, _ in read(run, gated(run, baseline=ENTRY))] == ["notice"]


def test_a_problem_of_the_baseline_points_to_its_line():
    run = one("pass")
    lines = render(run, gated(run, baseline=ENTRY)).splitlines()

    assert lines[1].startswith("::error file=b.toml,line=2,title=baseline::5.1 on reference/gevent: unexpected pass")


def test_what_got_worse_comes_before_the_cases_and_is_said_once():
    old, run = one("pass"), one("fail", reason="no Pong came")

    assert [title for _, title, _ in read(run, gated(run, old=old))] == ["WebSocket conformance: FAILED", "regressed"]
    assert "5.1 on reference/gevent: pass → fail" in render(run, gated(run, old=old))


def test_an_incomplete_run_is_an_error_with_the_reason(runs):
    level, title, message = read(runs["incomplete"])[0]

    assert (level, title) == ("error", "WebSocket conformance: INCOMPLETE")
    assert "Incomplete: The run" in message


def test_no_more_annotations_than_github_shows_and_the_rest_is_counted():
    found = read(large(2, 1000))
    levels = [level for level, _, _ in found]

    assert (levels.count("error"), levels.count("warning")) == (10, 9)
    assert re.search(r"\. \d+ more findings without an annotation: see the summary of the job\.", found[0][2])


def test_no_text_of_a_peer_becomes_a_command(runs):
    text = "%0A::stop-commands::x\r\n::error title=a,b::c"
    _, (_, title, message) = read(one("fail", reason=text))

    assert title == "fail 5.1 on reference/gevent"
    assert "%0A::stop-commands::x\\n::error title=a,b::c" in message


@pytest.mark.parametrize("name", ["trouble", "incomplete"])
def test_each_line_is_a_command_of_ours(runs, name):
    changed = saying(runs[name], "a\n::error title=b::c")
    for outcome in (None, changed):
        assert all(title for _, title, _ in read(runs[name], outcome))
    assert "::error title=regressed::a\\n::error title=b::c" in render(runs[name], changed)
