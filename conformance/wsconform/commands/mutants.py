"""`wsconform mutants`: play the crooked servers, to prove what the suite notices and that it accuses nobody falsely."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from wsconform.cases import CATALOGUE
from wsconform.commands.output import echo
from wsconform.commands.screen import Screen, say
from wsconform.crooked import CROOKED, MUTANTS
from wsconform.errors import ExitCode, UnknownNameError
from wsconform.mutants.cells import MutantOptions, play_for_findings, play_mutants
from wsconform.mutants.document import to_json
from wsconform.mutants.explained import Explained, describe_explained, explain
from wsconform.mutants.explained import to_json as findings_json
from wsconform.mutants.score import KNOWN, Outcome, Score, score
from wsconform.mutants.table import describe
from wsconform.profile import PROFILES
from wsconform.selection import select
from wsreport.output import make_directory, replace_text, writing

__all__ = ["mutants"]

#: The server that breaks no rule.
CONTROL = "honest"


def _complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in MUTANTS if name.startswith(incomplete)]


@click.command()
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=_complete)
@click.option(
    "--profile",
    "profiles",
    type=click.Choice(list(PROFILES)),
    multiple=True,
    help="How much to play of each case. Repeatable, for a column each. Default: fast.",
)
@click.option(
    "--jobs",
    "-j",
    type=click.IntRange(1),
    metavar="N",
    help="Servers to play at the same time. Default: one and a half per processor, since most time is waiting.",
)
@click.option(
    "--deadline",
    type=click.FloatRange(0, 1e6, min_open=True),
    metavar="SECONDS",
    default=600.0,
    show_default=True,
    help="Stop playing a server after this time. It is then unfinished.",
)
@click.option(
    "--timeout-scale",
    type=click.FloatRange(0.1),
    metavar="FACTOR",
    default=1.0,
    show_default=True,
    help="Multiply every time limit by this factor, e.g. on a slow machine.",
)
@click.option(
    "--json",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also write the outcome here.",
)
@click.option(
    "--findings",
    is_flag=True,
    help="Play all cases, and tell how many findings each fault has and whether the first names its clause.",
)
def mutants(
    names: tuple[str, ...],
    profiles: tuple[str, ...],
    jobs: int | None,
    deadline: float,
    timeout_scale: float,
    file: Path | None,
    findings: bool,
) -> int:
    """Test the suite itself against servers that are wrong on purpose.

    Plays the crooked servers with these NAMEs, by default all. Each breaks one rule, which the suite must notice, or
    does something unusual that the RFCs allow, which it must not accuse. A fault is played with the cases that must
    notice it, and with all others only if these do not.

    Exit with 1 if a fault that breaks a MUST is not noticed, or a legal server is accused, without a known reason; with
    --findings, if the correct server has a finding.
    """
    chosen = _chosen(names)
    if file is not None:  # before anything is played in vain
        make_directory(file.parent)
    together = jobs or (os.cpu_count() or 1) * 3 // 2
    options = [MutantOptions(one, deadline, timeout_scale) for one in profiles or ("fast",)]
    if findings:
        return _explained(chosen, options, together, file)
    scores = [_played(chosen, one, together) for one in options]
    for line in describe(MUTANTS, scores, KNOWN):
        echo(line)
    if file is not None:
        with writing(file):
            replace_text(file, to_json(scores), encoding="utf-8")
    return _code(scores)


def _chosen(names: Sequence[str]) -> list[str]:
    """Return the names of the servers to play, in the order of the catalogue.

    Raises:
        UsageError: there is no such server, or it is not judged.
    """
    for name in names:
        if name in CROOKED and name not in MUTANTS:
            raise click.UsageError(f"{name!r} is neither a fault nor a legal oddity: it serves tests of something else")
        if name not in MUTANTS:
            raise click.UsageError(str(UnknownNameError.among("crooked server", name, MUTANTS)))
    return [name for name in MUTANTS if name in names or not names]


def _played(names: Sequence[str], options: MutantOptions, jobs: int) -> Score:
    caught = {
        name: [case.id for case in select(CATALOGUE, [MUTANTS[name].caught])] for name in names if MUTANTS[name].caught
    }
    with _progress(options.profile, len(names)) as advance:
        return score(options.profile, MUTANTS, play_mutants(names, caught, options, jobs, advance))


def _explained(names: Sequence[str], options: Sequence[MutantOptions], jobs: int, file: Path | None) -> ExitCode:
    """Play servers with all cases, and the correct one; print what their findings say."""
    rows: dict[str, list[Explained]] = {}
    for one in options:
        with _progress(one.profile, len(names) + 1) as advance:
            runs = play_for_findings([CONTROL, *names], one, jobs, advance)
        rows[one.profile] = [explain(CROOKED[name], run) for name, run in runs.items()]
        for line in describe_explained(one.profile, rows[one.profile]):
            echo(line)
    if file is not None:
        with writing(file):
            replace_text(file, json.dumps(findings_json(rows), indent=1) + "\n", encoding="utf-8")
    every = [row for own in rows.values() for row in own]
    if any(row.findings for row in every if row.name == CONTROL):
        return ExitCode.FAILED
    return ExitCode.INCOMPLETE if any(row.findings is None for row in every) else ExitCode.PASSED


def _code(scores: Sequence[Score]) -> ExitCode:
    if any(list(one.unexplained(MUTANTS, KNOWN)) for one in scores):
        return ExitCode.FAILED
    if any(one.named(Outcome.UNFINISHED) for one in scores):
        return ExitCode.INCOMPLETE
    return ExitCode.PASSED


@contextmanager
def _progress(profile: str, servers: int) -> Iterator[Callable[[int], None]]:
    """Show progress on a terminal, or a line at the start; yields what takes the number of servers so far."""
    console, text = Screen(), f"{profile}: playing {servers} crooked server{'s' * (servers != 1)}"
    if not console.is_terminal:
        say(console, text, style="dim")
        yield lambda _: None
        return
    columns = TextColumn("{task.description}", style="bold"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task(text, total=servers)
        yield lambda so_far: bars.update(task, completed=so_far)
