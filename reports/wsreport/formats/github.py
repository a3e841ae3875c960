"""Annotations for GitHub: workflow commands that a step of a job prints.

GitHub shows ten errors and ten warnings of a step, so the rest is counted in the first line.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from wsreport.formats.clauses import name
from wsreport.formats.summary import Summary, counted, summarize
from wsreport.formats.walk import Entry, pressing
from wsreport.run import Run
from wsreport.text import one_line

__all__ = ["render"]

#: The number of annotations of one level. GitHub shows ten for a step, and the first line is one of them.
_SHOWN = 9
_NAME = 120
_REASON = 400
_CLAUSES = 3
#: What GitHub reads as a line end or a separator, by the escape for it.
_ESCAPES = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_ESCAPES_OF_TITLES = {**_ESCAPES, ":": "%3A", ",": "%2C"}


def render(run: Run, *, strict: bool = False) -> str:
    """Return a run as workflow commands of GitHub, one a line: the result first, then the cases, the worst first.

    Args:
        run: the run, complete or not.
        strict: let the verdict non-strict fail.
    """
    summary = summarize(run, strict=strict)
    by_case: dict[str, list[Entry]] = {}
    for entry in pressing(run):
        by_case.setdefault(entry.info.id, []).append(entry)
    levels: dict[str, list[str]] = {"error": [], "warning": []}
    for found in by_case.values():
        level = "warning" if found[0].verdict == "non-strict" and not strict else "error"
        levels[level].append(_command(level, _title(found), _message(run, found[0])))
    shown = [line for lines in levels.values() for line in islice(lines, _SHOWN)]
    return "".join(f"{line}\n" for line in (_first(summary, sum(map(len, levels.values())) - len(shown)), *shown))


def _first(summary: Summary, left: int) -> str:
    level = "error" if summary.word != "PASSED" else "notice"
    text = f"{summary.sentence}. Exit code {summary.exit_code}: {summary.meaning}."
    if summary.problems:
        text += f" Incomplete: {one_line(summary.problems[0], _REASON)}."
    if left:
        text += f" {counted(left, 'more case')} without an annotation: see the summary of the job."
    return _command(level, f"WebSocket conformance: {summary.word}", text)


def _title(found: list[Entry]) -> str:
    worst = found[0]
    where = worst.cell.planned.id if len(found) == 1 else counted(len(found), "cell")
    return one_line(f"{worst.verdict} {worst.info.id} on {where}", _NAME)


def _message(run: Run, entry: Entry) -> str:
    text = f"{one_line(entry.info.title, _NAME)}\n{one_line(entry.reason, _REASON) or 'no reason given'}"
    if entry.result and entry.result.clauses:
        text += f"\nBroken: {'; '.join(one_line(name(each), _NAME) for each in entry.result.clauses[:_CLAUSES])}"
    if command := run.command(entry.cell.planned.id, entry.info.id):
        text += f"\nPlay it again: {one_line(command, _REASON)}"
    return text


def _command(level: str, title: str, message: str) -> str:
    return f"::{level} title={_escaped(title, _ESCAPES_OF_TITLES)}::{_escaped(message, _ESCAPES)}"


def _escaped(text: str, escapes: Mapping[str, str]) -> str:
    return "".join(escapes.get(character, character) for character in text)
