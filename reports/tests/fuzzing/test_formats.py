"""Whatever run file there is and whatever texts are in it: each output format is well formed, and text stays text."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft4Validator
from lxml import etree

from reports.tests import fixtures
from reports.tests.formats.building import build, gated, saying
from reports.tests.formats.rendering import REFERENCES, Rendered
from reports.tests.fuzzing.lines import RUN_FILES
from wsreport.formats import FORMATS, Options
from wsreport.formats.markdown import COMMENT, SUMMARY
from wsreport.model import CaseInfo, CellEnd, ClauseRef, read_run
from wsreport.run import RunError

JUNIT = etree.XMLSchema(file=fixtures.DATA / "junit-10.xsd")
SARIF = Draft4Validator(json.loads((fixtures.DATA / "sarif-2.1.0.json").read_text("utf-8")))

#: Texts that are likely to mean something somewhere, among any others.
MEANT = (
    "`",
    "``",
    "|",
    "\\",
    "@all",
    "#1",
    "](http://x)",
    "![",
    "<b>",
    "-->",
    "]]>",
    "&#64;",
    "{0}",
    "\n",
    "\n\n# x",
    "=1",
    '"',
    "$",
    "www.x",
)
TEXTS = st.lists(st.one_of(st.sampled_from(MEANT), st.text(st.characters(), max_size=5)), max_size=8).map("".join)


def check(run, options):
    """Render a run in each format, and read it with other programs than ours."""
    made = {name: each.render(run, options) for name, each in FORMATS.items()}
    for text in made.values():
        text.encode()
    JUNIT.assertValid(etree.fromstring(made["junit"].encode(), etree.XMLParser(huge_tree=True)))
    SARIF.validate(json.loads(made["sarif"]))
    ET.fromstring(made["badge-svg"])
    assert json.loads(made["badge-json"])["schemaVersion"] == 1
    json.loads(made["verdicts"])
    rows = list(csv.reader(io.StringIO(made["csv"], newline=""), strict=True))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert not any(field.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows[1:] for field in row)
    for name, limit in (("markdown", SUMMARY), ("comment", COMMENT)):
        assert len(made[name].encode()) <= limit
        rendered = Rendered(made[name])
        assert not {"img", "script", "pre", "h1", "em", "del", "hr", "blockquote"} & set(rendered.tags)
        assert all(
            link.startswith(("https://www.rfc-editor.org/rfc/", "https://peps.python.org/")) for link in rendered.links
        )
        assert not REFERENCES.search(rendered.prose)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A file that each example writes anew."""
    return tmp_path_factory.mktemp("runs") / "run.jsonl"


@given(RUN_FILES, st.booleans())
def test_each_run_that_can_be_read_can_be_rendered(path, file, strict):
    path.write_bytes(file.made())
    try:
        run = read_run(path)
    except RunError:
        return
    check(run, Options(gated(run, strict=strict)))


@example([*[""] * 8, "\ud800", "", "", ""], "fail")  # a location that has no UTF-8
@given(st.lists(TEXTS, min_size=12, max_size=12), st.sampled_from(["fail", "crash", "non-strict", "harness-error"]))
def test_text_stays_text_wherever_it_is(texts, verdict):
    id_, title, family, step, reason, observed, closing, target, server, why, clause, section = texts
    clauses = (ClauseRef(clause, section, title), ClauseRef("6455-5.4-1", "5.4", reason))
    info = CaseInfo(id_, title, family, "MAY", (step,), (observed,), closing, clauses)
    cell = f"{target}/{server}"
    result = replace(
        fixtures.passed(cell, info),
        verdict=verdict,
        reason=reason,
        observed=(observed,),
        closing=closing,
        clauses=clauses,
    )
    run = build([info], {cell: [result]}, ends={cell: CellEnd(cell, "crashed", why, log=why)})

    check(run, Options(saying(run, title, reason, why), label=title, location=server))
