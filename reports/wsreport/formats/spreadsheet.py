"""CSV for spreadsheets and data frames: a line per case and cell."""

from __future__ import annotations

import csv
import io

from wsreport.formats.walk import cells, entries
from wsreport.gate import Gate
from wsreport.run import Run
from wsreport.text import one_line

__all__ = ["COLUMNS", "render"]

COLUMNS = (
    "cell",
    "target",
    "server",
    "case",
    "family",
    "level",
    "verdict",
    "behavior",
    "behaviorClose",
    "reason",
    "seconds",
    "excused",
    "plays",
    "failed plays",
    "flaky",
)

#: How many characters are kept of a text, and how many reasons why a run is incomplete.
_SHOWN = 2048
_PROBLEMS = 100
#: A spreadsheet takes a text that begins with one of these for a formula; the last ones are the same, in full width.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def render(run: Run, outcome: Gate | None = None) -> str:
    """Return a run as CSV by RFC 4180, with a line of column names first.

    A missing result has the verdict `no result`, so that it is not overlooked in a count. `behavior` and
    `behaviorClose` are Autobahn's grades, empty where there are none. `excused` says why a deviation does not fail the
    gate. `plays` and `failed plays` count the plays that the verdict follows from; `flaky` says so if their verdicts
    differ. If the run is incomplete, the last lines have the verdict `incomplete`, no cell, and each a reason.

    Args:
        run: the run, complete or not.
        outcome: the outcome of its gate; None: nothing is excused.

    Returns:
        All fields in quotes, lines ended by CR LF. A text that a spreadsheet would take for a formula begins with an
        apostrophe.
    """
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for cell in cells(run):
        for entry in entries(run, cell):
            info, result = entry.info, entry.result
            grades = result.grades if result else None
            writer.writerow(
                map(
                    _field,
                    (
                        cell.planned.id,
                        cell.planned.target,
                        cell.planned.server,
                        info.id,
                        info.family,
                        info.level,
                        entry.verdict,
                        grades.behavior if grades else "",
                        grades.behaviorClose if grades else "",
                        entry.reason or (cell.reason if result is None else ""),
                        f"{result.seconds:.4f}" if result else "",
                        outcome.excuse(cell.planned.id, info.id) if outcome else "",
                        str(len(result.counted)) if result else "",
                        str(result.failed_plays) if result else "",
                        "flaky" if result and result.is_flaky else "",
                    ),
                )
            )
    for problem in run.problems[:_PROBLEMS]:
        fields = dict.fromkeys(COLUMNS, "") | {"verdict": "incomplete", "reason": problem}
        writer.writerow(map(_field, fields.values()))
    return out.getvalue()


def _field(text: str) -> str:
    shown = one_line(text, _SHOWN)
    return f"'{shown}" if text.startswith(_FORMULA) else shown
