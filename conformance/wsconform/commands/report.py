"""`wsconform report` and `wsconform merge`: make pages of run files."""

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
    help="Directory for the page.",
)
@click.option("--strict", is_flag=True, help="Fail also on non-strict verdicts.")
def report(runs: tuple[Path, ...], output: Path, strict: bool) -> int:
    """Write one page about one or more RUN files.

    The exit code is the highest of the runs.
    """
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
    help="Directory for run file and page.",
)
@click.option("--strict", is_flag=True, help="Fail also on non-strict verdicts.")
def merge_(runs: tuple[Path, ...], output: Path, strict: bool) -> int:
    """Join the RUN files of all shards of a matrix.

    Writes the run file and the page of the whole matrix. The exit code is the same as for one run without shards.
    """
    whole = merge([read_run(path) for path in runs])
    make_directory(output)
    path = output / RUN_FILE
    with holding(output):
        remove(output / html.PAGE)
        write_run(path, whole)
        page = html.write([whole], output)
    summarise(Screen(), whole, places=(path, page))
    return gate(whole, strict=strict)
