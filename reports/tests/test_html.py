"""The page is whole, offline, and nothing that a peer sent is more than text in it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from reports.tests import fixtures
from wsreport.html import render, write
from wsreport.model import read_run

NAMES = ("passing", "trouble", "incomplete")
#: Attributes by which a document can reach out of itself or act.
#: Where a reader may go from a page: the sections of the standards. A link loads nothing.
STANDARDS = "https://www.rfc-editor.org/rfc/rfc", "https://peps.python.org/pep-"
REACHING = {"src", "srcset", "action", "formaction", "data", "poster", "background", "ping", "style", "xlink:href"}


class Document(HTMLParser):
    """The tags, attributes and text of a page."""

    VOID = frozenset({"meta", "input", "rect", "br"})

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.text, self.sources = [], [], [], {}
        self.open, self.mismatched = [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID and (not self.open or self.open.pop() != tag):
            self.mismatched.append((tag, self.getpos()))

    def handle_data(self, data):
        if self.open and self.open[-1] in {"script", "style"}:
            self.sources.setdefault(self.open[-1], []).append(data)
        else:
            self.text.append(data)

    def values(self, name):
        return [value for _, attribute, value in self.attributes if attribute == name]


@pytest.fixture(scope="module")
def documents(pages):
    return {name: Document(html) for name, html in pages.items()}


@pytest.mark.parametrize("name", NAMES)
def test_every_element_is_closed_where_it_should_be(documents, name):
    assert documents[name].mismatched == []
    assert documents[name].open == []


@pytest.mark.parametrize("name", NAMES)
def test_every_id_is_there_once_and_every_link_has_its_target(documents, name):
    ids = documents[name].values("id")

    assert len(ids) == len(set(ids))
    assert {href.removeprefix("#") for href in documents[name].values("href") if href.startswith("#")} <= set(ids)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_reaches_nothing_outside_itself(documents, name):
    document = documents[name]

    assert {attribute for _, attribute, _ in document.attributes} & REACHING == set()
    assert all(href.startswith(("#", *STANDARDS)) for href in document.values("href"))
    assert not re.search(r"url\(|@import|https?:", "".join(document.sources["style"] + document.sources["script"]))


@pytest.mark.parametrize("name", NAMES)
def test_no_element_or_handler_comes_from_data(documents, name):
    document = documents[name]
    passing = documents["passing"]

    assert set(document.tags) - set(passing.tags) <= {
        "section",
        "li",
        "ol",
        "pre",
        "small",
        "h4",
        "ul",
        "details",
        "br",
    }
    assert [attribute for _, attribute, _ in document.attributes if attribute.startswith("on")] == []
    assert document.tags.count("script") == document.tags.count("style") == 1
    assert document.sources["script"] == passing.sources["script"]


@pytest.mark.parametrize("text", fixtures.HOSTILE[:3])
def test_markup_from_a_peer_is_shown_as_text(documents, pages, text):
    assert text in "".join(documents["trouble"].text)
    assert text not in pages["trouble"]


def test_invisible_characters_from_a_peer_are_shown_as_escapes(documents, pages):
    text = "".join(documents["trouble"].text)

    assert r"NUL \x00, bell \x07, escape \x1b[31m, delete \x7f, lone \ud800, line\u2028separator" in text
    assert r"right-to-left \u202eevil\u202c, zero\u200bwidth, Hebrew שלום" in text
    assert all(character.isprintable() or character in "\n\t" for character in pages["trouble"])


def test_templates_in_data_are_not_evaluated(documents):
    assert "{{ 7*7 }}{% raw %}&amp;&lt;" in "".join(documents["trouble"].text)


def test_a_long_reason_is_cut(pages):
    assert "A" * 2049 not in pages["trouble"]
    assert re.search(r"AAA… \(65,\d{3} characters in total\)", pages["trouble"])


@pytest.mark.parametrize("name", NAMES)
def test_the_policy_allows_just_this_style_and_this_script(documents, name):
    document = documents[name]
    (policy,) = [value for value in document.values("content") if "default-src" in value]
    hashes = [
        base64.b64encode(hashlib.sha256("".join(document.sources[tag]).encode()).digest()).decode()
        for tag in ("style", "script")
    ]

    assert policy == (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )


def test_three_cells_of_301_passing_cases_stay_below_a_mebibyte(pages):
    assert len(pages["passing"].encode()) <= 2**20


@pytest.mark.parametrize("name", NAMES)
def test_the_word_and_the_counts_are_at_the_top(pages, runs, name):
    header = pages[name][: pages[name].index("</header>")]
    results = sum(len(cell.results) for cell in runs[name].cells.values())

    assert {"passing": "PASSED", "trouble": "FAILED", "incomplete": "INCOMPLETE"}[name] in header
    assert f"<b>{results}</b> of" in header
    assert runs[name].verdict_digest in header


def test_an_incomplete_run_says_so_with_every_problem(pages, runs, documents):
    text = "".join(documents["incomplete"].text)

    assert "This run is incomplete" in text
    assert all(problem in text for problem in runs["incomplete"].problems)
    assert pages["incomplete"].index('class="banner"') < pages["incomplete"].index('id="attention"')


@pytest.mark.parametrize("name", ["passing", "trouble"])
def test_a_complete_run_has_no_banner(pages, name):
    assert 'class="banner"' not in pages[name]


def test_every_result_has_its_anchor(documents, runs):
    ids = set(documents["passing"].values("id"))

    assert {f"{cell}:{case}" for cell, run in runs["passing"].cells.items() for case in run.results} <= ids


def test_cells_of_which_a_line_says_the_same_share_it(pages, documents):
    """Three cells on which a case passed alike: one row, and an address for each."""
    drawer = pages["passing"].split('id="case-1.1"', 1)[1].split("</table>", 1)[0]
    assert drawer.count("<tr><th scope") == 1
    assert all(f'id="reference/{server}:1.1"' in drawer for server in fixtures.SERVERS)


def test_what_needs_attention_links_to_each_result(pages):
    attention = pages["trouble"][pages["trouble"].index('id="attention"') : pages["trouble"].index('id="matrix"')]

    assert 'href="#dwebsocket==0.5.12/gevent:1.11"' in attention


def test_families_without_trouble_are_folded(pages):
    families = re.findall(r'<details class="family" id="family-([^"]*)"( open)?>', pages["trouble"])

    assert [bool(opened) for _, opened in families] == [True, True, True, False]


def test_a_result_that_did_not_pass_shows_its_evidence(documents):
    text = "".join(documents["trouble"].text)

    for evidence in (
        "the message came back with other octets from octet 9 on",
        "flaky 2 of 3",
        "2 of 3 plays did not pass",
        "FAILED / OK",
        "3c 73 63 72 69 70 74 3e",
        "wsconform matrix --target dwebsocket==0.5.12 --server gevent --cases 1.11",
        "this server has no threads",
        "ViolatedRFC 6455, 5.4: The fragments",
    ):
        assert evidence in text


def test_whose_a_failure_is_stands_beside_it_and_in_its_drawer(pages):
    page = pages["trouble"]
    assert '<span class="owner">library</span>' in page
    assert "<b>library</b>: The library also fails without the server" in page
    assert "<bdi>the server alone</bdi>" in page


def test_without_script_nothing_is_hidden_but_the_search(documents):
    assert [(tag, name) for tag, name, _ in documents["trouble"].attributes if name == "hidden"] == [("form", "hidden")]


def test_the_same_runs_give_the_same_page(runs, pages):
    assert render([runs["trouble"]]) == pages["trouble"]


def test_a_page_of_several_runs_is_sound(runs, small):
    document = Document(render([read_run(small), *runs.values()]))
    ids = document.values("id")

    assert document.mismatched == []
    assert len(ids) == len(set(ids))
    assert "Run 4 is incomplete" in "".join(document.text)


def test_a_run_of_which_only_the_header_was_written_has_a_page(small):
    small.write_text(small.read_text().splitlines(keepends=True)[0])
    document = Document(render([read_run(small)]))

    assert document.mismatched == []
    assert "This run is incomplete" in "".join(document.text)


def test_a_run_in_which_no_cell_is_supported_has_a_page(small):
    lines = [json.loads(line) for line in small.read_text().splitlines()]
    for line in lines:
        line.update({"status": "unsupported", "reason": "no threads"} if line["kind"] == "cell-end" else {})
    small.write_text("".join(json.dumps(line) + "\n" for line in lines if line["kind"] not in {"result", "footer"}))
    document = Document(render([read_run(small)]))

    assert document.mismatched == []
    assert "unsupported: no threads" in "".join(document.text)


def test_a_page_is_written_where_it_is_wanted(runs, pages, tmp_path):
    path = write([runs["trouble"]], tmp_path / "not" / "there" / "yet")

    assert path.read_text("utf-8") == pages["trouble"]
    assert path.name == "index.html"


# Colours


def luminance(colour):
    """Relative luminance of WCAG 2.2."""
    digits = colour.lstrip("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    channels = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def palettes(style):
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)[:2]
    return [dict(re.findall(r"--([\w-]+): (#\w+);", block)) for block in blocks]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_all_text_has_the_contrast_that_wcag_asks_for(documents, scheme):
    colours = palettes("".join(documents["passing"].sources["style"]))[scheme]
    grounds = [colours[name] for name in ("page", "surface", "sunk")]
    inks = {name: colour for name, colour in colours.items() if name not in {"page", "surface", "sunk", "line", "on"}}

    poor = [name for name, ink in inks.items() for ground in grounds if contrast(ink, ground) < 4.5]
    glyphs = inks.keys() - {"text", "dim", "accent"}
    poor += [name for name in glyphs if contrast(inks[name], colours["on"]) < 4.5]

    assert len(inks) > 10
    assert poor == []


def test_what_is_noted_about_a_complete_cell_needs_attention(small):
    run = read_run(small)
    (name, cell), *_ = run.cells.items()
    noted = replace(cell, end=replace(cell.end, reason="It left a process behind: \x1b[31m."))
    html = render([replace(run, cells={**run.cells, name: noted})])
    assert html.count("It left a process behind: \\x1b[31m.") >= 2
    assert "It left a process" not in render([run])
