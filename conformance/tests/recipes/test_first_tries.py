"""What a sceptical user tries first: servers that are plainly wrong, runs that are cut short, input that is wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conformance.tests.support.field_server import FieldServer, field_server
from conformance.tests.support.processes import crooked_process
from wsreport.model import Run, read_run

#: Cases whose frames are illegal, so that the server must fail the connection.
ILLEGAL = "2.5,3,4.1,4.2,5.1,5.2,5.9,5.10,5.11,5.12,5.13,5.14,5.15,5.16,5.17,5.18"


def wsconform(*words: object, code: int) -> str:
    """Run a command; return what it printed on both streams."""
    done = subprocess.run([sys.executable, "-m", "wsconform", *map(str, words)], capture_output=True, text=True)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def verdicts(run: Run) -> dict[str, str]:
    (cell,) = run.cells.values()
    return {case: result.verdict for case, result in cell.results.items()}


@pytest.mark.parametrize("how", [FieldServer(ignores=True), FieldServer(stalls=True)], ids=["ignores", "stalls"])
def test_server_that_ignores_illegal_frames_fails_each_case_with_one(how: FieldServer, tmp_path: Path) -> None:
    with field_server(how) as url:
        wsconform("run", url, "-c", ILLEGAL, "--no-replay", "--timeout-scale", 0.5, "-o", tmp_path, code=1)
    found = verdicts(read_run(tmp_path / "run.jsonl"))
    assert len(found) == 30
    assert set(found.values()) == {"fail"}


def test_server_that_echoes_a_wrong_byte_fails_the_cases_with_long_messages(tmp_path: Path) -> None:
    with crooked_process("wrong-octets") as server:
        wsconform("run", server.url, "-c", "9.1.1,9.7.3", "--no-replay", "-o", tmp_path, code=1)
    run = read_run(tmp_path / "run.jsonl")
    assert set(verdicts(run).values()) == {"fail"}
    (cell,) = run.cells.values()
    assert {result.grades.behavior for result in cell.results.values() if result.grades} == {"OK"}  # says Autobahn


def test_server_that_is_killed_half_way_leaves_a_report_of_an_incomplete_run(tmp_path: Path) -> None:
    with field_server(FieldServer(connections=20)) as url:
        files = ("--write", f"junit={tmp_path / 'junit.xml'}", "--write", f"markdown={tmp_path / 'summary.md'}")
        wsconform("run", url, "-c", "1,2,5", "--concurrency", 1, "-o", tmp_path, *files, code=4)
    run = read_run(tmp_path / "run.jsonl")
    missing = set(run.header.plan.cases) - set(verdicts(run))
    assert not run.complete
    assert len(missing) > 20
    assert "INCOMPLETE" in (tmp_path / "summary.md").read_text("utf-8").splitlines()[0]
    assert (tmp_path / "junit.xml").read_text("utf-8").count("not played") >= len(missing)
    assert (tmp_path / "index.html").read_text("utf-8").count("no result")
    wsconform("report", tmp_path / "run.jsonl", "-o", tmp_path / "again", code=4)
    wsconform("gate", tmp_path / "run.jsonl", code=4)


def test_selection_of_nothing_and_a_misspelt_key_name_what_is_wrong(tmp_path: Path) -> None:
    assert "nonexistent" in wsconform("run", "ws://127.0.0.1:1/", "--cases", "nonexistent", code=5)
    baseline = tmp_path / "b.toml"
    baseline.write_text('format = 1\n[[accepted]]\nceel = "*"\n')
    said = wsconform("run", "ws://127.0.0.1:1/", "--baseline", baseline, code=2)
    assert "unknown key 'ceel'; did you mean 'cell'?" in said


def test_fix_is_an_unexpected_pass_and_a_renamed_case_is_an_unknown_id(tmp_path: Path) -> None:
    baseline, options = tmp_path / "b.toml", ("--cases", "1.1.1,1.1.2", "--name", "fork", "--output", tmp_path)
    with crooked_process("wrong-octets") as server:
        wsconform("run", server.url, *options, code=1)
    wsconform("baseline", "update", tmp_path / "run.jsonl", "--baseline", baseline, code=0)
    accepted = baseline.read_text("utf-8").replace("TODO", "known since May")
    with crooked_process("honest") as fixed:
        baseline.write_text(accepted)
        assert "1.1.2 on fork: unexpected pass" in wsconform("run", fixed.url, *options, "--baseline", baseline, code=1)
        baseline.write_text(accepted.replace("1.1.2", "1.1.20"))
        assert "1.1.20" in wsconform("run", fixed.url, *options, "--baseline", baseline, code=1)


def test_two_runs_with_one_seed_have_the_same_verdicts(tmp_path: Path) -> None:
    with crooked_process("always-1011") as server:
        for name in ("one", "two"):
            options = ("-c", "1,2,3,4,5", "--profile", "fast", "--seed", 5, "--timeout-scale", 4)
            wsconform("run", server.url, *options, "--name", "same", "-o", tmp_path / name, code=0)
    one, two = (read_run(tmp_path / name / "run.jsonl") for name in ("one", "two"))
    assert verdicts(one) == verdicts(two)
    assert one.footer
    assert two.footer
    assert one.footer.digest == two.footer.digest == one.verdict_digest


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_shards_make_the_whole_matrix_and_a_missing_one_is_refused(tmp_path: Path) -> None:
    options = ("--server", "wsgiref", "--server", "runserver", "--cases", "1.1,A.1", "--profile", "fast")
    wsconform("matrix", *options, "-o", tmp_path / "whole", code=0)
    for number in (1, 2):
        wsconform("matrix", *options, "--shard", f"{number}/2", "-o", tmp_path / str(number), code=0)
    parts = [tmp_path / name / "run.jsonl" for name in "12"]
    wsconform("merge", *parts, "-o", tmp_path / "merged", code=0)
    whole, merged = (read_run(tmp_path / name / "run.jsonl") for name in ("whole", "merged"))
    assert merged.complete
    assert merged.verdict_digest == whole.verdict_digest
    assert "shard" in wsconform("merge", parts[0], "-o", tmp_path / "part", code=2)
