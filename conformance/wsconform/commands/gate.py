"""`wsconform gate`: hold a run against a baseline of accepted deviations, and against an older run."""

from __future__ import annotations

from pathlib import Path

import click

from wsconform.commands.gating import RUN_FILE, Gating, gating_options, print_outcome
from wsconform.commands.screen import Screen
from wsreport.model import read_run

__all__ = ["gate"]


@click.command()
@click.argument("run", type=RUN_FILE)
@gating_options
def gate(run: Path, gating: Gating) -> int:
    """Decide whether RUN passes.

    Its verdicts decide, with a baseline of accepted deviations and an older run if you give them.
    """
    read = read_run(run)
    outcome = gating.judge(read)
    print_outcome(Screen(), read, gating, outcome)
    return outcome.code
