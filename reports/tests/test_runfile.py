from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from reports.tests import fixtures
from wsreport import records
from wsreport.model import (
    CellEnd,
    EncodeError,
    MergeError,
    OutputError,
    Play,
    RunFileError,
    RunWriter,
    merge,
    read_run,
    validate,
    write_run,
)
from wsreport.records import RECORDS
from wsreport.runfile import SCHEMA

INFOS = fixtures.cases({"1": 2})
HEADER = fixtures.header(INFOS, ("gevent",))
CELL = HEADER.plan.cells[0].id
PLAY = Play("pass").to_json()


def play(writer):
    for info in INFOS:
        writer.case(info)
    writer.begin_cell(fixtures.begin(CELL))
    for info in INFOS:
        writer.result(fixtures.passed(CELL, info))
    writer.end_cell(CellEnd(CELL, "complete"))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.jsonl"


def test_what_is_written_is_read(path):
    with RunWriter(path, HEADER, clock=fixtures.clock()) as writer:
        play(writer)
        writer.finish()

    run = read_run(path)

    assert run.complete
    assert run.header == HEADER
    assert list(run.cases.values()) == INFOS
    assert run.cells[CELL].start == fixtures.begin(CELL)
    assert list(run.cells[CELL].results.values()) == [fixtures.passed(CELL, info) for info in INFOS]
    assert run.cells[CELL].end == CellEnd(CELL, "complete")
    assert run.footer.seconds == 61.5
    assert run.footer.finished == "2026-03-01T12:01:01Z"


def test_every_line_is_in_the_file_as_soon_as_it_is_written(path):
    with RunWriter(path, HEADER) as writer:
        assert read_run(path).header == HEADER
        play(writer)
        assert len(read_run(path).cells[CELL].results) == 2


def test_a_file_is_ascii_whatever_a_peer_sent(files):
    files["trouble"].read_bytes().decode("ascii")


def leave(path, error, *, finished=False):
    with RunWriter(path, HEADER) as writer:
        play(writer)
        if finished:
            writer.finish()
        raise error


def test_a_crash_of_the_suite_leaves_no_footer(path):
    with pytest.raises(RuntimeError):
        leave(path, RuntimeError())

    run = read_run(path)

    assert run.footer is None
    assert not run.complete


def test_leaving_without_finishing_leaves_no_footer(path):
    with RunWriter(path, HEADER) as writer:
        play(writer)

    assert read_run(path).footer is None


def test_a_keyboard_interrupt_is_written_down(path):
    with pytest.raises(KeyboardInterrupt):
        leave(path, KeyboardInterrupt())

    run = read_run(path)

    assert run.footer.status == "interrupted"
    assert run.problems == ("The run was interrupted.",)


def test_an_interrupt_after_the_end_changes_nothing(path):
    with pytest.raises(KeyboardInterrupt):
        leave(path, KeyboardInterrupt(), finished=True)

    assert read_run(path).complete


def test_a_run_that_was_cut_short_goes_on_where_it_was(path):
    """What is there stays, in whatever cell; the footer counts it too."""
    whole = fixtures.passing(path.with_name("whole.jsonl"), {"1": 2}, ("gevent", "runserver"))
    path.write_bytes(whole.read_bytes().rpartition(b'{"kind":"cell","cell":"reference/runserver"')[0])
    kept = read_run(path)
    assert not kept.complete

    rest = read_run(whole).cells["reference/runserver"]
    with RunWriter.resume(path, kept) as writer:
        assert read_run(path).cells == kept.cells
        writer.begin_cell(rest.start)
        for result in rest.results.values():
            writer.result(result)
        writer.end_cell(rest.end)
        writer.finish()

    assert read_run(path).complete
    assert read_run(path).verdict_digest == read_run(whole).verdict_digest
    assert validate(path) == ()
    assert sorted(each.name for each in path.parent.iterdir()) == sorted([path.name, "whole.jsonl"])


