"""Run files of format 1 are read, shown and merged; a newer format is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from reports.tests import fixtures
from wsreport.arrange import arrange
from wsreport.html import render
from wsreport.model import (
    FORMAT,
    MergeError,
    RunFileError,
    RunWriter,
    merge,
    read_run,
    reason_with_binding,
    validate,
    write_run,
)

#: A run that wsconform 0.1.0 wrote, cut down to a few cases; the one of the API contract was added by hand.
FORMAT_1 = Path(__file__).parent / "data" / "format-1.jsonl"
#: The same of format 2, against the crooked server `wrong-once`: two cases failed under load and passed twice alone.
FORMAT_2 = Path(__file__).parent / "data" / "format-2.jsonl"
CELL = "127.0.0.1:9001"
REASON = 'step 4: message "x" was awaited; end of the connection by FIN came'


@pytest.fixture
def old():
    return read_run(FORMAT_1)


def changed(path, **fields):
    """Copy the example, with other fields in its header."""
    first, *rest = FORMAT_1.read_text().splitlines(keepends=True)
    path.write_text("".join([json.dumps({**json.loads(first), **fields}) + "\n", *rest]))
    return path


def test_the_example_has_format_1():
    assert json.loads(FORMAT_1.read_text().splitlines()[0])["format"] == 1


def test_a_run_of_format_1_is_read_as_one_of_todays(old):
    assert old.complete, old.problems
    assert old.format == 1
    assert old.header.format == FORMAT
    assert old.counts(CELL) == {"pass": 2, "info": 1, "fail": 1}


def test_the_beginning_of_a_reason_becomes_the_binding(old):
    results = old.cells[CELL].results
    assert {case: result.binding for case, result in results.items() if result.binding} == {"A.4.1": "ours"}
    result = results["A.4.1"]
    assert (result.reason, result.plays[0].reason) == (REASON, REASON)
    assert result.unbound
    assert reason_with_binding(result, result.binding, "p") == f"not promised by p: {REASON}"


def test_a_play_that_was_not_the_last_tells_the_binding(tmp_path):
    lines = [json.loads(line) for line in FORMAT_1.read_text().splitlines()]
    result = next(line for line in lines if line.get("case") == "A.4.1")
    result.update(verdict="pass", reason="")
    path = tmp_path / "run.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    read = read_run(path).cells[CELL].results["A.4.1"]
    assert (read.binding, read.unbound, read.plays[0].reason) == ("ours", False, REASON)


def test_a_run_of_format_2_says_which_plays_count():
    run = read_run(FORMAT_2)
    assert run.complete, run.problems
    assert (run.format, run.header.plan.repeat) == (2, 1)
    (cell,) = run.cells.values()
    plays = {case: [(play.verdict, play.counts) for play in result.plays] for case, result in cell.results.items()}
    repeated = [("fail", False), ("pass", True), ("pass", True)]
    assert plays == {"1.1.1": [("pass", True)], "1.1.2": repeated, "1.2.2": repeated}
    assert not any(result.is_flaky for result in cell.results.values())


def test_a_failure_of_format_2_that_one_play_confirmed_counts_twice(tmp_path):
    path = tmp_path / "run.jsonl"
    line = '"plays":[{"verdict":"pass","reason":"","alone":false,"seconds":0.0013}]'
    play = '{"verdict":"fail","reason":"","alone":%s,"seconds":0.1}'
    text = FORMAT_2.read_text()
    assert text.count(line) == 1
    path.write_text(text.replace(line, f'"plays":[{play % "false"},{play % "true"}]'))
    (cell,) = read_run(path).cells.values()
    assert [play.counts for play in cell.results["1.1.1"].plays] == [True, True]


def test_families_get_the_titles_of_their_time(old):
    titles = {"1": "Framing", "3": "Reserved bits", "A": "API contract", "X": "Extension negotiation"}
    assert old.header.families == titles
    assert {family.id: family.name for family in arrange([old]).families} == titles


def test_the_page_says_that_the_sentence_is_not_promised(old):
    (contract,) = arrange([old]).contracts
    assert [finding.row.info.id for finding in contract.unbound] == ["A.4.1"]
    assert "<bdi>not promised by dwebsocket-0.5: step 4" in render([old])


def test_it_is_written_in_todays_format(old, tmp_path):
    path = tmp_path / "run.jsonl"
    write_run(path, old)
    assert validate(path) == ()
    assert replace(read_run(path), format=1) == old


def test_the_schema_is_of_todays_format_alone():
    assert validate(FORMAT_1) == ("line 1: $.format: expected 3, found 1",)


def test_a_file_that_was_cut_off_at_any_octet_is_read(tmp_path):
    path, whole = tmp_path / "run.jsonl", FORMAT_1.read_bytes()
    for size in range(whole.index(b"\n") + 1, len(whole) - 1, 7):
        path.write_bytes(whole[:size])
        assert not read_run(path).complete, size


def test_a_verdict_that_no_suite_ever_wrote_is_refused(tmp_path):
    path = tmp_path / "run.jsonl"
    path.write_text(FORMAT_1.read_text().replace('"verdict":"fail"', '"verdict":"timeout"'))
    with pytest.raises(RunFileError, match="result: verdict: 'timeout' is not one of pass, info"):
        read_run(path)


@pytest.mark.parametrize("number", [FORMAT + 1, 99])
def test_a_newer_format_is_refused_with_what_to_do(tmp_path, number):
    path = changed(tmp_path / "run.jsonl", format=number, more="of the future")
    with pytest.raises(RunFileError) as refused:
        read_run(path)
    assert str(refused.value) == (
        f"{path}, line 1: the file has format {number}, but this version of wsconform only reads "
        f"formats up to {FORMAT}: update wsconform"
    )


@pytest.mark.parametrize("number", [0, -1, True, "1", 1.0, None])
def test_what_is_no_format_is_refused(tmp_path, number):
    path = changed(tmp_path / "run.jsonl", format=number)
    with pytest.raises(RunFileError, match=r"line 1: header: (families: missing|format: .* is not one of 3)"):
        read_run(path)


@pytest.mark.parametrize(
    "line", ["[]", '{"kind":"result"}', '{"kind":"result","case":"A.1","plays":[3]}', '{"kind":1}']
)
def test_a_broken_line_of_format_1_is_told_with_its_number(tmp_path, line):
    path = tmp_path / "run.jsonl"
    path.write_text(FORMAT_1.read_text().splitlines()[0] + f"\n{line}\n")
    with pytest.raises(RunFileError, match="line 2: "):
        read_run(path)


def test_a_broken_header_of_format_1_is_told_by_what_is_broken(tmp_path):
    with pytest.raises(RunFileError, match="line 1: header: plan: expected an object"):
        read_run(changed(tmp_path / "run.jsonl", plan=[]))


# Shards


@pytest.fixture
def shards(tmp_path):
    """Two shards of one run."""
    infos = fixtures.cases({"1": 1})
    whole = fixtures.header(infos, ("gevent", "cheroot"))
    for index in (1, 2):
        header = replace(whole, plan=whole.plan.part(index, 2))
        with RunWriter(tmp_path / f"{index}.jsonl", header) as run:
            run.case(infos[0])
            cell = header.plan.cells[0].id
            run.begin_cell(fixtures.begin(cell))
            run.result(fixtures.passed(cell, infos[0]))
            run.end_cell(fixtures.CellEnd(cell, "complete"))
            run.finish()
    return [tmp_path / f"{index}.jsonl" for index in (1, 2)]


def as_format_1(path):
    """Rewrite a file as an older suite would have written it."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        line.pop("families", None)
        line.pop("binding", None)
    lines[0]["format"] = 1
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_shards_of_format_1_make_a_run_of_todays_format(shards, tmp_path):
    for path in shards:
        as_format_1(path)
    merged = merge([read_run(path) for path in shards])
    assert merged.complete
    assert merged.header.families == {"1": "Framing"}
    write_run(tmp_path / "merged.jsonl", merged)
    assert validate(tmp_path / "merged.jsonl") == ()


@pytest.mark.parametrize("older", [0, 1])
def test_shards_of_different_formats_are_refused(shards, older):
    """Different suites wrote them, even if both call themselves the same."""
    as_format_1(shards[older])
    with pytest.raises(MergeError, match="run 2 has a different format than run 1"):
        merge([read_run(path) for path in shards])
