"""The verdicts alone as JSON, to be kept under version control: sorted, a case per line, without times."""

from __future__ import annotations

import json
import re

from wsreport.formats.walk import cells
from wsreport.run import Run

__all__ = ["render"]

_DIGITS = re.compile(r"(\d{1,18})", re.ASCII)


def render(run: Run) -> str:
    """Return the verdicts of a run as JSON that is the same for the same verdicts and changes line by line.

    Args:
        run: the run, complete or not. A missing result has no line, and `complete` is false then.

    Returns:
        An object with `suite` (name and version), `profile`, `complete`, and `verdicts`: by cell and case. Cells are
        sorted by their ids, cases by the numbers in theirs. All in ASCII, with a line feed at the end.
    """
    suite = run.header.suite
    about = {"suite": f"{suite.name} {suite.version}", "profile": run.header.plan.profile, "complete": run.complete}
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}," for key, value in about.items()]
    verdicts = {cell.planned.id: _verdicts(run, cell.planned.id) for cell in cells(run)}
    blocks = [f"    {json.dumps(cell)}: {_object(verdicts[cell])}" for cell in sorted(verdicts, key=natural)]
    inside = "\n" + ",\n".join(blocks) + "\n  " if blocks else ""
    return "\n".join(["{", *lines, f'  "verdicts": {{{inside}}}', "}", ""])


def natural(id_: str) -> tuple[list[str | int], str]:
    """Return a key that sorts ids by the numbers in them: 1.2 before 1.10."""
    # Texts and numbers alternate, so that like is compared with like.
    parts = _DIGITS.split(id_)
    return [int(part) if index % 2 else part for index, part in enumerate(parts)], id_


def _verdicts(run: Run, cell: str) -> dict[str, str]:
    played = run.cells.get(cell)
    results = played.results if played else {}
    return {case: results[case].verdict for case in sorted(results, key=natural)}


def _object(verdicts: dict[str, str]) -> str:
    lines = [f"      {json.dumps(case)}: {json.dumps(verdict)}" for case, verdict in verdicts.items()]
    return "{\n" + ",\n".join(lines) + "\n    }" if lines else "{}"
