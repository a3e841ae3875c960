"""A report says of each check whether it is there, and of what is missing what it means and how to get it."""

from __future__ import annotations

import json

import pytest

from wsconform.doctor.findings import Check, Finding, Status, describe, to_json

CHECK = Check("uWSGI's headers", lambda: "", "something is slow", "apt-get install headers", ("a-1", "a-2"))
SERVERS = "a-1", "a-2", "b", "c", "d", "e", "f"
OK = Finding.of(CHECK, "ok", "/usr/include")


def report(*findings: Finding) -> list[str]:
    return list(describe(findings, SERVERS))


def test_what_is_there_is_one_line() -> None:
    assert report(OK) == ["ok       uWSGI's headers: /usr/include", "", "All 7 servers can be started."]


@pytest.mark.parametrize("status", ["missing", "unknown"])
def test_what_is_missing_has_its_effect_and_its_remedy(status: Status) -> None:
    assert report(Finding.of(CHECK, status, "not found")) == [
        f"{status:<8} uWSGI's headers: not found",
        "         cannot be started: 2 servers (a-1, a-2)",
        "         something is slow",
        "         to get it: apt-get install headers",
        "",
        "5 of 7 servers can be started; not a-1, a-2.",
    ]


def test_server_without_two_things_is_counted_once() -> None:
    findings = [Finding(name, "missing", "not found", servers=("a-1", "b")) for name in ("x", "y")]
    assert report(*findings)[-1] == "5 of 7 servers can be started; not a-1, b."


def test_names_of_many_servers_are_cut() -> None:
    lines = report(Finding("x", "missing", "not found", servers=SERVERS[:6]))
    assert lines[1] == "         cannot be started: 6 servers (a-1, a-2, b, c and 2 more)"


def test_json_has_all_findings_and_the_servers_that_can_be_started() -> None:
    found = json.loads(to_json([OK, Finding.of(CHECK, "missing", "not found")], SERVERS))
    assert found["servers"] == ["b", "c", "d", "e", "f"]
    assert found["findings"] == [
        {
            "name": "uWSGI's headers",
            "status": "ok",
            "detail": "/usr/include",
            "effect": "",
            "remedy": "",
            "servers": [],
        },
        {
            "name": "uWSGI's headers",
            "status": "missing",
            "detail": "not found",
            "effect": "something is slow",
            "remedy": "apt-get install headers",
            "servers": ["a-1", "a-2"],
        },
    ]
