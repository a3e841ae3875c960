"""`wsconform findings`: print the findings of a run file."""

from __future__ import annotations

import json
from pathlib import Path

import click

from wsconform.commands.gating import RUN_FILE, Gating, gating_options
from wsconform.commands.listing import print_findings, verbose_option
from wsconform.commands.output import echo
from wsconform.commands.screen import Screen
from wsreport.findings import findings_of, to_json
from wsreport.model import read_run

__all__ = ["findings"]


@click.command()
@click.argument("run", type=RUN_FILE)
@click.option("--count", is_flag=True, help="Print only their number.")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@verbose_option
@gating_options
def findings(run: Path, count: bool, as_json: bool, verbose: bool, gating: Gating) -> int:
    """Print the mistakes behind the failures of RUN, the most serious first.

    Deviations that a baseline or an older run excuses are left out. The exit code is the one of `wsconform gate`.
    """
    if count and as_json:
        raise click.UsageError("choose --count or --json")
    read = read_run(run)
    outcome = gating.judge(read)
    found = findings_of(read, lambda result: not outcome.excuse(result.cell, result.case))
    if count:
        echo(str(len(found)))
    elif as_json:
        echo(json.dumps(to_json(found), indent=2))
    else:
        print_findings(Screen(), found, cases=verbose)
    return outcome.code
