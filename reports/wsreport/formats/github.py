"""Annotations for GitHub: workflow commands that a step of a job prints.

GitHub shows ten errors and ten warnings of a step, so the rest is counted in the first line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wsreport.formats.clauses import name
from wsreport.formats.summary import Summary, counted, summarize
from wsreport.formats.walk import Entry, pressing
from wsreport.gate import Gate
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
_ESCAPES_OF_PROPERTIES = {**_ESCAPES, ":": "%3A", ",": "%2C"}


def render(run: Run, outcome: Gate | None = None) -> str:
    """Return a run as workflow commands of GitHub, one a line.

    The result comes first, then what is wrong with the baseline, what got worse, and the other cases, the worst first.

    Args:
        run: the run, complete or not.
        outcome: the outcome of its gate; None: of a gate without baseline and older run.
    """
    summary = summarize(run, outcome)
    lines = [*_problems(summary.gate), *_changes(summary.gate), *_cases(run, summary.gate)]
    shown = [
        line
        for level in ("::error ", "::warning ")
        for line in [each for each in lines if each.startswith(level)][:_SHOWN]
    ]
    return "".join(f"{line}\n" for line in (_first(summary, len(lines) - len(shown)), *shown))


def _first(summary: Summary, left: int) -> str:
    gate = summary.gate
    text = f"{gate.sentence}. Exit code {gate.code}: {gate.meaning}."
    if summary.problems:
        text += f" Incomplete: {one_line(summary.problems[0], _REASON).removesuffix('.')}."
    if left:
        text += f" {counted(left, 'more finding')} without an annotation: see the summary of the job."
    level = "notice" if summary.word == "PASSED" else "error"
    return _command(level, text, title=f"WebSocket conformance: {summary.word}")


def _problems(gate: Gate) -> Iterator[str]:
    for problem in gate.problems:
        place = {"file": one_line(gate.baseline, _REASON), "line": str(max(problem.line, 1))}
        yield _command("error", one_line(problem.text, _REASON), **place, title="baseline")


def _changes(gate: Gate) -> Iterator[str]:
    for change in gate.changes:
        yield _command("error", one_line(str(change), _REASON), title=change.kind)


def _cases(run: Run, gate: Gate) -> Iterator[str]:
    """Yield a command for each case that did not pass, unless it is excused or among the changes."""
    changed = {(change.cell, change.case) for change in gate.changes}
    by_case: dict[str, list[Entry]] = {}
    for entry in pressing(run):
        cell, case = entry.cell.planned.id, entry.info.id
        if (cell, case) not in changed and not gate.excuse(cell, case):
            by_case.setdefault(case, []).append(entry)
    for found in by_case.values():
        level = "warning" if found[0].verdict == "non-strict" and not gate.strict else "error"
        yield _command(level, _message(run, found[0]), title=_title(found))


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


def _command(level: str, message: str, **properties: str) -> str:
    written = ",".join(f"{key}={_escaped(value, _ESCAPES_OF_PROPERTIES)}" for key, value in properties.items())
    return f"::{level} {written}::{_escaped(message, _ESCAPES)}"


def _escaped(text: str, escapes: Mapping[str, str]) -> str:
    return "".join(escapes.get(character, character) for character in text)
