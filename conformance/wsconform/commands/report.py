"""`wsconform report` and `wsconform merge`: what run files say."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from wsconform.commands.console import summarise
from wsreport import html
from wsreport.model import gate, merge, read_run, write_run

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
    output.mkdir(parents=True, exist_ok=True)
    page = html.write(read, output)
    console = Console()
    for run in read:
        summarise(console, run)
    console.print(f"{page}", markup=False, highlight=False, soft_wrap=True)
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
    output.mkdir(parents=True, exist_ok=True)
    path = output / "run.jsonl"
    write_run(path, whole)
    summarise(Console(), whole, places=(path, html.write([whole], output)))
    return gate(whole, strict=strict)
