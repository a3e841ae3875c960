"""Badges for a README: an SVG of our own, and the JSON of a shields.io endpoint."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape, quoteattr

from wsreport.formats.summary import Summary, summarize
from wsreport.gate import Gate
from wsreport.run import Run
from wsreport.terms import MISSING
from wsreport.text import one_line

__all__ = ["LABEL", "render_json", "render_svg"]

#: The text on the left side.
LABEL = "WebSocket"

_SHOWN = 80
#: By the word of the summary. White text on them has the contrast of WCAG AA.
_COLOURS = {"PASSED": "#2a7d2e", "FAILED": "#b3261e", "INCOMPLETE": "#8a5a00"}
_GREY = "#4a4a4a"
#: Widths of characters in Verdana at 11 pixels, in pixels; a text is stretched to the width that comes out.
_NARROW, _WIDE = frozenset("Iijl.,:;'|! ()[]{}ft/"), frozenset("mwMW%@")
_WIDTHS = {"narrow": 4.4, "wide": 10.6, "capital": 8.0, "other": 6.8}
_PADDING = 6
_HEIGHT = 20


def render_svg(run: Run, outcome: Gate | None = None, *, label: str = LABEL) -> str:
    """Return a badge as SVG that needs no font and no network.

    Args:
        run: the run, complete or not.
        outcome: the outcome of its gate; None: of a gate without baseline and older run.
        label: the text on the left side.

    Returns:
        The document. Its title, for screen readers and as a tooltip, has the whole sentence.
    """
    summary = summarize(run, outcome)
    left, right = one_line(label, _SHOWN), _message(summary)
    widths = [width(text) + 2 * _PADDING for text in (left, right)]
    title = f"{left}: {summary.word.lower()}. {summary.gate.sentence}"
    texts = _text(left, widths[0], 0) + _text(right, widths[1], widths[0])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{sum(widths)}" height="{_HEIGHT}" role="img" '
        f"aria-label={quoteattr(f'{left}: {right}')}>\n"
        f"<title>{escape(title)}</title>\n"
        f'<clipPath id="r"><rect width="{sum(widths)}" height="{_HEIGHT}" rx="3"/></clipPath>\n'
        f'<g clip-path="url(#r)"><rect width="{widths[0]}" height="{_HEIGHT}" fill="{_GREY}"/>'
        f'<rect x="{widths[0]}" width="{widths[1]}" height="{_HEIGHT}" fill="{_COLOURS[summary.word]}"/></g>\n'
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">{texts}</g>\n'
        "</svg>\n"
    )


def render_json(run: Run, outcome: Gate | None = None, *, label: str = LABEL) -> str:
    """Return the JSON that https://shields.io/badges/endpoint-badge makes a badge of.

    Args:
        run: the run, complete or not.
        outcome: the outcome of its gate; None: of a gate without baseline and older run.
        label: the text on the left side.
    """
    summary = summarize(run, outcome)
    badge = {
        "schemaVersion": 1,
        "label": one_line(label, _SHOWN),
        "message": _message(summary),
        "color": _COLOURS[summary.word],
        "isError": summary.gate.code != 0,
    }
    return json.dumps(badge, indent=2) + "\n"


def width(text: str) -> int:
    """Return an estimate of the width of a text in pixels."""
    return round(sum(_WIDTHS[_kind(character)] for character in text))


def _kind(character: str) -> str:
    if character in _NARROW:
        return "narrow"
    if character in _WIDE or not character.isascii():
        return "wide"
    return "capital" if character.isupper() else "other"


def _message(summary: Summary) -> str:
    """Return the words on the right side; never a number of passed cases alone if anything else is wrong."""
    counts = summary.counts
    passed = f"{counts.get('pass', 0):,} passed"
    if summary.problems:
        missing = counts.get(MISSING, 0)
        return "incomplete" + (f", {missing:,} not played" if missing else "")
    failed = counts.get("fail", 0) + counts.get("crash", 0)
    if summary.gate.code == 0:
        return passed + (f", {failed:,} accepted" if failed else "")
    wrong = {
        "failed": failed,
        "not run": counts.get("not-run", 0),
        "suite errors": counts.get("harness-error", 0),
        "non-strict": counts.get("non-strict", 0),
    }
    return next((f"{number:,} {words}, {passed}" for words, number in wrong.items() if number), f"failed, {passed}")


def _text(text: str, room: int, x: int) -> str:
    middle, length = x + room / 2, room - 2 * _PADDING
    return f'<text x="{middle:g}" y="14" text-anchor="middle" textLength="{length}">{escape(text)}</text>'
