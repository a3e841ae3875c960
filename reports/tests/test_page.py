from __future__ import annotations

import re
from dataclasses import replace

import pytest

from reports.tests import fixtures
from reports.tests.formats.building import gated, large
from wsreport.arrange import arrange
from wsreport.html import render
from wsreport.model import CaseInfo, CellEnd, CellStart, Header, Plan, PlannedCell, Play, RunWriter, Suite, read_run
from wsreport.terms import MISSING, NOT_PLANNED, STATUSES, UNSUPPORTED


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


def test_versions_of_one_server_have_heads_of_their_own(tmp_path):
    cells = tuple(PlannedCell(f"t/s{version}", "t", "s") for version in ("", "@django=4.2"))
    with RunWriter(tmp_path / "run", Header(Suite("wsconform", "1"), "", Plan(cells, ("1.1",)))):
        pass
    assert [column.head for column in arrange([read_run(tmp_path / "run")]).shown] == [("s",), ("s@django=4.2",)]


def test_findings_are_about_what_needs_attention(runs):
    page = arrange([runs["trouble"]])
    shown = {(one.place.name, one.result.case) for finding in page.findings for one in finding.occurrences}
    derived = {(one.place.name, one.result.case) for finding in page.findings for one in finding.derived}
    pressing = {
        (outcome.column.name, row.info.id)
        for family in page.families
        for row in family.rows
        for outcome in row.pressing
    }

    assert shown | derived == pressing


def test_every_link_of_a_finding_leads_somewhere(runs):
    text = render([runs["trouble"]])
    attention = text[text.index('id="attention"') : text.index('id="matrix"')]
    targets = set(re.findall(r'href="#([^"]+)"', attention))

    assert targets
    assert targets <= set(re.findall(r' id="([^"]+)"', text))


def failing(tmp_path, **reasons):
    """Read back a run in which each case fails on one server for each of its reasons, and passes on the rest."""
    servers = [f"s{n}" for n in range(max(map(len, reasons.values())))]
    infos = [CaseInfo(case, "title", "1") for case in reasons]
    head = fixtures.header(infos, tuple(servers), "t")
    with RunWriter(tmp_path / "run.jsonl", head) as writer:
        for info in infos:
            writer.case(info)
        for number, cell in enumerate(head.plan.cells):
            writer.begin_cell(fixtures.begin(cell.id))
            for info in infos:
                result = fixtures.passed(cell.id, info)
                if number < len(reasons[info.id]):
                    result = replace(result, verdict="fail", reason=reasons[info.id][number])
                writer.result(result)
            writer.end_cell(CellEnd(cell.id, "complete"))
        writer.finish()
    return read_run(tmp_path / "run.jsonl")


def test_of_equal_verdicts_what_is_wrong_in_most_cells_comes_first(tmp_path):
    page = arrange([failing(tmp_path, first=["one"], second=["one", "two"])])

    assert [finding.cells for finding in page.findings] == [("t/s0", "t/s1")]
    assert page.findings[0].cases == ("first", "second")


def test_families_without_results_that_need_attention_are_quiet(runs):
    assert all(family.tally.quiet for family in arrange([runs["passing"]]).families)
    assert [family.tally.quiet for family in arrange([runs["incomplete"]]).families] == [True, False, True]
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


def test_plays_are_told_by_how_many_passed_or_by_the_rate_of_a_flaky_case(runs):
    rows = [row for family in arrange([runs["trouble"]]).families for row in family.rows]
    plays = {(outcome.plays, outcome.flaky) for row in rows for outcome in row.pressing}

    assert plays == {("", ""), ("0 of 3", ""), ("", "flaky 2 of 3")}


def test_flaky_results_are_counted_in_their_cell_family_and_the_page(runs):
    page = arrange([runs["trouble"]])

    assert page.tally.flaky == sum(column.tally.flaky for column in page.columns) == 5
    assert sum(family.tally.flaky for family in page.families) == 5
    assert {row.flaky for family in page.families for row in family.rows} == {True, False}