def test_a_run_is_written_as_it_was_read(small):
    before = small.read_bytes()
    write_run(small, read_run(small))
    assert small.read_bytes() == before


@pytest.mark.parametrize("late", [play, RunWriter.finish])
def test_nothing_can_be_written_after_the_footer(path, late):
    with RunWriter(path, HEADER) as writer:
        play(writer)
        writer.finish()
        with pytest.raises(RunFileError, match="already finished"):
            late(writer)

    assert read_run(path).complete


def test_a_result_of_a_cell_that_was_not_started_is_refused(path):
    with RunWriter(path, HEADER) as writer, pytest.raises(RunFileError, match="which was not started"):
        writer.result(fixtures.passed(CELL, INFOS[0]))


def test_a_time_that_json_cannot_hold_is_refused_and_the_file_stays_whole(path):
    with RunWriter(path, HEADER) as writer:
        with pytest.raises(ValueError, match="JSON compliant"):
            writer.end_cell(CellEnd(CELL, "complete", seconds=float("nan")))
        play(writer)
        writer.finish()

    assert read_run(path).complete


def test_a_wrong_word_is_refused_and_the_file_stays_whole(path):
    with RunWriter(path, HEADER) as writer:
        writer.begin_cell(fixtures.begin(CELL))
        with pytest.raises(EncodeError, match=r"Result\.verdict: 'ok' is not one of pass, info"):
            writer.result(replace(fixtures.passed(CELL, INFOS[0]), verdict="ok"))
        play(writer)
        writer.finish()

    assert read_run(path).footer.counts == {CELL: {"pass": 2}}


def test_a_clock_that_was_set_back_makes_no_negative_time(path):
    with RunWriter(path, HEADER, clock=fixtures.clock(-60)) as writer:
        writer.finish()

    assert read_run(path).footer.seconds == 0


@pytest.mark.parametrize("cut", [2, 3, 40, 150])
def test_an_incomplete_last_line_is_a_problem_and_the_rest_is_read(small, cut):
    small.write_bytes(small.read_bytes()[:-cut])

    run = read_run(small)

    assert "The last line of the file is incomplete." in run.problems
    assert run.footer is None
    assert len(run.cells) == 2


def test_a_file_may_be_cut_at_any_octet(tmp_path):
    path = fixtures.passing(tmp_path / "run.jsonl", {"1": 1}, ("gevent",))
    whole = path.read_bytes()
    first = whole.index(b"\n")

    for size in range(first + 1, len(whole) - 1):
        path.write_bytes(whole[:size])
        assert not read_run(path).complete, size


@pytest.mark.parametrize("content", [b"", b"\n", b'{"kind":"hea', b"\xff\xfe"])
def test_a_file_without_a_header_is_no_run(path, content):
    path.write_bytes(content)

    with pytest.raises(RunFileError, match=re.escape(str(path))):
        read_run(path)


def test_a_missing_file_is_an_error_of_the_system(path):
    with pytest.raises(FileNotFoundError):
        read_run(path)


BROKEN = {
    "not JSON": ("{", "line 3: this is not JSON"),
    "empty": ("", "line 3: this is not JSON"),
    "no number": ('{"kind":"case","n":NaN}', "line 3: this is not JSON: NaN is not a JSON number"),
    "no object": ("[]", "line 3: None is not a kind of line"),
    "no kind": ("{}", "line 3: None is not a kind of line"),
    "unknown kind": ('{"kind":"cases"}', "line 3: 'cases' is not a kind of line; the kinds are header, case"),
    "kind is a list": ('{"kind":[]}', r"line 3: \[\] is not a kind of line"),
    "missing field": ('{"kind":"case","id":"1.1"}', "line 3: case: title: missing"),
    "refused value": (
        json.dumps({**INFOS[0].to_json(), "level": "must"}),
        "line 3: case: level: 'must' is not one of MUST, SHOULD, MAY",
    ),
    "refused value within": (
        json.dumps({**fixtures.passed(CELL, INFOS[0]).to_json(), "plays": [PLAY | {"verdict": "ok"}]}),
        r"line 3: result: plays\[0\].verdict: 'ok' is not one of",
    ),
    "second header": (json.dumps(HEADER.to_json()), "line 3: there is a second header"),
}


