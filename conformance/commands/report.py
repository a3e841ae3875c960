"""`wsconform report` and `wsconform parity`: what a run file says."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console

from conformance.console import summarise
from conformance.errors import ExitCode
from reports import html
from reports.model import gate, merge, read_run, write_run

__all__ = ["merge_", "parity", "report"]

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


@click.command()
@click.argument("run_file", metavar="RUN", type=_RUN)
@click.argument("grades", type=_RUN)
def parity(run_file: Path, grades: Path) -> int:
    """Compare the parity grades of a RUN with those that Autobahn's own tool gave.

    GRADES is a JSON file: {"cases": {"1.1.1": [["OK", "OK"], …], …}}, each pair of grades that the tool
    was seen to give. Cases that either side lacks are named.
    """
    known: dict[str, list[list[str]]] = json.loads(grades.read_text("utf-8"))["cases"]
    run = read_run(run_file)
    disagreements = 0
    for cell, played in run.cells.items():
        compared = [id_ for id_ in played.results if id_ in known]
        for id_ in compared:
            ours = played.results[id_].grades
            pair = [ours.behavior, ours.behaviorClose] if ours else None
            if pair not in known[id_]:
                disagreements += 1
                theirs = " or ".join("/".join(p) for p in known[id_])
                click.echo(f"{id_:<8} ours {'/'.join(pair or ['none'])}, Autobahn's {theirs}")
        unknown = [id_ for id_ in played.results if id_ not in known]
        if unknown:
            click.echo(f"{len(unknown)} cases of the run are not in {grades.name}: {', '.join(unknown[:5])} …")
        click.echo(
            f"{cell}: {len(compared) - disagreements} of {len(compared)} cases have grades found in {grades.name}"
        )
    if not run.complete:
        click.echo("The run is incomplete.")
        return ExitCode.INCOMPLETE
    return ExitCode.FAILED if disagreements else ExitCode.PASSED
