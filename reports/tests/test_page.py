from __future__ import annotations

from dataclasses import replace

import pytest

from reports.model import CaseInfo, CellEnd, CellStart, Header, Plan, PlannedCell, RunWriter, Suite, read_run
from reports.page import arrange
from reports.tests import fixtures
from reports.words import ATTENTION, MISSING, NOT_PLANNED, STATUSES, UNSUPPORTED


@pytest.mark.parametrize(("name", "word"), [("passing", "PASSED"), ("trouble", "FAILED"), ("incomplete", "INCOMPLETE")])
def test_the_word_at_the_top(runs, name, word):
    assert arrange([runs[name]]).word == word


def test_of_several_runs_the_worst_gives_the_word(runs):
    assert arrange([runs["passing"], runs["trouble"]]).word == "FAILED"
    assert arrange([runs["trouble"], runs["incomplete"], runs["passing"]]).word == "INCOMPLETE"


def test_a_page_needs_a_run():
    with pytest.raises(ValueError, match="at least one run"):
        arrange([])


def test_planned_and_played_are_counted(runs):
    tally = arrange([runs["incomplete"]]).tally

    assert (tally.total, tally.played) == (219, 113)
    assert tally.counts == {"pass": 112, "fail": 1, MISSING: 106}


def test_an_unsupported_cell_is_counted_as_such_and_has_no_column(runs):
    page = arrange([runs["trouble"]])

    assert page.tally.counts[UNSUPPORTED] == 2 * 74
    assert len(page.columns) == 5
    assert [column.head for column in page.shown] == [("runserver",), ("gunicorn-gthread",), ("gevent",)]


def test_the_most_pressing_finding_comes_first(runs):
    findings = arrange([runs["trouble"]]).findings
    worst = [min(ATTENTION.index(outcome.verdict) for outcome in finding.row.pressing) for finding in findings]

    assert worst == sorted(worst)
    assert findings[0].row.info.id == "1.16"


def test_a_finding_names_cells_with_the_same_verdict_and_reason_together(tmp_path):
    page = arrange([failing_everywhere(tmp_path, ["same", "same", "other"])])

    (finding,) = page.findings
    assert [[outcome.column.name for outcome in group] for group in finding.groups] == [["t/s0", "t/s1"], ["t/s2"]]


def failing_everywhere(tmp_path, reasons):
    """Read back a run of one case that fails on one server for each of ``reasons``."""
    cells = [PlannedCell(f"t/s{n}", "t", f"s{n}") for n in range(len(reasons))]
    info = CaseInfo("1.1", "title", "1")
    path = tmp_path / "run.jsonl"
    with RunWriter(path, Header(Suite("wsconform", "1"), "", Plan(tuple(cells), ("1.1",)))) as writer:
        writer.case(info)
        for cell, reason in zip(cells, reasons, strict=True):
            writer.begin_cell(CellStart(cell.id, {"name": "t"}, {"name": cell.server}))
            writer.result(replace(fixtures.passed(cell.id, info), verdict="fail", reason=reason))
            writer.end_cell(CellEnd(cell.id, "complete"))
        writer.finish()
    return read_run(path)


def test_only_families_in_which_all_is_well_are_quiet(runs):
    assert all(family.tally.quiet for family in arrange([runs["passing"]]).families)
    assert not any(family.tally.quiet for family in arrange([runs["incomplete"]]).families)
    quiet = {family.id: family.tally.quiet for family in arrange([runs["trouble"]]).families}
    assert quiet == {"1": False, "5": False, "7": False, fixtures.HOSTILE[0]: True}


def test_families_have_names_and_unknown_ones_their_id(runs):
    names = [family.name for family in arrange([runs["trouble"]]).families]

    assert names == ["Framing", "Fragmentation", "Closing", fixtures.HOSTILE[0]]


def test_the_matrix_has_every_cell_at_its_server_and_target(runs):
    page = arrange([runs["incomplete"]])

    assert page.servers == fixtures.SERVERS
    assert page.targets == ("reference",)
    assert {place: [column.name for column in columns] for place, columns in page.matrix.items()} == {
        (server, "reference"): [f"reference/{server}"] for server in fixtures.SERVERS
    }


def test_several_runs_stand_side_by_side(runs, small):
    page = arrange([read_run(small), runs["incomplete"]])

    assert [column.head for column in page.shown] == [
        ("run 1", "runserver"),
        ("run 1", "gevent"),
        *(("run 2", server) for server in fixtures.SERVERS),
    ]
    assert len({column.anchor for column in page.columns}) == 5


def test_a_case_that_only_another_run_planned_is_not_missed(runs, small):
    page = arrange([read_run(small), runs["incomplete"]])
    (row,) = (row for family in page.families for row in family.rows if row.info.id == "7.1")

    assert [outcome.verdict for outcome in row.outcomes[:2]] == [NOT_PLANNED] * 2


def test_a_case_without_description_is_shown_all_the_same(small):
    lines = small.read_text().splitlines(keepends=True)
    small.write_text("".join(line for line in lines if not line.startswith('{"kind":"case"')))

    page = arrange([read_run(small)])

    assert [row.info.id for family in page.families for row in family.rows] == ["1.1", "1.2", "5.1"]


def test_plays_are_told_by_how_many_passed(runs):
    page = arrange([runs["trouble"]])
    plays = {outcome.plays for finding in page.findings for outcome in finding.row.pressing}

    assert plays == {"", "0 of 3", "1 of 3"}


@pytest.mark.parametrize(
    ("target", "server", "url", "command"),
    [
        ("reference", "gevent", "ws://127.0.0.1:1/", "wsconform matrix --server gevent --cases 1.1"),
        ("ws://host/echo", "", "ws://host/echo", "wsconform run ws://host/echo --cases 1.1"),
        ("ws://host/echo", "url", "", "wsconform run ws://host/echo --cases 1.1"),
        ("mine", "", "ws://host/?a=1&b=2", "wsconform run 'ws://host/?a=1&b=2' --cases 1.1"),
        ("reference", "x; rm -rf /", "", "wsconform matrix --server 'x; rm -rf /' --cases 1.1"),
    ],
)
def test_the_command_plays_just_this_case_and_is_quoted_for_a_shell(tmp_path, target, server, url, command):
    info = CaseInfo("1.1", "title", "1")
    head = Header(Suite("wsconform", "1"), "", Plan((PlannedCell("cell", target, server),), ("1.1",)))
    with RunWriter(tmp_path / "run", head) as writer:
        writer.case(info)
        writer.begin_cell(CellStart("cell", {"name": target}, {"name": server}, url))

    ((row,),) = (family.rows for family in arrange([read_run(tmp_path / "run")]).families)

    assert row.commands == (command,)


def test_every_verdict_has_its_own_glyph_and_a_meaning():
    from reports.model import VERDICTS

    assert set(VERDICTS) < set(STATUSES)
    assert len({status.glyph for status in STATUSES.values()}) == len(STATUSES)
    assert all(status.meaning.endswith(".") for status in STATUSES.values())