@pytest.mark.parametrize(("line", "complaint"), BROKEN.values(), ids=BROKEN)
def test_a_broken_line_is_reported_with_file_and_line(small, line, complaint):
    lines = small.read_text().splitlines()
    lines[2] = line
    small.write_text("\n".join(lines) + "\n")

    with pytest.raises(RunFileError, match=f"{re.escape(str(small))}, {complaint}"):
        read_run(small)


def test_a_header_must_come_first(small):
    lines = small.read_text().splitlines(keepends=True)
    small.write_text("".join(lines[1:]))

    with pytest.raises(RunFileError, match="line 1: the first line must be a header, not 'case'"):
        read_run(small)


# The schema


@pytest.mark.parametrize("name", ["passing", "trouble", "incomplete"])
def test_what_is_written_obeys_the_schema(files, name):
    assert validate(files[name]) == ()


def test_the_schema_describes_exactly_the_kinds_there_are():
    schema = json.loads(SCHEMA.read_text())

    assert {choice["$ref"].rpartition("/")[2] for choice in schema["oneOf"]} == set(RECORDS)


def test_the_schema_is_a_schema_and_its_choice_accepts_every_line(files):
    validator = Draft202012Validator(json.loads(SCHEMA.read_text()))
    validator.check_schema(validator.schema)
    for line in files["incomplete"].read_text().splitlines():
        validator.validate(json.loads(line))


def test_the_schema_has_the_vocabulary_of_the_records():
    kinds = json.loads(SCHEMA.read_text())["$defs"]
    grades = kinds["result"]["properties"]["grades"]["anyOf"][0]["properties"]
    words = {
        records.VERDICTS: kinds["verdict"],
        records.LEVELS: kinds["case"]["properties"]["level"],
        records.CELL_STATUSES: kinds["cell-end"]["properties"]["status"],
        records.RUN_STATUSES: kinds["footer"]["properties"]["status"],
        (*records.BINDINGS, None): kinds["result"]["properties"]["binding"],
        records.OWNERS: kinds["attribution"]["properties"]["owner"],
        records.BEHAVIORS: grades["behavior"],
        records.BEHAVIORS_CLOSE: grades["behaviorClose"],
    }

    assert {known: tuple(choice["enum"]) for known, choice in words.items()} == {known: known for known in words}


INVALID = {
    "verdict": ("result", {"verdict": "ok"}, "'ok' is not one of"),
    "unknown field": ("result", {"extra": 1}, "'extra' was unexpected"),
    "wire octets": (
        "result",
        {"wire": [{"at": 0, "from": "us", "what": "", "octets": "ABC", "size": 2}]},
        "does not match",
    ),
    "port": ("result", {"local_port": 65536}, "greater than the maximum"),
    "negative time": ("result", {"seconds": -1}, "less than the minimum"),
    "level": ("case", {"level": "must"}, "'must' is not one of"),
    "name of target": ("cell", {"target": {}}, "'name' is a required property"),
    "status": ("cell-end", {"status": "fine"}, "'fine' is not one of"),
    "format": ("header", {"format": 4}, "expected 3, found 4"),
    "local time": ("header", {"started": "2026-03-01T12:00:00+02:00"}, "does not match"),
    "counts": ("footer", {"counts": {"cell": {"ok": 1}}}, "'ok' is not one of"),
    "kind": ("footer", {"kind": "end"}, "is not valid under any of the given schemas"),
    "kind that is a list": ("footer", {"kind": []}, "is not valid under any of the given schemas"),
}


