from __future__ import annotations

import dataclasses
import json

import pytest

from reports.tests import fixtures
from wsreport.model import (
    Attribution,
    CaseInfo,
    CellEnd,
    CellStart,
    Control,
    DecodeError,
    EncodeError,
    Footer,
    Grades,
    Header,
    Plan,
    PlannedCell,
    Play,
    Result,
    Suite,
    WireEntry,
)
from wsreport.records import RECORDS, Record

CELL = "reference/gevent"
INFO = fixtures.cases()[0]
HEADER = fixtures.header([INFO])
RECORDED = [
    HEADER,
    INFO,
    fixtures.begin(CELL),
    CellStart(CELL, {"name": "reference"}, {"name": "gevent"}),
    fixtures.passed(CELL, INFO),
    *(fixtures.troubled(CELL, INFO, n, iter(fixtures.HOSTILE * 2)) for n in range(len(fixtures.TROUBLE))),
    Result(CELL, INFO.id, "info", binding="ours"),
    Attribution(CELL, INFO.id, "library", (Control("the library alone", "fail", "\x00"), Control("server", "pass"))),
    CellEnd(CELL, "crashed", "signal 11", 3.5, 0.25, "\x00 log"),
    Footer("2026-03-01T12:00:00Z", "complete", 1.5, {CELL: {"pass": 1}}, "0" * 64),
]


@pytest.mark.parametrize("record", RECORDED, ids=lambda record: record.kind)
def test_a_record_survives_json_text(record):
    line = json.dumps(record.to_json())

    assert type(record).from_json(json.loads(line)) == record


@pytest.mark.parametrize(
    "value",
    [
        HEADER.plan,
        HEADER.suite,
        PlannedCell("a/b", "a", "b"),
        fixtures.CLAUSES[0],
        Grades("OK", "UNCLEAN"),
        Play("fail", "reason", alone=True, seconds=0.5),
        fixtures.wire("text frame")[0],
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_part_of_a_record_survives_json_text(value):
    assert type(value).from_json(json.loads(json.dumps(value.to_json()))) == value


def test_every_kind_of_line_is_covered_above():
    assert {record.kind for record in RECORDED} == set(RECORDS)


def test_a_record_of_another_kind_is_refused():
    with pytest.raises(DecodeError, match="kind: expected 'result'"):
        Result.from_json(INFO.to_json())


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Result)])
def test_no_field_of_a_line_may_be_left_out(name):
    data = fixtures.passed(CELL, INFO).to_json()
    del data[name]

    with pytest.raises(DecodeError, match=f"{name}: missing"):
        Result.from_json(data)


@pytest.mark.parametrize(
    "build",
    [
        lambda: Result(CELL, "1.1", "passed"),
        lambda: Play("OK"),
        lambda: Grades("PASS", "OK"),
        lambda: Grades("OK", "NON-STRICT"),
        lambda: CaseInfo("1.1", "title", "1", level="must"),
        lambda: CellEnd(CELL, "done"),
        lambda: Footer("", "partial", 0, {}, ""),
        lambda: WireEntry(0, "server", "frame"),
        lambda: Header(Suite("wsconform", "1"), "", Plan((), ()), format=1),
        lambda: Result(CELL, "1.1", "info", binding="theirs"),
        lambda: Result(CELL, "1.1", "timeout"),
        lambda: Result(CELL, "1.1", "fail", plays=(Play("pass"), Play("skipped"))),
    ],
)
def test_a_word_outside_the_vocabulary_is_neither_written_nor_read(build):
    value = build()
    with pytest.raises(EncodeError, match="is not one of"):
        value.to_json()
    data = {name.rstrip("_"): item for name, item in dataclasses.asdict(value).items()}
    kind = {"kind": value.kind} if isinstance(value, Record) else {}
    with pytest.raises(DecodeError, match="is not one of"):
        type(value).from_json(json.loads(json.dumps(kind | data)))


def test_octets_that_are_not_hexadecimal_make_no_value():
    with pytest.raises(ValueError, match="hexadecimal"):
        WireEntry(0, "us", "frame", "0g")


def test_a_wire_entry_keeps_the_first_64_octets():
    entry = WireEntry(0.0, "us", "text frame", "AB" * 65, 65)

    assert entry.octets == "ab" * 64
    assert entry.size == 65


def test_the_digest_of_a_plan_depends_on_all_of_it_and_on_nothing_else():
    cell = PlannedCell("a/b", "a", "b")
    plans = [
        Plan((cell,), ("1.1",)),
        Plan((cell,), ("1.2",)),
        Plan((cell,), ("1.1",), "full"),
        Plan((cell,), ("1.1",), repeat=20),
        Plan((PlannedCell("a/c", "a", "c"),), ("1.1",)),
    ]

    assert len({plan.digest for plan in plans}) == len(plans)
    assert Plan((cell,), ("1.1",)).digest == plans[0].digest
    assert Plan((cell,), ("1.1",), digest="given").digest == "given"


def test_a_part_of_a_plan_is_repeated_as_often():
    cells = PlannedCell("a/b", "a", "b"), PlannedCell("a/c", "a", "c")
    whole = Plan(cells, ("1.1",), "fast", 20)
    part = whole.part(2, 2)
    assert (part.cells, part.cases, part.profile, part.repeat) == (cells[1:], ("1.1",), "fast", 20)
    assert part.shard.whole == whole.digest != part.digest


def test_cases_cannot_be_played_less_than_once():
    with pytest.raises(ValueError, match="cases cannot be played 0 times"):
        Plan((), (), repeat=0)


def plays(*verdicts):
    return tuple(Play(verdict) for verdict in verdicts)


@pytest.mark.parametrize(
    ("counted", "flaky"),
    [
        ((), ""),
        (plays("fail"), ""),
        (plays("fail", "fail"), ""),
        (plays("pass", "fail", "pass"), "flaky 1 of 3"),
        (plays("pass", "non-strict", "crash", "harness-error"), "flaky 3 of 4"),
        (plays("fail", "crash"), "flaky 2 of 2"),
        (plays("pass", "info", "declined"), "flaky 0 of 3"),
        ((Play("fail", counts=False), *plays("pass", "pass")), ""),
        ((Play("pass", counts=False), *plays("pass", "fail")), "flaky 1 of 2"),
    ],
)
def test_a_case_is_flaky_if_the_plays_that_count_have_different_verdicts(counted, flaky):
    result = Result(CELL, "1.1", "fail", plays=counted)
    assert (result.flaky, result.is_flaky) == (flaky, bool(flaky))
