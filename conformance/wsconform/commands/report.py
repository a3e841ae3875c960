"""`wsconform report` and `wsconform merge`: what run files say."""

from __future__ import annotations

from pathlib import Path

import click

from wsconform.commands.console import summarise
from wsconform.commands.screen import Screen, say
from wsconform.matrix.recording import RUN_FILE, holding
from wsreport import html
from wsreport.model import gate, make_directory, merge, read_run, remove, write_run

__all__ = ["merge_", "report"]

_RUN = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("runs", nargs=-1, required=True, type=_RUN)
@click.option(
    "--output",
    "-o",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("reports", "out"),
    show_default=True,
    help="Directory of the page.",
)
@click.option("--strict", is_flag=True, help="Let non-strict verdicts fail.")
def report(runs: tuple[Path, ...], output: Path, strict: bool) -> int:
    """Write the page of one or more RUN files, and end with the exit code they deserve."""
    read = [read_run(path) for path in runs]
    page = html.write(read, output)
    console = Screen()
    for run in read:
        summarise(console, run)
    say(console, str(page))
    return max(gate(run, strict=strict) for run in read)


@click.command("merge")
@click.argument("runs", nargs=-1, required=True, type=_RUN)
@click.option(
    "--output",
    "-o",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("reports", "out", "merged"),
    show_default=True,
    help="Directory of run file and page.",
)
@click.option("--strict", is_flag=True, help="Let non-strict verdicts fail.")
def merge_(runs: tuple[Path, ...], output: Path, strict: bool) -> int:
    """Put the run files of all shards together: run file, page, summary and exit code of the whole."""
    whole = merge([read_run(path) for path in runs])
    make_directory(output)
    path = output / RUN_FILE
    with holding(output):
        remove(output / html.PAGE)
        write_run(path, whole)
        page = html.write([whole], output)
    summarise(Screen(), whole, places=(path, page))
    return gate(whole, strict=strict)
