"""Grades, ranges of case ids, and the files that record grades."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.tests.support.grades import AUTOBAHN, RANGES, grades
from wsconform.errors import GradesError
from wsconform.oracle.grades import (
    Recorded,
    from_index,
    merged,
    ranges,
    read_recorded,
    unranged,
    write_recorded,
)


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        (["1.1.1", "1.1.2", "1.1.3"], "1.1.1-3"),
        (["2.10", "2.9", "2.1"], "2.1 2.9-10"),
        (["1.1.1", "1.2.2"], "1.1.1 1.2.2"),
        (["10.1.1", "9.9.9"], "9.9.9 10.1.1"),
        (["W.1.1", "7.1"], "7.1 W.1.1"),
        ([], ""),
    ],
)
def test_consecutive_ids_form_a_range(ids: list[str], words: str) -> None:
    assert ranges(ids) == words
    assert sorted(unranged(words)) == sorted(ids)


def test_ids_of_no_case_are_kept_as_they_are() -> None:
    """A run file or a file of grades may be somebody else's."""
    assert ranges(["1.\xb2", "1.2", "1.1", "x", "1." + "9" * 5000]) == f"1.1-2 1.{'9' * 5000} 1.\xb2 x"


def test_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(GradesError, match="cannot be read: Is a directory"):
        read_recorded(tmp_path)


def test_all_cases_can_be_restored_from_ranges() -> None:
    assert len(set(AUTOBAHN)) == 517
    assert ranges(reversed(AUTOBAHN)) == RANGES


@pytest.mark.parametrize("text", ["1.1.x", "1.1-2.3", "-4", "1..2"])
def test_invalid_range_is_named(text: str) -> None:
    with pytest.raises(GradesError, match="is neither an id nor a range of ids"):
        list(unranged(f"1.1 {text}"))


def test_written_grades_are_read_back(tmp_path: Path) -> None:
    recorded = Recorded("a server", grades("1.1.1:ok 1.1.2:ok 3.4:ok|lax 5.3:failed"), "a tool", "1.0", 3, "a note")
    write_recorded(tmp_path / "x.json", recorded)
    assert read_recorded(tmp_path / "x.json") == recorded


@pytest.mark.parametrize(
    ("data", "peer"),
    [
        ({"cases": {"1.1": [["OK", "OK"]], "3.4": [["OK", "OK"], ["NON-STRICT", "OK"]]}}, "x"),
        ({"peer": "p", "grades": {"OK/OK": "1.1", "OK/OK | NON-STRICT/OK": "3.4"}}, "p"),
    ],
)
def test_grades_are_read_in_either_form(data: object, peer: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps(data))
    assert read_recorded(tmp_path / "x.json") == Recorded(peer, grades("1.1:ok 3.4:ok|lax"))


def test_index_json_of_autobahn_is_read(tmp_path: Path) -> None:
    """So a report of the tool can serve as recorded grades."""
    entry = {"behavior": "NON-STRICT", "behaviorClose": "OK", "duration": 2, "remoteCloseCode": None, "reportfile": "x"}
    (tmp_path / "index.json").write_text(json.dumps({"Server/1": {"3.2": entry}}))
    assert read_recorded(tmp_path / "index.json") == Recorded("Server/1", grades("3.2:lax"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hello", "Expecting value"),
        ("[]", "it is not an object"),
        ("{}", "an index.json of 0 agents"),
        ('{"a": {}, "b": {}}', r"of 2 agents \(a, b\)"),
        ('{"a": {"1.1": {"behavior": "OK"}}}', "behaviorClose"),
        ('{"grades": {"OK": "1.1"}}', "'OK' is not a pair of grades such as OK/OK"),
        ('{"cases": {"1.1": [["OK", "FINE"]]}}', "'OK/FINE' is not a pair"),
        ('{"grades": ["1.1"]}', "unexpected"),
        ('{"grades": {"OK/OK": "1.1-99999999999"}}', "a range of more ids than exist"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_file_without_grades_is_named(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(GradesError, match=message) as caught:
        read_recorded(path)
    assert str(path) in str(caught.value)


def test_index_json_is_read_for_one_agent() -> None:
    index = {"a": {"1.1": {"behavior": "OK", "behaviorClose": "OK"}}, "b": {}}
    assert from_index(index, "a") == grades("1.1:ok")
    with pytest.raises(KeyError):
        from_index(index, "c")


def test_grades_are_merged_in_the_order_seen() -> None:
    assert merged(grades("2.10:ok 3.4:lax"), grades("2.9:ok 3.4:ok|lax")) == grades("2.9:ok 2.10:ok 3.4:lax|ok")
