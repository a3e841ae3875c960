"""Output formats of a run for other tools: a module each, and one table of them.

To add a format, write a module with a function of a run, and add a line to `FORMATS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from wsreport.formats import badge, github, junit, markdown, sarif, spreadsheet, verdicts
from wsreport.gate import Gate
from wsreport.run import Run

__all__ = ["FORMATS", "Format", "Options"]


@dataclass(frozen=True, slots=True)
class Options:
    """Choices of a caller; each format takes those that concern it.

    Attributes:
        outcome: the outcome of the run's gate: its exit code, what is accepted and what changed; None: of a gate
            without baseline and older run.
        location: the file of the repository to which SARIF results point.
        label: the left side of a badge.
    """

    outcome: Gate | None = None
    location: str = sarif.LOCATION
    label: str = badge.LABEL


@dataclass(frozen=True, slots=True)
class Format:
    """An output format.

    Attributes:
        file_name: the usual name of the file.
        description: what the format is for, for a list of formats.
        render: makes the text of the file; write it as UTF-8, without changing line ends.
    """

    file_name: str
    description: str
    render: Callable[[Run, Options], str]


#: By the name that a user gives.
FORMATS = {
    "junit": Format(
        "junit.xml",
        "JUnit XML for the test pages of CI systems",
        lambda run, o: junit.render(run, o.outcome),
    ),
    "sarif": Format(
        "results.sarif",
        "SARIF 2.1.0 for code scanning: what did not pass",
        lambda run, o: sarif.render(run, o.outcome, location=o.location),
    ),
    "markdown": Format(
        "summary.md",
        "Markdown for the summary of a CI job",
        lambda run, o: markdown.render_summary(run, o.outcome),
    ),
    "comment": Format(
        "comment.md",
        "short Markdown for a comment on a pull request",
        lambda run, o: markdown.render_comment(run, o.outcome),
    ),
    "annotations": Format(
        "annotations.txt",
        "workflow commands that annotate a job on GitHub",
        lambda run, o: github.render(run, o.outcome),
    ),
    "badge-svg": Format(
        "badge.svg",
        "a badge for a README",
        lambda run, o: badge.render_svg(run, o.outcome, label=o.label),
    ),
    "badge-json": Format(
        "badge.json",
        "the same badge for an endpoint of shields.io",
        lambda run, o: badge.render_json(run, o.outcome, label=o.label),
    ),
    "csv": Format(
        "results.csv",
        "CSV for spreadsheets: a line per result",
        lambda run, o: spreadsheet.render(run, o.outcome),
    ),
    "verdicts": Format(
        "verdicts.json",
        "the verdicts alone, sorted, to keep under version control",
        lambda run, _: verdicts.render(run),
    ),
}
