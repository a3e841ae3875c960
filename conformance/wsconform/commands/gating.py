"""The options by which a run is gated, and what a gate prints: the same for every command that ends with a verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from itertools import islice
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from wsconform.cases import CATALOGUE
from wsconform.commands.screen import say
from wsreport.baseline import entries
from wsreport.baseline.judging import hold
from wsreport.compare import compare, require_comparable
from wsreport.gate import Gate, pass_gate
from wsreport.model import Plan, Run, one_line, read_run

__all__ = ["RUN_FILE", "Gating", "gating_options", "print_outcome"]

#: A file on the command line that must exist.
RUN_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

_SHOWN = 50
_TEXT_SHOWN = 400

_OPTIONS = (
    click.option("--baseline", "-b", type=RUN_FILE, metavar="FILE", help="TOML file of accepted deviations."),
    click.option(
        "--against", type=RUN_FILE, metavar="OLD_RUN", help="Run file to compare with: only what got worse fails."
    ),
    click.option(
        "--partial", is_flag=True, help="The run is a part of what the baseline covers: ignore entries for the rest."
    ),
    click.option("--strict", is_flag=True, help="Fail also on non-strict verdicts; with --against, on every change."),
)


@dataclass(frozen=True, slots=True)
class Gating:
    """What a run is held against. The files have been read.

    Attributes:
        baseline: accepted deviations; None: there is no baseline.
        against: the older run; None: there is none.
        partial: the run is only a part of what the baseline covers.
        strict: the verdict non-strict fails, and with an older run every change.
        files: the files that were read.
    """

    baseline: entries.Baseline | None = None
    against: Run | None = None
    partial: bool = False
    strict: bool = False
    files: tuple[Path, ...] = ()

    @property
    def is_on(self) -> bool:
        """Whether there is more to say than the verdicts themselves."""
        return self.baseline is not None or self.against is not None

    def check(self, plan: Plan) -> None:
        """Check, before anything is played, that a run with this plan can be compared with the older run.

        Raises:
            CompareError: it cannot be.
        """
        if self.against is not None:
            require_comparable(self.against, plan)

    def judge(self, run: Run) -> Gate:
        """Return the outcome of the gate.

        Raises:
            CompareError: the run cannot be compared with the older one.
        """
        judged = None
        if self.baseline is not None:
            today = datetime.now(UTC).date()
            judged = hold(run, self.baseline, today, partial=self.partial, known_cases=CATALOGUE)
        comparison = compare(self.against, run) if self.against is not None else None
        return pass_gate(run, strict=self.strict, judged=judged, comparison=comparison)


def gating_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of the gate to a command, which gets them as ``gating``, with the files read.

    The command raises BaselineError or RunFileError before it does anything, if a file cannot be read.
    """

    @wraps(command)
    def with_gating(*, baseline: Path | None, against: Path | None, partial: bool, strict: bool, **options: Any) -> Any:
        gating = Gating(
            entries.read(baseline) if baseline is not None else None,
            read_run(against) if against is not None else None,
            partial,
            strict,
            tuple(path for path in (baseline, against) if path is not None),
        )
        return command(gating=gating, **options)

    decorated: Callable[..., Any] = with_gating
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated


def print_outcome(console: Console, run: Run, gating: Gating, outcome: Gate) -> None:
    """Print why a run does not pass; the last line counts."""
    if (old := gating.against) is not None and old.header.suite != run.header.suite:
        suites = f"{old.header.suite} played the old run, and {run.header.suite} this one"
        say(console, ("note:", "yellow"), " ", one_line(f"{suites}; a change may be the suite's", _TEXT_SHOWN))
    changed = {(change.cell, change.case) for change in outcome.changes}
    name = outcome.baseline
    places = (f"{name}:{problem.line}" if problem.line else name for problem in outcome.problems)
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
    say(console, outcome.sentence, style="bold green" if outcome.code == 0 else "bold red")


def _listed(console: Console, lines: list[tuple[str, str]]) -> None:
    for word, text in islice(lines, _SHOWN):
        say(console, (f"{one_line(word, _TEXT_SHOWN)}:", "bold red"), " ", one_line(text, _TEXT_SHOWN))
    if len(lines) > _SHOWN:
        say(console, f"… and {len(lines) - _SHOWN:,} more")
