"""`wsconform report` and `wsconform merge`: make pages and other formats of run files."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from wsconform.commands.console import summarise
from wsconform.commands.gating import RUN_FILE as RUN
from wsconform.commands.gating import Gating, gating_options, print_outcome
from wsconform.commands.listing import verbose_option
from wsconform.commands.screen import Screen, say
from wsconform.commands.writing import Output, prepare, write
from wsconform.matrix.recording import RUN_FILE, holding
from wsreport import html
from wsreport.formats import FORMATS, Options
from wsreport.model import make_directory, merge, read_run, remove, write_run

__all__ = ["merge_", "report"]

_PAGES = Path("reports", "out")
_USUAL = Options()


@click.command()
@click.argument("runs", nargs=-1, required=True, type=RUN)
@click.option(
    "--format",
    "name",
    type=click.Choice(list(FORMATS)),
    help="Write one RUN in this format, instead of a page: to --output, or else to standard output.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    show_default=str(_PAGES),
    help="Directory for the page; with --format, the file.",
)
@click.option(
    "--location", metavar="PATH", default=_USUAL.location, show_default=True, help="File to which SARIF results point."
)
@click.option("--label", metavar="TEXT", default=_USUAL.label, show_default=True, help="Left side of a badge.")
@verbose_option
@gating_options
def report(
    runs: tuple[Path, ...],
    name: str | None,
    output: Path | None,
    location: str,
    label: str,
    verbose: bool,
    gating: Gating,
) -> int:
    """Make a page of RUN files.

    With --format, write one RUN in the format of another tool instead.

    The exit code is the highest of the runs.
    """
    if name is not None:
        return _write(runs, name, output, location, label, gating)
    read = [read_run(path) for path in runs]
    outcomes = [gating.judge(run) for run in read]
    page = html.write(read, output or _PAGES, outcomes)
    console = Screen()
    for run, outcome in zip(read, outcomes, strict=True):
        summarise(console, run, outcome, verbose=verbose)
    say(console, str(page))
    for run, outcome in zip(read, outcomes, strict=True):
        if gating.is_on:
            print_outcome(console, run, gating, outcome)
    return max(outcome.code for outcome in outcomes)


def _write(runs: tuple[Path, ...], name: str, output: Path | None, location: str, label: str, gating: Gating) -> int:
    """Write one run in the format of another tool. On standard output there is nothing else.

    Raises:
        UsageError: there are several runs.
    """
    if len(runs) > 1:
        raise click.UsageError(f"--format {name} takes one RUN; join shards with `wsconform merge` first")
    run = read_run(runs[0])
    outcome = gating.judge(run)
    options = Options(outcome, location, label)
    if output is None:
        sys.stdout.buffer.write(FORMATS[name].render(run, options).encode())  # line ends of the format, and UTF-8
        return outcome.code
    prepare([Output(name, output)], (*runs, *gating.files), "--output")
    write(run, options, [Output(name, output)])
    console = Screen()
    say(console, str(output))
    print_outcome(console, run, gating, outcome)
    return outcome.code


@click.command("merge")
@click.argument("runs", nargs=-1, required=True, type=RUN)
@click.option(
    "--output",
    "-o",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("reports", "out", "merged"),
    show_default=True,
    help="Directory for run file and page.",
)
@verbose_option
@gating_options
def merge_(runs: tuple[Path, ...], output: Path, verbose: bool, gating: Gating) -> int:
    """Merge the RUN files of all shards of a matrix.

    Writes the run file and the page of the whole matrix. The exit code is the same as for one run without shards.
    """
    whole = merge([read_run(path) for path in runs])
    outcome = gating.judge(whole)
    make_directory(output)
    path = output / RUN_FILE
    with holding(output):
        remove(output / html.PAGE)
        write_run(path, whole)
        page = html.write([whole], output, [outcome])
    console = Screen()
    summarise(console, whole, outcome, places=(path, page), verbose=verbose)
    if gating.is_on:
        print_outcome(console, whole, gating, outcome)
    return outcome.code
