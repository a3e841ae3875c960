from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from reports.tests import fixtures
from reports.tests.formats.building import ENTRY, build, gated, one
from wsreport.formats.badge import render_json, render_svg, width
from wsreport.model import VERDICTS, CellEnd, gate

SVG = "{http://www.w3.org/2000/svg}"
GREEN, RED, BROWN = "#2a7d2e", "#b3261e", "#8a5a00"

BADGES = {
    "passing": ("903 passed", GREEN, False),
    "trouble": ("12 failed, 198 passed", RED, True),
    "incomplete": ("incomplete, 106 not played", BROWN, True),
}


@pytest.mark.parametrize("name", BADGES)
def test_the_json_is_what_shields_reads(runs, name):
    message, colour, error = BADGES[name]

    assert json.loads(render_json(runs[name])) == {
        "schemaVersion": 1,
        "label": "WebSocket",
        "message": message,
        "color": colour,
        "isError": error,
    }


@pytest.mark.parametrize("name", BADGES)
def test_the_svg_says_the_same_and_has_a_title(runs, name):
    message, colour, _ = BADGES[name]
    svg = ET.fromstring(render_svg(runs[name]))

    assert [text.text for text in svg.iter(f"{SVG}text")] == ["WebSocket", message]
    assert colour in {rect.get("fill") for rect in svg.iter(f"{SVG}rect")}
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == f"WebSocket: {message}"
    assert svg.find(f"{SVG}title").text.startswith(f"WebSocket: {'passed' if name == 'passing' else ''}")


def test_texts_fit_beside_each_other(runs):
    svg = ET.fromstring(render_svg(runs["trouble"], label="My WebSocket server, conformance"))
    left, right = (float(text.get("textLength")) for text in svg.iter(f"{SVG}text"))

    assert float(svg.get("width")) == left + right + 24
    assert svg.get("height") == "20"


@pytest.mark.parametrize(
    ("text", "low", "high"), [("WebSocket", 55, 70), ("1,672 passed", 70, 90), ("iiii", 10, 20), ("", 0, 0)]
)
def test_the_width_of_a_text_is_about_that_of_verdana(text, low, high):
    assert low <= width(text) <= high


MESSAGES = {
    "pass": "1 passed",
    "info": "0 passed",
    "declined": "0 passed",
    "non-strict": "0 passed",
    "fail": "1 failed, 0 passed",
    "crash": "1 failed, 0 passed",
    "not-run": "1 not run, 0 passed",
    "harness-error": "1 suite errors, 0 passed",
}


@pytest.mark.parametrize("verdict", VERDICTS)
def test_each_verdict_has_its_message_and_the_colour_of_the_gate(verdict):
    badge = json.loads(render_json(one(verdict)))

    assert badge["message"] == MESSAGES[verdict]
    assert (badge["color"] == GREEN) == (gate(one(verdict)) == 0)


def test_strict_counts_what_is_not_strict():
    run = one("non-strict")
    assert json.loads(render_json(run, gated(run, strict=True)))["message"] == "1 non-strict, 0 passed"


def test_a_crashed_cell_without_a_crashed_case_has_failed():
    run = one("pass")
    end = CellEnd("reference/gevent", "crashed")
    run.cells["reference/gevent"] = replace(run.cells["reference/gevent"], end=end)

    assert json.loads(render_json(run))["message"] == "failed, 1 passed"


def test_a_run_without_a_plan_is_incomplete():
    assert json.loads(render_json(build([], {})))["message"] == "incomplete"


@pytest.mark.parametrize("label", fixtures.HOSTILE)
def test_a_label_is_text(runs, label):
    svg = ET.fromstring(render_svg(runs["passing"], label=label))

    assert {element.tag.removeprefix(SVG) for element in svg.iter()} == {
        "svg",
        "title",
        "clipPath",
        "rect",
        "g",
        "text",
    }
    assert json.loads(render_json(runs["passing"], label=label))["label"].isprintable()


def contrast(colour):
    """Return the contrast of white text on a colour, by WCAG 2."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


@pytest.mark.parametrize("name", BADGES)
def test_text_has_the_contrast_of_wcag_aa(runs, name):
    svg = ET.fromstring(render_svg(runs[name]))
    fills = {rect.get("fill") for rect in svg.iter(f"{SVG}rect")} - {None}

    assert len(fills) == 2
    assert min(map(contrast, fills)) >= 4.5


def test_accepted_failures_are_counted_beside_what_passed():
    run = one("fail")
    assert json.loads(render_json(run, gated(run, baseline=ENTRY)))["message"] == "0 passed, 1 accepted"
