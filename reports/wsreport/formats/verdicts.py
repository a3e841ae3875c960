"""The verdicts alone as JSON, to be kept under version control: sorted, a case per line, without times."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from wsreport.formats.walk import cells
from wsreport.run import Run

__all__ = ["render"]

_DIGITS = re.compile(r"(\d{1,18})", re.ASCII)


def render(run: Run) -> str:
    """Return the verdicts of a run as JSON that is the same for the same verdicts and changes line by line.

    Args:
        run: the run, complete or not. A missing result has no line, and `complete` is false then.

    Returns:
        An object with `suite` (name and version), `profile`, `complete`, `verdicts`: by cell and case, and, if there
        are any, `flaky`: by cell and case the word `flaky` without the rate, which is another one in every run. Cells
        are sorted by their ids, cases by the numbers in theirs. All in ASCII, with a line feed at the end.
    """
    suite = run.header.suite
    about = {"suite": f"{suite.name} {suite.version}", "profile": run.header.plan.profile, "complete": run.complete}
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}," for key, value in about.items()]
    results = {cell.planned.id: cell.played.results if cell.played else {} for cell in cells(run)}
    verdicts = {cell: {case: result.verdict for case, result in each.items()} for cell, each in results.items()}
    flaky = {cell: {case: "flaky" for case in each if each[case].is_flaky} for cell, each in results.items()}
    tables = [_table("verdicts", verdicts)]
    if any(flaky.values()):
        tables.append(_table("flaky", {cell: each for cell, each in flaky.items() if each}))
    return "\n".join(["{", *lines, ",\n".join(tables), "}", ""])


def natural(id_: str) -> tuple[list[str | int], str]:
    """Return a key that sorts ids by the numbers in them: 1.2 before 1.10."""
    # Texts and numbers alternate, so that like is compared with like.
    parts = _DIGITS.split(id_)
    return [int(part) if index % 2 else part for index, part in enumerate(parts)], id_


def _table(name: str, words: Mapping[str, Mapping[str, str]]) -> str:
    """Return a member of the outer object: a word by cell and case."""
    blocks = [f"    {json.dumps(cell)}: {_object(words[cell])}" for cell in sorted(words, key=natural)]
    inside = "\n" + ",\n".join(blocks) + "\n  " if blocks else ""
    return f"  {json.dumps(name)}: {{{inside}}}"


def _object(words: Mapping[str, str]) -> str:
    lines = [f"      {json.dumps(case)}: {json.dumps(words[case])}" for case in sorted(words, key=natural)]
    return "{\n" + ",\n".join(lines) + "\n    }" if lines else "{}"
