"""`wsconform report` and `wsconform merge`: pages and other formats, held against a baseline and an older run."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from reports.tests.runs import run_of
from wsreport.formats import FORMATS
from wsreport.model import Run, write_run

ENTRY = "format = 1\n[[accepted]]\ncell = 'fork/*'\ncase = '5.1'\nverdict = 'fail'\nwhy = 'known since May'\n"


@pytest.fixture
def run(tmp_path) -> str:
    """A run with a failure, and the baseline that accepts it as `b.toml`."""
    (tmp_path / "b.toml").write_text(ENTRY)
    return write(tmp_path / "run.jsonl", run_of({"fork/gevent": {"5.1": "fail", "5.2": "pass"}}))


def write(path: Path, run: Run) -> str:
    write_run(path, run)
    return str(path)


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_goes_to_standard_output_alone_or_to_a_file(wsconform, run, name):
    code, out, _ = wsconform("report", run, "--format", name)
    assert code == 1
    assert wsconform("report", run, "--format", name, "-o", "new/file")[0] == 1
    assert Path("new/file").read_bytes().decode().replace("\r\n", "\n") == out.replace("\r\n", "\n")


def test_a_file_is_named_with_the_verdict_of_the_gate(wsconform, run):
    code, out, _ = wsconform("report", run, "--format", "junit", "-o", "junit.xml", "-b", "b.toml")
    assert (code, out) == (0, "junit.xml\n1 passed, 1 failed (1 accepted)\n")
    assert "accepted: known since May" in Path("junit.xml").read_text()


def test_line_ends_are_those_of_the_format(wsconform, run):
    wsconform("report", run, "--format", "csv", "-o", "results.csv")
    assert Path("results.csv").read_bytes().count(b"\r\n") == 3


def test_what_got_worse_comes_first(wsconform, run, tmp_path):
    old = write(tmp_path / "old.jsonl", run_of({"fork/gevent": {"5.1": "pass", "5.2": "fail"}}))
    code, out, _ = wsconform("report", run, "--format", "comment", "--against", old)
    assert code == 1
    assert out.index("### Regressed: 1") < out.index("### Fixed: 1") < out.index("What needs attention")


def test_the_location_of_sarif_and_the_label_of_a_badge_can_be_chosen(wsconform, run):
    _, out, _ = wsconform("report", run, "--format", "sarif", "--location", "echo.py")
    location = json.loads(out)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "echo.py"
    assert json.loads(wsconform("report", run, "--format", "badge-json", "--label", "echo")[1])["label"] == "echo"


@pytest.mark.parametrize("name", FORMATS)
def test_an_incomplete_run_says_so_in_each_format(wsconform, run, tmp_path, name):
    whole = run_of({"fork/gevent": {"5.1": "pass"}})
    cut = write(tmp_path / "cut.jsonl", replace(whole, footer=None))
    code, out, _ = wsconform("report", cut, "--format", name)
    assert code == 4
    words = {"verdicts": '"complete": false', "sarif": '"executionSuccessful":false'}
    assert words.get(name, "incomplete") in out


def test_no_file_that_was_read_is_overwritten(wsconform, run):
    before = Path(run).read_text(), Path("b.toml").read_text()
    for path in (run, "b.toml"):
        code, _, err = wsconform("report", run, "--format", "csv", "-b", "b.toml", "-o", path)
        assert code == 2
        assert "is needed, and would be overwritten" in err
    assert (Path(run).read_text(), Path("b.toml").read_text()) == before


def test_one_format_is_of_one_run(wsconform, run):
    code, _, err = wsconform("report", run, run, "--format", "junit")
    assert code == 2
    assert "takes one RUN; join shards with `wsconform merge` first" in err


def test_a_format_that_is_none_names_the_others(wsconform, run):
    code, _, err = wsconform("report", run, "--format", "xml")
    assert code == 2
    assert "'junit'" in err


@pytest.mark.parametrize("options", [("-b", "b.toml"), ("--against", "{run}")])
def test_a_page_is_gated_as_well(wsconform, run, options):
    assert wsconform("report", run, "-o", "page")[0] == 1
    code, out, _ = wsconform("report", run, "-o", "page", *(option.format(run=run) for option in options))
    assert code == 0
    assert "1 deviation is accepted or no worse than before" in out
    assert out.splitlines()[-1].startswith("1 passed, 1 failed")


def test_a_baseline_that_cannot_be_read_is_an_error_before_anything_is_written(wsconform, run):
    Path("b.toml").write_text("format = 9")
    code, _, err = wsconform("report", run, "-o", "page", "-b", "b.toml")
    assert code == 2
    assert "it has format 9" in err
    assert not Path("page").exists()


def test_shards_are_gated_when_they_are_merged(wsconform, run, tmp_path):
    table = {"fork/gevent": {"5.1": "fail"}, "fork/runserver": {"5.1": "pass"}}
    shards = []
    for number, cell in enumerate(table, 1):
        whole = run_of(table)
        plan = whole.header.plan.part(number, 2)
        part = run_of({cell: table[cell]})
        part = replace(part, header=replace(part.header, plan=plan))
        shards.append(write(tmp_path / f"{number}.jsonl", part))
    assert wsconform("merge", *shards, "-o", "whole")[0] == 1
    code, out, _ = wsconform("merge", *shards, "-o", "whole", "-b", "b.toml")
    assert code == 1
    assert "b.toml:2: 5.1 on fork/runserver: unexpected pass" in out
    assert out.splitlines()[-1] == "1 passed, 1 failed (1 accepted), 1 problem with the baseline"
