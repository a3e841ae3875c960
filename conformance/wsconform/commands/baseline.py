"""`wsconform baseline`: write the file of accepted deviations, and explain it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from wsconform.cases import CATALOGUE
from wsconform.commands.gating import RUN_FILE
from wsconform.commands.output import echo
from wsconform.commands.screen import Screen, say
from wsconform.errors import ExitCode
from wsconform.selection import select
from wsreport.baseline import entries
from wsreport.baseline.entries import Entry
from wsreport.baseline.judging import applying, deviation
from wsreport.baseline.updating import Update, update
from wsreport.model import Result, one_line, read_run
from wsreport.output import replace_text

__all__ = ["baseline"]

_FILE = click.Path(dir_okay=False, path_type=Path)
_SHOWN = 30
_TEXT_SHOWN = 400


@click.group()
def baseline() -> None:
    """Write or explain a baseline.

    A baseline is the TOML file of accepted deviations that `wsconform gate` reads.
    """


@baseline.command("update")
@click.argument("run", type=RUN_FILE)
@click.option("--baseline", "-b", "file", type=_FILE, required=True, help="File to write or rewrite.")
@click.option(
    "--accept",
    multiple=True,
    metavar="'CELL CASE'",
    help="Accept this new failure; patterns such as 'fork/* 5.1' are possible. Repeatable.",
)
@click.option("--strict", is_flag=True, help="Accept non-strict verdicts as well.")
def update_(run: Path, file: Path, accept: tuple[str, ...], strict: bool) -> int:
    """Rewrite the baseline so that it fits RUN.

    A new failure is refused unless --accept names it. Comments, order and reasons are kept. New entries have
    why = "TODO", which the gate refuses.
    """
    named = [_place(text) for text in accept]
    text = entries.read_text(file) if file.exists() else None
    found = update(text, read_run(run), name=str(file), strict=strict, accept=named)
    if found.text != text:
        replace_text(file, found.text, encoding="utf-8")
    _report(Screen(), file, found)
    return ExitCode.FAILED if found.refused else ExitCode.PASSED


@baseline.command()
@click.argument("case")
@click.option("--baseline", "-b", "file", type=RUN_FILE, required=True, help="The baseline.")
@click.option("--run", "-r", "run", type=RUN_FILE, help="Run file: say for each cell which entry applies.")
def explain(case: str, file: Path, run: Path | None) -> int:
    """Print the entries of a baseline that apply to CASE."""
    console = Screen()
    cases = [each.id for each in select(CATALOGUE, (case,))]
    read = entries.read(file)
    if run is None:
        for entry in read.entries:
            if found := [id_ for id_ in cases if entry.is_for_case(id_)]:
                _show_entry(console, file, entry, found)
        return ExitCode.PASSED
    played = read_run(run)
    for cell, cell_run in played.cells.items():
        for id_ in (id_ for id_ in cases if id_ in cell_run.results):
            result = cell_run.results[id_]
            say(console, (id_, "bold"), f" on {cell}: {result.verdict}", f": {one_line(result.reason, _TEXT_SHOWN)}")
            found_entries = applying(played, cell, id_, read.entries)
            if not found_entries:
                say(console, "  no entry applies")
            for number, entry in enumerate(found_entries):
                _show_applied(console, file, entry, result, counts=number == 0)
    return ExitCode.PASSED


@baseline.command()
def schema() -> int:
    """Print the JSON Schema of a baseline, for editors."""
    echo(entries.SCHEMA.read_text("utf-8").rstrip("\n"))
    return ExitCode.PASSED


def _show_applied(console: Console, file: Path, entry: Entry, result: Result, *, counts: bool) -> None:
    if not counts:
        say(console, f"  {file}:{entry.line}: does not count, since an earlier entry applies")
        return
    text = deviation(result, entry)
    say(
        console,
        f"  {file}:{entry.line}: ",
        text or f"accepts {entry.verdict}",
        f" (why: {one_line(entry.why, _TEXT_SHOWN)})",
    )


def _show_entry(console: Console, file: Path, entry: Entry, cases: Sequence[str]) -> None:
    say(
        console,
        (f"{file}:{entry.line}", "bold"),
        f": {entry.verdict} of {', '.join(cases[:_SHOWN])} on {', '.join(entry.cells)}",
    )
    facts = {
        "why": entry.why,
        "reason": entry.reason,
        "versions": ", ".join(f"{name} {value}" for name, value in entry.versions.items()),
        "link": entry.link,
        "owner": entry.owner,
        "expires": str(entry.expires or ""),
        "flaky": f"in at most {entry.at_most:.0%} of the plays" if entry.at_most is not None else "",
    }
    for name, value in facts.items():
        if value:
            say(console, f"  {name:<9} ", one_line(value, _TEXT_SHOWN))


def _report(console: Console, file: Path, found: Update) -> None:
    for word, results in (("refused", found.refused), ("added", found.added), ("removed", found.removed)):
        for result in results[:_SHOWN]:
            say(console, f"{word}: {result.case} on {one_line(result.cell, _TEXT_SHOWN)}: {result.verdict}")
        if len(results) > _SHOWN:
            say(console, f"… and {len(results) - _SHOWN:,} more {word}")
    if found.added:
        say(console, f'Write the reasons in {file}: each why = "TODO" fails the gate.')
    if found.refused:
        say(console, "Fix what was refused, or accept each with --accept 'CELL CASE'.")


def _place(text: str) -> tuple[str, str]:
    found = re.fullmatch(r"\s*(\S+)\s+(\S+)\s*", text)
    if not found:
        raise click.BadParameter(f"{text!r} is not a cell and a case, such as 'fork/gevent 5.1'", param_hint="--accept")
    select(CATALOGUE, (found[2],))  # the case exists
    return found[1], found[2]
