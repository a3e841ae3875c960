"""`wsconform gate`: hold a run against a baseline of accepted deviations, and against an older run."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import click
from rich.console import Console

from wsconform.cases import CATALOGUE
from wsconform.commands.screen import Screen, say
from wsreport.baseline import entries
from wsreport.baseline.judging import hold
from wsreport.compare import compare
from wsreport.gate import Gate, pass_gate
from wsreport.model import Run, one_line, read_run

__all__ = ["RUN_ARGUMENT", "gate", "gate_run"]

#: A run file on the command line.
RUN_ARGUMENT = click.Path(exists=True, dir_okay=False, path_type=Path)
_SHOWN = 50
_TEXT_SHOWN = 400


@click.command()
@click.argument("run", type=RUN_ARGUMENT)
@click.option("--baseline", "-b", type=RUN_ARGUMENT, help="TOML file of accepted deviations.")
@click.option(
    "--against", type=RUN_ARGUMENT, metavar="OLD_RUN", help="Run file to compare with: only what got worse fails."
)
@click.option("--partial", is_flag=True, help="RUN covers only some cells and cases: ignore entries for the others.")
@click.option("--strict", is_flag=True, help="Let non-strict verdicts fail; with --against, every change.")
def gate(run: Path, baseline: Path | None, against: Path | None, partial: bool, strict: bool) -> int:
    """Decide whether RUN passes, by its verdicts, a baseline of accepted deviations and an older run."""
    read = read_run(run)
    return gate_run(Screen(), read, baseline=baseline, against=against, partial=partial, strict=strict)


def gate_run(
    console: Console,
    run: Run,
    *,
    baseline: Path | None = None,
    against: Path | None = None,
    partial: bool = False,
    strict: bool = False,
) -> int:
    """Gate a run and print why it does not pass; the last line counts.

    Returns:
        The exit code.

    Raises:
        BaselineError: the baseline cannot be read.
        CompareError: the runs cannot be compared.
        RunFileError: the older run cannot be read.
    """
    judged = None
    if baseline is not None:
        today = datetime.now(UTC).date()
        judged = hold(run, entries.read(baseline), today, partial=partial, known_cases=CATALOGUE)
    comparison = compare(read_run(against), run) if against is not None else None
    outcome = pass_gate(run, strict=strict, judged=judged, comparison=comparison)
    _explain(console, run, outcome, str(baseline))
    say(console, outcome.sentence, style="bold green" if outcome.code == 0 else "bold red")
    return outcome.code


def _explain(console: Console, run: Run, outcome: Gate, baseline: str) -> None:
    changed = {(change.cell, change.case) for change in outcome.changes}
    places = (f"{baseline}:{problem.line}" if problem.line else baseline for problem in outcome.problems)
    _listed(console, [(place, problem.text) for place, problem in zip(places, outcome.problems, strict=True)])
    _listed(console, [(change.kind, str(change)) for change in outcome.changes])
    _listed(
        console,
        [
            (result.verdict, ": ".join(filter(None, (f"{result.case} on {result.cell}", result.explanation))))
            for result in outcome.failures
            if (result.cell, result.case) not in changed
        ],
    )
    _listed(console, [("incomplete", problem) for problem in run.problems])


def _listed(console: Console, lines: list[tuple[str, str]]) -> None:
    for word, text in islice(lines, _SHOWN):
        say(console, (f"{one_line(word, _TEXT_SHOWN)}:", "bold red"), " ", one_line(text, _TEXT_SHOWN))
    if len(lines) > _SHOWN:
        say(console, f"… and {len(lines) - _SHOWN:,} more")
