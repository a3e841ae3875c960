from __future__ import annotations

import pytest

from reports.tests import fixtures
from reports.tests.formats.rendering import REFERENCES, Rendered
from wsreport.formats.markup import code, plain, size
from wsreport.text import one_line

MARKDOWN = (
    "a | b || c",
    "`code` ``more`` *em* **strong** __strong__ ~~gone~~",
    "[text](https://evil.example) ![image](https://evil.example/x.png) [ref][1] <https://evil.example>",
    "\\[x\\](y) \\| \\` \\\\",
    "@somebody and org/team@all, #12, owner/repo#3, GH-4, gh-5",
    "https://evil.example www.evil.example WWW.evil.example mailto:a@b.example",
    "$x$ $`y`$ [^1] [ ] task",
    "&lt;b&gt; &#64;",
    "trailing backslash \\",
    "line\nfeed\ttab",
    "`",
    "``",
    " ",
)
TEXTS = (*fixtures.HOSTILE[:6], *MARKDOWN)


@pytest.mark.parametrize("text", TEXTS)
def test_plain_text_renders_as_itself_in_a_paragraph(text):
    rendered = Rendered(f"x {plain(text, 500)}")

    assert set(rendered.tags) == {"p"}
    assert rendered.text.replace("\u200b", "").rstrip() == f"x {one_line(text, 500).strip()}".rstrip()
    assert not REFERENCES.search(rendered.prose)


@pytest.mark.parametrize("text", TEXTS)
def test_plain_text_renders_as_itself_in_a_table(text):
    rendered = Rendered(f"| a | b |\n| - | - |\n| {plain(text, 500)} | end |")

    assert set(rendered.tags) == {"table", "thead", "tbody", "tr", "th", "td"}
    assert rendered.tags.count("td") == 2
    assert one_line(text, 500).strip() in rendered.text.replace("\u200b", "")


@pytest.mark.parametrize("text", TEXTS)
def test_plain_text_renders_as_itself_in_html(text):
    rendered = Rendered(f"<details><summary>{plain(text, 500)}</summary>\n\n</details>")

    assert rendered.tags == ["details", "summary"]
    assert one_line(text, 500).strip() in rendered.text.replace("\u200b", "")


@pytest.mark.parametrize("text", TEXTS)
def test_code_renders_as_itself(text):
    rendered = Rendered(f"- x {code(text, 500)} y")

    assert rendered.tags == ["ul", "li", "code"]
    assert rendered.text.strip() == f"x {one_line(text, 500)} y"


def test_long_text_is_cut_and_says_so():
    assert plain("A" * 1000, 10) == "AAAAAAAAAA… (1,000 characters in total)"
    assert code("A" * 1000, 10) == "`AAAAAAAAAA… (1,000 characters in total)`"


def test_size_is_in_bytes():
    assert size("é✓") == 5
