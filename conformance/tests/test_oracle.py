"""The oracle's pure parts: grades and their files, known differences, the comparison and its words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wsconform.oracle import RECORDED, GradesError, find_recorded
from wsconform.oracle.comparison import compare
from wsconform.oracle.describe import describe
from wsconform.oracle.grades import (
    Grades,
    Recorded,
    from_index,
    merged,
    ranges,
    read_recorded,
    unranged,
    write_recorded,
)
from wsconform.oracle.known import Known, read_known
from wsconform.oracle.record import Record

OK = ("OK", "OK")
LAX = ("NON-STRICT", "OK")
FAILED = ("FAILED", "FAILED")
ALL = (
    "1.1.1-8 1.2.1-8 2.1-11 3.1-7 4.1.1-5 4.2.1-5 5.1-20 6.1.1-3 6.2.1-4 6.3.1-2 6.4.1-4 6.5.1-5 6.6.1-11 6.7.1-4 "
    "6.8.1-2 6.9.1-4 6.10.1-3 6.11.1-5 6.12.1-8 6.13.1-5 6.14.1-10 6.15.1 6.16.1-3 6.17.1-5 6.18.1-5 6.19.1-5 "
    "6.20.1-7 6.21.1-8 6.22.1-34 6.23.1-7 7.1.1-6 7.3.1-6 7.5.1 7.7.1-13 7.9.1-9 7.13.1-2 9.1.1-6 9.2.1-6 9.3.1-9 "
    "9.4.1-9 9.5.1-6 9.6.1-6 9.7.1-6 9.8.1-6 10.1.1 12.1.1-18 12.2.1-18 12.3.1-18 12.4.1-18 12.5.1-18 13.1.1-18 "
    "13.2.1-18 13.3.1-18 13.4.1-18 13.5.1-18 13.6.1-18 13.7.1-18"
)
AUTOBAHN = list(unranged(ALL))


def said(text: str) -> Grades:
    """Grades from words such as ``1.1:ok 3.4:ok|lax``."""
    pairs = {"ok": OK, "lax": LAX, "failed": FAILED}
    parts = (word.split(":") for word in text.split())
    return {id_: tuple(pairs[each] for each in names.split("|")) for id_, names in parts}


def known(*cases: str, **more: object) -> Known:
    return Known(cases, "a reason", "a source", **more)  # type: ignore[arg-type]


# Ids in few words


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
def test_neighbours_are_put_together(ids: list[str], words: str) -> None:
    assert ranges(ids) == words
    assert sorted(unranged(words)) == sorted(ids)


def test_all_cases_survive_being_put_together() -> None:
    assert len(set(AUTOBAHN)) == 517
    assert ranges(reversed(AUTOBAHN)) == ALL


@pytest.mark.parametrize("text", ["1.1.x", "1.1-2.3", "-4", "1..2"])
def test_what_is_no_range_is_named(text: str) -> None:
    with pytest.raises(GradesError, match="is no id and no range of ids"):
        list(unranged(f"1.1 {text}"))


# Files of grades


def test_written_grades_are_read_back(tmp_path: Path) -> None:
    recorded = Recorded("a server", said("1.1.1:ok 1.1.2:ok 3.4:ok|lax 5.3:failed"), "a tool", "1.0", 3, "a note")
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
    assert read_recorded(tmp_path / "x.json") == Recorded(peer, said("1.1:ok 3.4:ok|lax"))


def test_an_index_of_autobahns_is_read(tmp_path: Path) -> None:
    """Whoever has a report of the tool can compare with it."""
    entry = {"behavior": "NON-STRICT", "behaviorClose": "OK", "duration": 2, "remoteCloseCode": None, "reportfile": "x"}
    (tmp_path / "index.json").write_text(json.dumps({"Server/1": {"3.2": entry}}))
    assert read_recorded(tmp_path / "index.json") == Recorded("Server/1", said("3.2:lax"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("hello", "Expecting value"),
        ("[]", "it is no object"),
        ("{}", "an index.json of 0 agents"),
        ('{"a": {}, "b": {}}', r"of 2 agents \(a, b\)"),
        ('{"a": {"1.1": {"behavior": "OK"}}}', "behaviorClose"),
        ('{"grades": {"OK": "1.1"}}', "'OK' is no pair of grades such as OK/OK"),
        ('{"cases": {"1.1": [["OK", "FINE"]]}}', "'OK/FINE' is no pair"),
        ('{"grades": ["1.1"]}', "unexpected"),
    ],
)
def test_a_file_without_grades_is_named(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(GradesError, match=says) as caught:
        read_recorded(path)
    assert str(path) in str(caught.value)


def test_recorded_grades_are_of_autobahns_cases() -> None:
    whole = {"websockets-asyncio", "reference-gevent"}
    assert set(RECORDED) == whole | {"websockets-sync", "gevent-websocket", "eventlet-websocket"}
    for name in RECORDED:
        recorded = find_recorded(name)
        assert recorded.peer == name
        assert set(recorded.grades) <= set(AUTOBAHN)
        assert len(recorded.grades) >= 301
    assert all(set(find_recorded(name).grades) == set(AUTOBAHN) for name in whole)


def test_an_unknown_record_gets_the_known_names() -> None:
    with pytest.raises(GradesError, match=r"'websocket' is no file, and no server .*: eventlet-websocket, gevent-"):
        find_recorded("websocket")


def test_runs_are_added_to_a_record(tmp_path: Path) -> None:
    """Several pairs of a case are kept, since some cases race."""
    path = tmp_path / "r.json"
    Record.at(path, "", "127.0.0.1:9001").add("tool 1", said("1.1:ok 3.4:ok"))
    assert read_recorded(path) == Recorded("127.0.0.1:9001", said("1.1:ok 3.4:ok"), "tool 1")
    Record.at(path, "", "elsewhere:1").add("tool 2", said("3.4:lax 3.5:ok"))
    assert read_recorded(path) == Recorded("127.0.0.1:9001", said("1.1:ok 3.4:ok|lax 3.5:ok"), "tool 2", runs=2)
    with pytest.raises(GradesError, match=r"is a record of 127\.0\.0\.1:9001, not of another"):
        Record.at(path, "another", "")
    Record.at(None, "", "x").add("tool", said("1.1:ok"))
    assert list(tmp_path.iterdir()) == [path]


def test_the_tools_index_is_read_for_one_agent() -> None:
    index = {"a": {"1.1": {"behavior": "OK", "behaviorClose": "OK"}}, "b": {}}
    assert from_index(index, "a") == said("1.1:ok")
    with pytest.raises(KeyError):
        from_index(index, "c")


def test_grades_are_merged_in_the_order_seen() -> None:
    assert merged(said("2.10:ok 3.4:lax"), said("2.9:ok 3.4:ok|lax")) == said("2.9:ok 2.10:ok 3.4:lax|ok")


# The comparison


def test_the_same_grades_agree() -> None:
    found = compare(said("1.1:ok 3.4:lax"), said("1.1:ok 3.4:ok|lax"))
    assert found.agreed == ("1.1", "3.4")
    assert found.is_fine
    assert found.compared == 2


def test_a_difference_without_a_reason_is_not_fine() -> None:
    found = compare(said("1.1:ok 3.4:failed"), said("1.1:ok 3.4:ok|lax"))
    assert [(d.case, d.ours, d.theirs) for d in found.unexplained] == [("3.4", (FAILED,), (OK, LAX))]
    assert not found.is_fine
    assert found.compared == 2


def test_what_one_side_lacks_is_named_and_not_compared() -> None:
    found = compare(said("1.1:ok 1.2:ok"), said("1.1:ok 12.1.1:ok 9.1:ok"))
    assert (found.only_ours, found.only_theirs, found.compared) == (("1.2",), ("9.1", "12.1.1"), 1)
    assert found.is_fine


@pytest.mark.parametrize(
    ("reason", "explains"),
    [
        (known("3.4"), True),
        (known("3"), True),
        (known("3.*"), True),
        (known("3.4", ours=("OK/OK",), theirs=("FAILED/FAILED",)), True),
        (known("3.4", peer="web*"), True),
        (known("3.41"), False),
        (known("3.4", ours=("FAILED/FAILED",)), False),
        (known("3.4", theirs=("OK/OK",)), False),
        (known("3.4", peer="gevent"), False),
    ],
)
def test_a_known_difference_explains_what_it_is_about(reason: Known, explains: bool) -> None:
    found = compare(said("3.4:ok"), said("3.4:failed"), [reason], "websockets")
    assert bool(found.explained) is explains
    assert found.is_fine is explains


@pytest.mark.parametrize(
    ("reason", "missed"),
    [
        (known("3.4"), True),
        (known("3.4", ours=("OK/OK",)), True),
        (known("3.4", flaky=True), False),
        (known("3.4", peer="gevent"), False),
        (known("3.4", ours=("FAILED/FAILED",)), False),
        (known("5.1"), False),
    ],
)
def test_a_known_difference_that_is_no_more_is_named(reason: Known, missed: bool) -> None:
    """Unless it is a race, or about another server or another fault."""
    found = compare(said("3.4:ok"), said("3.4:ok"), [reason], "websockets")
    assert [d.known for d in found.gone] == ([reason] if missed else [])
    assert found.is_fine is not missed


def test_the_first_reason_that_fits_counts() -> None:
    one, two = known("3.4", theirs=("FAILED/FAILED",)), known("3")
    found = compare(said("3.4:ok"), said("3.4:failed"), [one, two])
    assert [d.known for d in found.explained] == [one]
    assert found.gone == ()


def test_a_comparison_in_words() -> None:
    """What is alike stands together, a reason beside its difference, and the sum last."""
    ours = said("1.1:ok 3.1:ok 3.2:ok 3.4:ok 5.1:lax 5.2:ok 5.3:ok|lax 9.1:ok")
    theirs = said("1.1:ok 3.1:failed 3.2:failed 3.4:lax 5.1:lax 5.2:ok|lax 5.3:lax 12.1:ok 12.2:ok")
    found = compare(ours, theirs, [known("3.4"), known("5.1")])
    assert list(describe(found, "ws://here/", [found.unexplained[0]])) == [
        "known   3.4: ours OK/OK, Autobahn's NON-STRICT/OK",
        "        a reason (a source)",
        "racing  5.3: ours OK/OK or NON-STRICT/OK, Autobahn's NON-STRICT/OK",
        "once    3.1: ours OK/OK, Autobahn's FAILED/FAILED",
        "gone    5.1: ours NON-STRICT/OK, Autobahn's NON-STRICT/OK",
        "        a known difference that is no more; take it from the list: a reason (a source)",
        "differ  3.1-2: ours OK/OK, Autobahn's FAILED/FAILED",
        "1 case of ours only: 9.1",
        "2 cases of Autobahn's only: 12.1-2",
        "ws://here/: 4 of 7 cases get the same grades, 1 known to differ, 2 unexplained, 1 known to differ and do not",
    ]


# The file of known differences


def test_known_differences_are_about_cases_that_there_are() -> None:
    entries = read_known()
    assert entries
    for entry in entries:
        for pattern in entry.cases:
            alone = known(pattern)
            assert any(alone.explains(id_, (OK,), (OK,)) for id_ in AUTOBAHN), pattern
        for text in (*entry.ours, *entry.theirs):
            assert from_index(
                {"a": {"1.1": dict(zip(("behavior", "behaviorClose"), text.split("/"), strict=True))}}, "a"
            )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[difference]", "x.toml: "),
        ("[[diference]]\n", "there is only .*no diference"),
        ('[[difference]]\nreasn = "r"\n', "difference 1: 'reasn' is no key; did you mean reason?"),
        ('[[difference]]\nzzz = "r"\n', "'zzz' is no key; there are cases, ours"),
        ('[[difference]]\ncases = "3.4"\n', "cases must be a list of strings, not '3.4'"),
        ("[[difference]]\nflaky = 1\n", "flaky must be true or false, not 1"),
        ('[[difference]]\ncases = ["3.4"]\nreason = "r"\n', "difference 1: source must be there"),
        ('[[difference]]\ncases = []\nsource = "r"\n', "cases and reason must be there"),
    ],
)
def test_wrong_known_differences_are_named(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text(text)
    with pytest.raises(GradesError, match=says):
        read_known(tmp_path / "x.toml")
