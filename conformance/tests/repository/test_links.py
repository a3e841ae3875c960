"""Links between the Markdown files of the repository lead to files and headings that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from wsconform.cases import FAMILIES

ROOT = Path(__file__).parents[3]
#: Folders at the top whose files are written by hand, and what is made or installed below them.
FOLDERS = "ci", "conformance", "docs", "reference_impl", "reports"
MADE = "_build", "build", "dist", "out", ".venv", ".tox"
CATALOGUE = ROOT / "docs" / "reference" / "cases"  # its pages are made when the site is built

_LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([\w.-]+))?\)")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
_LABEL = re.compile(r"^\(([\w-]+)\)=$", re.MULTILINE)


def files() -> Iterator[Path]:
    """Yield the Markdown files that are written by hand."""
    yield from ROOT.glob("*.md")
    for folder in FOLDERS:
        paths = ROOT.joinpath(folder).rglob("*.md")
        yield from (p for p in paths if CATALOGUE not in p.parents and not set(MADE) & set(p.relative_to(ROOT).parts))


def anchors(path: Path) -> set[str]:
    """The anchors that GitHub and the documentation give to the headings of a file."""
    text = path.read_text("utf-8")
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in _HEADING.findall(text))
    return {*plain, *_LABEL.findall(text)}


def broken(path: Path) -> Iterator[str]:
    """Yield the links of a file that lead nowhere."""
    for link, anchor in _LINK.findall(path.read_text("utf-8")):
        target = path
        if link:
            target = ROOT / "docs" / link[1:] if link.startswith("/") else path.parent / link
        if CATALOGUE.resolve() == target.parent.resolve():
            exists = target.stem.partition(".")[0] in FAMILIES
        else:
            exists = target.exists() and (not anchor or target.is_dir() or anchor in anchors(target))
        if not exists:
            yield f"{link}#{anchor}" if anchor else link


FILES = sorted(files())


def test_there_are_files_to_look_at() -> None:
    assert {ROOT / "README.md", ROOT / "docs" / "index.md", ROOT / "conformance" / "README.md"} <= set(FILES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    assert list(broken(path)) == []
