"""Render runs as one HTML page that needs no network and shows data from a peer as text only."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from wsreport import terms
from wsreport.arrange import arrange
from wsreport.findings import describe
from wsreport.formats.clauses import link
from wsreport.gate import Gate
from wsreport.output import make_directory, replace_text
from wsreport.run import Run
from wsreport.text import anchor, cut, hexdump, seconds, tail, visible

__all__ = ["PAGE", "render", "write"]

#: The file name of the page.
PAGE = "index.html"

#: How many characters are shown of a server's log, of a step or reason, and of one in a line of a list; the run file
#: has them all.
_LOG = 16384
_SHOWN = 2048
_BRIEF = 240
#: How many findings, or cases, are listed; the others are in a drawer.
_LISTED = 25
#: How many lines are shown of a list of changes.
_LINES = 1000
#: How many plays of a case are listed.
_PLAYS_LISTED = 40
#: With more columns than this, their heads stand upright.
_ROOMY = 4

_TEMPLATES = Path(__file__).with_name("templates")


def render(runs: Sequence[Run], gates: Sequence[Gate] = ()) -> str:
    """Return runs as one HTML document, several of them side by side.

    Args:
        runs: at least one run, complete or not.
        gates: the outcome of each run's gate; empty: of gates without baselines and older runs.

    Raises:
        ValueError: there is no run.
    """
    page = arrange(runs, gates)
    style = _source("style.css").replace("--columns: 1;", f"--columns: {max(1, len(page.shown))};")
    script = _source("report.js")
    return (
        _environment()
        .get_template("report.html")
        .render(
            page=page,
            terms=terms,
            style=Markup(style),
            script=Markup(script),
            policy=f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
            "base-uri 'none'; form-action 'none'",
            listed=_LISTED,
            shown_lines=_LINES,
            plays_listed=_PLAYS_LISTED,
            upright=len(page.shown) > _ROOMY,
        )
    )


def write(runs: Sequence[Run], directory: str | Path, gates: Sequence[Gate] = ()) -> Path:
    """Write the page of some runs. It appears all at once.

    Args:
        runs: at least one run, complete or not.
        directory: where to write it; it is made if it is missing.
        gates: the outcome of each run's gate; empty: of gates without baselines and older runs.

    Returns:
        The path of the page.

    Raises:
        ValueError: there is no run.
        OutputError: the page cannot be written.
    """
    place = Path(directory)
    make_directory(place)
    path = place / PAGE
    replace_text(path, render(runs, gates), encoding="utf-8")
    return path


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        finalize=visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        brief=lambda text: cut(text, _BRIEF),
        shown=lambda text: cut(text, _SHOWN),
        address=link,
        anchor=anchor,
        described=lambda finding: list(describe(finding)),
        log=lambda text: tail(text, _LOG),
        seconds=seconds,
    )
    environment.globals.update(hexdump=hexdump)
    return environment


def _source(name: str) -> str:
    return (_TEMPLATES / name).read_text("utf-8").strip()


def _hash(source: str) -> str:
    """Return the source expression by which a policy allows just this style or script."""
    digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode("ascii")
    return f"'sha256-{digest}'"
