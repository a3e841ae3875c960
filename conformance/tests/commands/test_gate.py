"""`wsconform gate` and `wsconform baseline` on the command line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from reports.tests.runs import run_of
from wsreport.baseline.entries import SCHEMA
from wsreport.model import FORMAT, Run, Suite, write_run

TABLE = {
    "fork/gevent": {"5.1": "fail", "5.2": "pass", "5.3": "pass"},
    "fork/runserver": {"5.1": "fail", "5.2": "pass", "5.3": "pass"},
}

#: An entry of a baseline.
ENTRY = "[[accepted]]\ncell = 'fork/gevent'\ncase = '5.1'\nverdict = 'fail'\nwhy = 'known'\n"


def write(name: str, run: Run) -> str:
    write_run(Path(name), run)
    return name


def changed(**verdicts: str) -> Run:
    table = {case.replace("_", "."): verdict for case, verdict in verdicts.items()}
    return run_of({cell: {**row, **table} for cell, row in TABLE.items()})


def accepted(wsconform, run: str) -> str:
    """Write a baseline of a run, with its reasons."""
    assert wsconform("baseline", "update", run, "-b", "b.toml")[0] == 0
    path = Path("b.toml")
    path.write_text(path.read_text().replace("TODO", "known since May"))
    return "b.toml"


def test_a_run_with_its_baseline_passes(wsconform):
    run = write("run.jsonl", run_of(TABLE))
    code, out, _ = wsconform("gate", run, "-b", accepted(wsconform, run))
    assert (code, out) == (0, "4 passed, 2 failed (2 accepted)\n")


def test_without_a_baseline_it_fails_with_each_failure(wsconform):
    code, out, _ = wsconform("gate", write("run.jsonl", run_of(TABLE)))
    assert code == 1
    assert out.splitlines() == ["fail: 5.1 on fork/gevent", "fail: 5.1 on fork/runserver", "4 passed, 2 failed"]


def test_a_baseline_without_reasons_fails_by_line(wsconform):
    run = write("run.jsonl", run_of(TABLE))
    code, out, _ = wsconform("baseline", "update", run, "-b", "b.toml")
    assert code == 0
    assert 'each why = "TODO" fails the gate' in out
    code, out, _ = wsconform("gate", run, "-b", "b.toml")
    assert code == 1
    assert "b.toml:4: 5.1 on fork/*: why is still TODO; write the reason" in out


def test_a_fix_is_an_unexpected_pass_until_the_baseline_is_updated(wsconform):
    baseline = accepted(wsconform, write("run.jsonl", run_of(TABLE)))
    fixed = write("fixed.jsonl", changed(**{"5.1": "pass"}))
    code, out, _ = wsconform("gate", fixed, "-b", baseline)
    assert code == 1
    assert "b.toml:4: 5.1 on fork/gevent: unexpected pass" in out
    assert wsconform("baseline", "update", fixed, "-b", baseline)[0] == 0
    assert wsconform("gate", fixed, "-b", baseline) == (0, "6 passed\n", "")


def test_a_regression_fails_and_update_refuses_to_hide_it(wsconform):
    old = write("run.jsonl", run_of(TABLE))
    baseline = accepted(wsconform, old)
    before = Path(baseline).read_text()
    worse = write("worse.jsonl", changed(**{"5.2": "fail"}))
    code, out, _ = wsconform("gate", worse, "-b", baseline, "--against", old)
    assert code == 1
    assert "regressed: 5.2 on fork/gevent: pass → fail" in out
    assert out.splitlines()[-1] == "2 passed, 4 failed (2 accepted), 2 regressed"

    code, out, _ = wsconform("baseline", "update", worse, "-b", baseline)
    assert code == 1
    assert "refused: 5.2 on fork/gevent: fail" in out
    assert Path(baseline).read_text() == before
    assert wsconform("baseline", "update", worse, "-b", baseline, "--accept", "fork/* 5.2")[0] == 0
    assert 'why = "TODO"' in Path(baseline).read_text()


def test_only_what_got_worse_fails_against_an_old_run(wsconform):
    old = write("run.jsonl", run_of(TABLE))
    assert wsconform("gate", old, "--against", old)[0] == 0
    fixed = write("fixed.jsonl", changed(**{"5.1": "pass"}))
    assert wsconform("gate", fixed, "--against", old)[0] == 0
    assert wsconform("gate", fixed, "--against", old, "--strict")[0] == 1


def test_a_part_of_the_matrix_can_be_held_against_the_whole_baseline(wsconform):
    baseline = accepted(wsconform, write("run.jsonl", run_of({**TABLE, "other/gevent": TABLE["fork/gevent"]})))
    part = write("part.jsonl", run_of({"fork/gevent": TABLE["fork/gevent"]}))
    code, out, _ = wsconform("gate", part, "-b", baseline)
    assert code == 1
    assert "no cell of this run is called 'other/gevent'" in out
    assert wsconform("gate", part, "-b", baseline, "--partial")[0] == 0


def test_explain_names_the_entry_and_what_it_does(wsconform):
    run = write("run.jsonl", run_of(TABLE))
    baseline = accepted(wsconform, run)
    code, out, _ = wsconform("baseline", "explain", "5.1", "-b", baseline)
    assert code == 0
    assert "b.toml:4: fail of 5.1 on fork/*" in out
    assert "known since May" in out
    code, out, _ = wsconform("baseline", "explain", "5.1", "-b", baseline, "-r", run)
    assert "b.toml:4: accepts fail (why: known since May)" in out
    fixed = write("fixed.jsonl", changed(**{"5.1": "pass"}))
    assert "unexpected pass" in wsconform("baseline", "explain", "5.1", "-b", baseline, "-r", fixed)[1]
    assert "no entry applies" in wsconform("baseline", "explain", "5.2", "-b", baseline, "-r", run)[1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("format = 1\n[[accepted]]\ncel = 1\n", "b.toml:2: unknown key 'cel'; did you mean 'cell'?"),
        ("format = 9\n", "it has format 9, and this version reads 1"),
        ("\x00", "not TOML"),
        ("format = 1\n" + "[[accepted]]\n" * 2, "b.toml:2: 'case' is missing"),
        (f"format = 1\n{ENTRY}expires = 2027-02-30\n", "not TOML"),
        (f"format = 1\n{ENTRY}expires = 'soon'\n", "b.toml:2: expires: 'soon' is not a date"),
        (f"format = 1\n{ENTRY}{ENTRY}", "b.toml:7: the entry in line 2 accepts 5.1 on fork/gevent already"),
        (f"format = 1\n{ENTRY.replace('5.1', '*').replace('fork/gevent', '*')}", "accepts every case on every cell"),
        ("format = 1\n" + ENTRY * 100_000, "it has 100,000 entries, and 10,000 are the limit"),
    ],
    ids=["key", "format", "text", "keys", "day", "date", "duplicate", "everything", "huge"],
)
def test_a_bad_baseline_is_a_usage_error_and_stays_as_it_is(wsconform, content, message):
    Path("b.toml").write_text(content)
    run = write("run.jsonl", run_of(TABLE))
    for command in (("gate", run, "-b", "b.toml"), ("baseline", "update", run, "-b", "b.toml")):
        code, _, err = wsconform(*command)
        assert code == 2
        assert message in err
    assert Path("b.toml").read_text() == content


def test_runs_that_cannot_be_judged_or_compared_are_usage_errors(wsconform):
    run = write("run.jsonl", run_of(TABLE))
    fast = write("fast.jsonl", run_of(TABLE, profile="fast"))
    code, _, err = wsconform("gate", run, "--against", fast)
    assert code == 2
    assert "the old run was played with the profile fast" in err
    Path("empty.jsonl").write_text("")
    assert wsconform("gate", "empty.jsonl")[0] == 2
    assert wsconform("gate", run, "--against", "empty.jsonl")[0] == 2


@pytest.mark.parametrize("accept", ["5.1", "fork/gevent 5.1 5.2", ""])
def test_what_is_to_be_accepted_is_a_cell_and_a_case(wsconform, accept):
    run = write("run.jsonl", run_of(TABLE))
    code, _, err = wsconform("baseline", "update", run, "-b", "b.toml", "--accept", accept)
    assert code == 2
    assert "is not a cell and a case" in err


def test_an_unknown_case_is_named_with_the_nearest(wsconform):
    run = write("run.jsonl", run_of(TABLE))
    code, _, err = wsconform("baseline", "update", run, "-b", "b.toml", "--accept", "fork/gevent 5.99")
    assert code == 5
    assert "5.9" in err
    assert not Path("b.toml").exists()


def test_a_run_file_that_was_cut_off_is_incomplete_and_says_so(wsconform):
    run = write("run.jsonl", run_of(TABLE))
    content = Path(run).read_bytes()
    Path("cut.jsonl").write_bytes(content[: len(content) * 2 // 3])
    code, out, _ = wsconform("gate", "cut.jsonl")
    assert code == 4
    assert "incomplete: The run file has no footer: the run ended prematurely." in out
    assert "not played" in out.splitlines()[-1]
    assert wsconform("gate", run, "--against", "cut.jsonl")[0] == 2


def test_a_file_of_another_format_is_a_usage_error(wsconform):
    run = write("run.jsonl", run_of(TABLE))
    Path("newer.jsonl").write_text(Path(run).read_text().replace(f'"format":{FORMAT}', '"format":99'))
    code, _, err = wsconform("gate", "newer.jsonl")
    assert code == 2
    assert "newer.jsonl, line 1" in err


def test_a_run_of_another_version_of_the_suite_is_compared_with_a_note(wsconform):
    old = run_of(TABLE)
    newer = replace(old, header=replace(old.header, suite=Suite("wsconform", "2")))
    code, out, _ = wsconform("gate", write("new.jsonl", newer), "--against", write("old.jsonl", old))
    assert code == 0
    assert "note: wsconform 1 played the old run, and wsconform 2 this one; a change may be the suite's" in out


def test_cases_that_only_one_of_two_runs_has_are_new_or_vanished(wsconform):
    old = run_of({cell: {**row, "9.1": "pass"} for cell, row in TABLE.items()})
    new = run_of({cell: {**row, "9.2": "pass"} for cell, row in TABLE.items()})
    code, out, _ = wsconform("gate", write("new.jsonl", new), "--against", write("old.jsonl", old))
    assert code == 1
    assert "vanished: 9.1 on fork/gevent" in out
    assert out.splitlines()[-1] == "6 passed, 2 failed, 2 vanished, 2 new"


def test_a_baseline_for_another_target_fails_by_name(wsconform):
    baseline = accepted(wsconform, write("other.jsonl", run_of({"other/gevent": {"5.1": "fail"}})))
    code, out, _ = wsconform("gate", write("run.jsonl", run_of(TABLE)), "-b", baseline)
    assert code == 1
    assert "b.toml:4: no cell of this run is called 'other/gevent'; did you mean 'fork/gevent'?" in out


def test_the_schema_is_printed_for_editors(wsconform):
    code, out, _ = wsconform("baseline", "schema")
    assert code == 0
    assert json.loads(out) == json.loads(SCHEMA.read_text())
