"""The table of output formats, and what all of them have in common."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from reports.tests.formats.building import build, gated, large, saying
from wsreport import formats
from wsreport.formats import FORMATS, Options

README = Path(formats.__file__).with_name("README.md").read_text("utf-8")
each = pytest.mark.parametrize("name", FORMATS)


@each
def test_every_run_can_be_written(runs, name):
    for run in (*runs.values(), build([], {}), replace(build([], {}), footer=None), large(2, 100)):
        text = FORMATS[name].render(run, Options())
        assert text.endswith("\n")
        text.encode("utf-8")


@each
def test_the_same_run_gives_the_same_text(runs, name):
    assert FORMATS[name].render(runs["trouble"], Options()) == FORMATS[name].render(runs["trouble"], Options())


@each
def test_a_run_that_is_incomplete_never_gives_the_text_of_a_complete_one(runs, name):
    run = runs["passing"]
    cut = replace(run, footer=None)

    assert FORMATS[name].render(run, Options()) != FORMATS[name].render(cut, Options())


NOT_STRICT = large(1, 20, lambda _: "non-strict")
ACCEPTED = "[[accepted]]\ncell = '*'\ncase = '1'\nverdict = 'non-strict'\nwhy = 'w'\n"
#: Options by the formats that they concern.
CHOICES = {
    "strict": (Options(gated(NOT_STRICT, strict=True)), {*FORMATS} - {"csv", "verdicts"}),
    "baseline": (Options(gated(NOT_STRICT, baseline=ACCEPTED)), {*FORMATS} - {"badge-json", "verdicts"}),
    "changes": (Options(saying(NOT_STRICT, "x")), {*FORMATS} - {"verdicts", "csv"}),
    "location": (Options(location="server.py"), {"sarif"}),
    "label": (Options(label="echo"), {"badge-svg", "badge-json"}),
}


@pytest.mark.parametrize("choice", CHOICES)
def test_an_option_reaches_the_formats_that_it_concerns(choice):
    options, concerned = CHOICES[choice]
    rendered = {
        name: (each.render(NOT_STRICT, options), each.render(NOT_STRICT, Options())) for name, each in FORMATS.items()
    }
    changed = {name for name, (one, other) in rendered.items() if one != other}

    assert changed == concerned


def test_files_have_names_of_their_own():
    names = [each.file_name for each in FORMATS.values()]

    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+\.[a-z]+", name) for name in names)


def test_the_readme_has_the_table():
    rows = re.findall(r"^\| `([a-z-]+)` \| `([a-z.]+)` \|", README, re.MULTILINE)

    assert rows == [(name, each.file_name) for name, each in FORMATS.items()]
