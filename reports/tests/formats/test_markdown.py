from __future__ import annotations

from dataclasses import replace

import pytest

from reports.tests import fixtures
from reports.tests.formats.building import ENTRY, build, gated, large, one, saying
from reports.tests.formats.rendering import REFERENCES, Rendered
from wsreport.formats.markdown import COMMENT, SUMMARY, render_comment, render_summary
from wsreport.formats.markup import size
from wsreport.model import EXIT_CODES, CaseInfo, CellEnd, PlannedCell

RENDERERS = {"summary": (render_summary, SUMMARY), "comment": (render_comment, COMMENT)}
both = pytest.mark.parametrize(("render", "limit"), RENDERERS.values(), ids=RENDERERS)
#: What our own Markdown may become.
TAGS = {
    *("h2", "h3", "p", "strong", "code", "ul", "li", "a", "b", "br", "sub", "details", "summary"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}


def test_a_summary_begins_with_the_word_the_counts_and_the_exit_code(runs):
    assert render_summary(runs["trouble"]).splitlines()[:5] == [
        "## ✗ WebSocket conformance: FAILED",
        "",
        "**198 passed, 3 crashed the server, 9 failed (5 flaky), 3 with a harness error, 3 non-strict, "
        "3 informational, 3 declined, 2 cells unsupported**",
        "",
        f"Exit code 3: {EXIT_CODES[3]}.",
    ]


def test_a_comment_begins_with_one_sentence(runs):
    assert render_comment(runs["passing"]) == f"✓ **903 passed** (exit code 0: {EXIT_CODES[0]}).\n"


@both
def test_an_incomplete_run_says_so_before_all_else(runs, render, limit):
    text = render(runs["incomplete"])

    assert "⚠" in text.splitlines()[0]
    assert text.index("**This run is incomplete.**") < text.index("What needs attention")
    assert f"- {runs['incomplete'].problems[0]}\n" in text


@both
def test_a_run_without_a_plan_is_incomplete(render, limit):
    run = build([], {})
    text = render(run)

    assert "**no results**" in text
    assert [f"- {problem}" in text for problem in run.problems] == [True]


@both
def test_strict_changes_the_exit_code(render, limit):
    assert "xit code 0" in render(one("non-strict"))
    run = one("non-strict")
    assert "xit code 1" in render(run, gated(run, strict=True))


@both
@pytest.mark.parametrize("name", ["passing", "trouble", "incomplete"])
def test_text_of_a_peer_stays_text(runs, render, limit, name):
    rendered = Rendered(render(runs[name], saying(runs[name], *fixtures.HOSTILE)))

    assert set(rendered.tags) <= TAGS
    assert {attribute for _, attribute, _ in rendered.attributes} <= {"href", "open"}
    assert rendered.links <= {"https://www.rfc-editor.org/rfc/rfc6455#section-5.4"}
    assert not REFERENCES.search(rendered.prose)
    assert fixtures.HOSTILE[0] in rendered.text
    assert all(character.isprintable() or character in "\n\u200b" for character in rendered.text)


def test_the_table_has_servers_by_targets_with_counts(runs):
    assert render_summary(runs["incomplete"]).split("\n\n")[5].splitlines() == [
        "| Server | reference |",
        "| --- | --- |",
        "| runserver | ✓ 73 pass |",
        "| gunicorn-gthread | **unfinished**, ✓ 39 pass, ✗ 1 fail, ? 33 no result |",
        "| gevent | **unfinished**, ? 73 no result |",
    ]


def test_cells_of_one_server_and_target_share_their_place_with_their_ids():
    infos = fixtures.cases({"5": 1})
    run = build(infos, {f"a/b{v}": [fixtures.passed(f"a/b{v}", *infos)] for v in ("", "@django=4.2")})
    planned = tuple(PlannedCell(cell, "a", "b") for cell in run.cells)
    run = replace(run, header=replace(run.header, plan=replace(run.header.plan, cells=planned)))

    assert "| b | a/b: ✓ 1 pass<br>a/b@\u200bdjango=4.2: ✓ 1 pass |" in render_summary(run)


def test_a_target_without_a_cell_on_a_server_has_a_dash():
    infos = fixtures.cases({"5": 1})
    run = build(infos, {cell: [fixtures.passed(cell, *infos)] for cell in ("a/x", "b/y")})

    assert "| x | ✓ 1 pass | – |\n| y | – | ✓ 1 pass |" in render_summary(run)


def test_cells_that_did_not_end_well_are_noted_with_their_reason():
    run = one("pass")
    end = CellEnd("reference/gevent", "crashed", "signal 11")
    run.cells["reference/gevent"] = replace(run.cells["reference/gevent"], end=end)

    assert "- `reference/gevent` **crashed**: signal 11" in render_summary(run)


def test_a_finding_has_its_cells_by_what_they_say_its_clauses_and_its_command():
    infos = fixtures.cases({"5": 1})
    result = replace(fixtures.passed("a/x", *infos), verdict="fail", reason="late", clauses=fixtures.CLAUSES[:1])
    others = {f"a/{n}": [replace(result, cell=f"a/{n}")] for n in range(8)}
    run = build(infos, {"a/x": [result], **others, "a/z": [replace(result, cell="a/z", reason="never")]})

    finding = render_summary(run).partition("<details open>")[2].partition("</details>")[0]

    assert finding.splitlines() == [
        f"<summary>✗ fail <b>5.1</b> {infos[0].title} (MUST, on 10 cells)</summary>",
        "",
        "- **fail** on `a/x`, `a/0`, `a/1`, `a/2`, `a/3`, `a/4` and 3 more: late",
        "- **fail** on `a/z`: never",
        "- broken: [RFC 6455, section 5.4](https://www.rfc-editor.org/rfc/rfc6455#section-5.4): "
        + fixtures.CLAUSES[0].text,
        "- play just this case: `wsconform matrix --target a --server x --cases 5.1`",
        "",
    ]


def test_findings_come_with_the_worst_verdict_first_then_by_the_number_of_cells():
    infos = fixtures.cases({"5": 3})
    verdicts = {"a/x": ("fail", "fail", "crash"), "a/y": ("pass", "fail", "pass")}
    cells = {
        cell: [replace(fixtures.passed(cell, info), verdict=v) for info, v in zip(infos, row, strict=True)]
        for cell, row in verdicts.items()
    }
    lines = [line for line in render_comment(build(infos, cells)).splitlines() if line.startswith("- ")]

    assert [line.partition("<b>")[2].partition("</b>")[0] for line in lines] == ["5.3", "5.2", "5.1"]


def test_the_first_findings_are_open_and_the_others_folded():
    text = render_summary(large(1, 20, lambda _: "fail"))

    assert (text.count("<details open>"), text.count("<details>")) == (5, 15)
    assert text.count("</details>") == 20


@both
def test_what_got_worse_comes_first_then_what_is_wrong_with_the_baseline(runs, render, limit):
    text = render(runs["trouble"], saying(runs["trouble"], "b"))
    begin = text.index("### Regressed: 1\n\n- b on b: fail: b\n")

    assert begin < text.index("### The baseline does not fit: 1 problem\n\n- b:0: b\n")
    assert begin < text.index("What needs attention")
    assert "| Server |" not in text[:begin]


@both
def test_a_large_run_keeps_the_limit_and_says_what_is_left_out(render, limit):
    run = large(10, 400, lambda _: "fail")
    for outcome in (None, saying(run, *(f"{n} {'x' * 300}" for n in range(1000)))):
        text = render(run, outcome)
        assert limit * 0.6 < size(text) <= limit
        assert "more" in text.splitlines()[-1]
        assert text.count("<details") == text.count("</details>")
    assert "- … and " in text.partition("### Regressed")[2]


@both
def test_many_servers_targets_and_problems_keep_the_limit(render, limit):
    cells = {f"target{n % 40}/{'é' * 100}{n}": None for n in range(2000)}
    text = render(build(fixtures.cases({"5": 1}), cells))

    assert size(text) <= limit
    assert "more problems" in text or "more" in text


@both
def test_characters_of_many_bytes_keep_the_limit(render, limit):
    infos = [CaseInfo(f"5.{n}", "😀" * 500, "5") for n in range(400)]
    results = [replace(fixtures.passed("a/b", info), verdict="fail", reason="漢" * 5000) for info in infos]

    assert size(render(build(infos, {"a/b": results}))) <= limit


@both
def test_every_limit_is_kept(render, limit):
    infos = [CaseInfo(f"5.{n}", "title", "5") for n in range(40)]
    results = [replace(fixtures.passed("a/b", info), verdict="fail", reason="r" * int(info.id[2:])) for info in infos]
    run = build(infos, {"a/b": results})
    sizes = {limit: size(render(run, limit=limit)) for limit in range(2000, 4000, 17)}

    assert all(actual <= limit for limit, actual in sizes.items())
    assert len(set(sizes.values())) > 5


def test_what_was_left_out_of_a_summary_is_counted():
    text = render_summary(large(1, 400, lambda _: "fail"), limit=5000)
    shown = text.count("</details>")

    assert text.endswith(f"… and {400 - shown} more cases: see the HTML page or the run file.\n")
    assert shown > 2


def test_a_large_table_is_cut_and_says_so():
    infos = fixtures.cases({"5": 1})
    run = build(infos, {f"a/server-{n:04}": [fixtures.passed(f"a/server-{n:04}", *infos)] for n in range(2000)})
    text = render_summary(run)
    rows = text.count("| server-")

    assert 100 < rows < 2000
    assert f"… and {2000 - rows:,} more servers." in text


def test_what_is_accepted_is_folded_at_the_end_and_needs_no_attention():
    run = one("fail", reason="it closed with 1002")
    text = render_summary(run, gated(run, baseline=ENTRY))

    assert "✓ WebSocket conformance: PASSED" in text
    assert "**1 failed (1 accepted)**" in text
    assert "What needs attention" not in text
    assert "<details><summary>Not counted by the gate: 1 deviation</summary>" in text
    assert "it closed with 1002 (accepted: known since May)" in text
    assert "1002" not in render_comment(run, gated(run, baseline=ENTRY))


@both
def test_what_was_fixed_comes_after_what_got_worse_and_new_passes_are_only_counted(render, limit):
    old = large(1, 20, lambda number: "fail" if number == 1 else "pass")
    new = large(2, 20, lambda number: "fail" if number == 2 else "pass")
    text = render(new, gated(new, old=old))

    headings = [line for line in text.splitlines() if line.startswith("### ")]
    assert headings[:3] == ["### Regressed: 1", "### Newly failing: 1", "### Fixed: 1"]
    assert "19 new" in text
    assert "### New:" not in text


def test_a_flaky_case_says_so_with_its_rate():
    run = one("fail", reason="late", plays=fixtures.flaky(7, 20))
    summary, comment = render_summary(run), render_comment(run)
    assert "**1 failed (1 flaky)**" in summary
    assert "1 fail, 1 flaky |" in summary
    assert "flaky 7 of 20: late" in summary
    assert "flaky 7 of 20: late" in comment