def test_plays_that_all_passed_and_plays_that_do_not_count_are_shown_where_they_say_something(small):
    run = read_run(small)
    played, *_ = run.cells.values()

    def shown(*plays):
        played.results["1.1"] = replace(played.results["1.1"], plays=plays)
        outcome = arrange([run]).families[0].rows[0].outcomes[0]
        return outcome.plays, outcome.flaky, outcome.detailed

    good, bad = Play("pass"), Play("fail")
    assert shown(*[good] * 20) == ("", "", False)
    assert shown(replace(bad, counts=False), good, good) == ("2 of 3", "", False)
    assert shown(good, Play("info")) == ("", "flaky 0 of 2", True)


@pytest.mark.parametrize(
    ("target", "server", "command"),
    [
        ("mine", {"name": "gevent"}, "wsconform matrix --target mine --server gevent --cases 1.1"),
        ("mine", {"name": "x; rm -rf /"}, "wsconform matrix --target mine --server 'x; rm -rf /' --cases 1.1"),
        ("host:1", {"name": "running", "url": "ws://host:1/?a&b"}, "wsconform run 'ws://host:1/?a&b' --cases 1.1"),
    ],
)
def test_the_command_plays_just_this_case_and_is_quoted_for_a_shell(tmp_path, target, server, command):
    info = CaseInfo("1.1", "title", "1")
    plan = Plan((PlannedCell("cell", target, server["name"]),), ("1.1",))
    with RunWriter(tmp_path / "run", Header(Suite("wsconform", "1"), "", plan)) as writer:
        writer.case(info)
        writer.begin_cell(CellStart("cell", {"name": target}, server))

    ((row,),) = (family.rows for family in arrange([read_run(tmp_path / "run")]).families)

    assert row.commands == (command,)


def test_how_a_cell_is_reached_that_was_never_begun_is_not_guessed(tmp_path):
    head = Header(Suite("wsconform", "1"), "", Plan((PlannedCell("cell", "host:1", "running"),), ("1.1",)))
    with RunWriter(tmp_path / "run", head) as writer:
        writer.case(CaseInfo("1.1", "title", "1"))

    ((row,),) = (family.rows for family in arrange([read_run(tmp_path / "run")]).families)

    assert row.commands == ()


def test_every_verdict_has_its_own_glyph_and_a_meaning():
    from wsreport.model import VERDICTS

    assert set(VERDICTS) < set(STATUSES)
    assert len({status.glyph for status in STATUSES.values()}) == len(STATUSES)
    assert all(status.meaning.endswith(".") for status in STATUSES.values())


ENTRIES = "".join(
    f"[[accepted]]\ncell = '*/{server}'\ncase = '{case}'\nverdict = 'fail'\nwhy = '<b>known</b>'\n"
    for server, case in (("server0", "5.2"), ("server1", "5.1"))
)


def test_what_a_baseline_accepts_needs_no_attention_and_the_word_follows_the_gate():
    run = large(2, 20, lambda number: "fail" if number == 9 else "pass")
    page = arrange([run], [gated(run, baseline=ENTRIES)])

    assert arrange([run]).word == "FAILED"
    assert page.word == "PASSED"
    assert page.findings == ()
    assert [finding.row.info.id for finding in page.excused] == ["5.1", "5.2"]
    assert "(<bdi>accepted: &lt;b&gt;known&lt;/b&gt;</bdi>)" in render([run], [gated(run, baseline=ENTRIES)])


def test_what_changed_comes_before_what_needs_attention():
    old, new = large(1, 20), large(1, 20, lambda number: "fail" if number == 9 else "pass")
    text = render([new], [gated(new, old=old)])

    assert text.index("Regressed: 1") < text.index("Fixed: 1") < text.index("Needs attention")
    assert 'class="gate"' not in render([new])
