"""What `run` and `matrix` share: the options of playing, and what is done with the run file."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console

from conformance.console import Terminal, summarise
from conformance.errors import ExitCode
from conformance.model import Case
from conformance.runner import Settings
from conformance.selection import PROFILES
from conformance.session import Cell, Session
from reports import html
from reports.model import gate, read_run

__all__ = ["command_line", "new_terminal", "play_and_report", "playing_options", "settings_of"]

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--cases", "-c", multiple=True, metavar="PATTERN", help="Ids or patterns such as '5.*' or 9.1; repeatable."
    ),
    click.option(
        "--exclude", "-x", multiple=True, metavar="PATTERN", help="Patterns of cases to leave out; repeatable."
    ),
    click.option(
        "--profile",
        type=click.Choice(list(PROFILES)),
        default="standard",
        show_default=True,
        help="fast: without family 9; standard: every case, long ones with fewer round trips; full: all of it.",
    ),
    click.option(
        "--output", "-o", type=click.Path(path_type=Path, file_okay=False), help="Directory of run file and page."
    ),
    click.option("--concurrency", type=click.IntRange(1), default=32, show_default=True, help="Connections at once."),
    click.option(
        "--timeout-scale",
        type=click.FloatRange(0.1),
        default=1.0,
        show_default=True,
        help="Multiplies every time limit, for slow machines.",
    ),
    click.option("--seed", type=int, default=0, show_default=True, help="Of the masking keys."),
    click.option("--no-replay", is_flag=True, help="Do not play again what did not pass."),
    click.option("--strict", is_flag=True, help="Let non-strict verdicts fail the run."),
)


def playing_options(command: F) -> F:
    """Give a command the options of playing."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def settings_of(concurrency: int, timeout_scale: float, seed: int, no_replay: bool) -> Settings:
    """The options as a value."""
    return Settings(concurrency, timeout_scale, seed, replays=not no_replay)


def play_and_report(
    terminal: Terminal,
    cells: Sequence[Cell],
    cases: Sequence[Case],
    *,
    profile: str,
    settings: Settings,
    directory: Path,
    again: str,
    strict: bool,
) -> ExitCode:
    """Play, write the page, print the summary; the exit code says what came of it."""
    path = directory / "run.jsonl"
    interrupted = False
    try:
        Session(cells, cases, profile, settings, terminal).play(path)
    except KeyboardInterrupt:
        interrupted = True
        terminal.stop()
    run = read_run(path)
    page = html.write([run], directory)
    summarise(terminal.console, run, command=again, places=(path, page))
    return ExitCode.INTERRUPTED if interrupted else ExitCode(gate(run, strict=strict))


def new_terminal() -> Terminal:
    """A terminal on stdout."""
    return Terminal(Console(file=sys.stdout))


def command_line(*parts: str) -> str:
    """Words as a shell wants them; ``{case}`` and ``{server}`` stay to be filled in."""
    return " ".join(
        part if part.startswith("{") else shlex.quote(part).replace("{", "{{").replace("}", "}}") for part in parts
    )