@pytest.mark.parametrize(("kind", "change", "complaint"), INVALID.values(), ids=INVALID)
def test_a_violation_of_the_schema_is_told_with_its_line(small, kind, change, complaint):
    lines = [json.loads(line) for line in small.read_text().splitlines()]
    number = next(n for n, line in enumerate(lines) if line["kind"] == kind)
    lines[number].update(change)
    small.write_text("".join(json.dumps(line) + "\n" for line in lines))

    violations = validate(small)

    assert any(v.startswith(f"line {number + 1}: $") and complaint in v for v in violations), violations


def test_an_incomplete_line_is_a_violation(small):
    small.write_bytes(small.read_bytes()[:-9])

    assert validate(small) == ("line 15: incomplete",)


def test_the_example_in_the_documentation_is_a_whole_run(path):
    page = (Path(__file__).parents[2] / "docs" / "reference" / "run-file.md").read_text("utf-8")
    example = re.search(r"```json\n(.*?)```", page, re.DOTALL)[1]
    path.write_text("".join(json.dumps(json.loads(line)) + "\n" for line in example.split("\n\n")))

    assert validate(path) == ()
    assert read_run(path).complete


# Files of others

DEEP = 4000


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("[" * DEEP + "]" * DEEP, "not JSON: it is nested too deeply"),
        ('{"kind":' + "[" * 400 + "]" * 400 + "}", "is not a kind of line"),
        (
            '{"kind":"cell-end","cell":"a","status":"complete","reason":"","seconds":1e999,"server_cpu":null,"log":""}',
            "large",
        ),
        ('{"kind":"cell-end","cell":"a","status":"complete","reason":"","seconds":1' + "0" * 400 + "}", "missing"),
        ('{"kind":"case","' + "x" * 5000 + '":1}', "unknown field"),
    ],
)
def test_a_hostile_line_is_refused_with_a_sentence(small, line, complaint):
    lines = small.read_text().splitlines()
    lines[2] = line
    small.write_text("\n".join(lines) + "\n")
    with pytest.raises(RunFileError, match=f"line 3: .*{complaint}") as caught:
        read_run(small)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("number", ["1e999", "1" + "0" * 400, str(1 << 65), "-1e300"])
def test_a_huge_number_is_refused(small, number):
    small.write_text(re.sub(r'"seconds":[0-9.]+', f'"seconds":{number}', small.read_text()))
    with pytest.raises(RunFileError, match="the number is too large"):
        read_run(small)


def test_a_huge_line_is_refused_without_reading_it_all(small, monkeypatch):
    monkeypatch.setattr("wsreport.runfile.LONGEST_LINE", 1 << 20)
    with small.open("a") as file:
        file.write(" " * (3 << 20))
    with pytest.raises(RunFileError, match=r"line [0-9]+: the line is longer than 1 MiB"):
        read_run(small)


def test_a_full_disk_is_named(tmp_path):
    full = tmp_path / "run.jsonl"
    full.symlink_to("/dev/full")
    with pytest.raises(OutputError, match=r"run\.jsonl cannot be written: No space left on device"):
        RunWriter(full, HEADER)
    with pytest.raises(OutputError, match="Not a directory"):
        RunWriter("/dev/null/run.jsonl", HEADER)


def test_a_disk_that_is_full_at_the_end_leaves_no_footer(path):
    def fill_and_finish():
        with RunWriter(path, HEADER) as writer:
            play(writer)
            with Path("/dev/full").open("w") as full:
                os.dup2(full.fileno(), writer._file.fileno())
            writer.finish()

    with pytest.raises(OutputError, match="No space left"):
        fill_and_finish()
    assert read_run(path).footer is None


def test_many_missing_shards_are_counted(small):
    run = read_run(small)
    shard = records.Shard(1, 10**12, "x")
    plan = replace(run.header.plan, shard=shard)
    with pytest.raises(MergeError, match=r"1000000000000 shards; missing: shard 2, .* and 999999999994 more"):
        merge([replace(run, header=replace(run.header, plan=plan))])
