"""What `run` and `matrix` share: the options of playing, and what is done with the run file."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from conformance.cases import CATALOGUE
from conformance.console import Terminal, summarise
from conformance.errors import ExitCode
from conformance.model import Case
from conformance.runner import Settings
from conformance.selection import PROFILES, select, with_profile
from conformance.session import Cell, Session
from reports import html
from reports.model import gate, read_run

__all__ = ["Playing", "command_line", "new_terminal", "playing_options"]

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


@dataclass(frozen=True, slots=True)
class Playing:
    """The options of playing, as a value."""

    cases: tuple[str, ...]
    exclude: tuple[str, ...]
    profile: str
    output: Path | None
    concurrency: int
    timeout_scale: float
    seed: int
    no_replay: bool
    strict: bool

    def chosen(self) -> list[Case]:
        """The cases to play.

        Raises:
            NothingSelectedError: there is none.
        """
        return with_profile(select(CATALOGUE, self.cases, self.exclude), self.profile)

    def play(
        self, cells: Sequence[Cell], cases: Sequence[Case], terminal: Terminal, directory: Path, *, again: str
    ) -> ExitCode:
        """Play, write the page, print the summary; the exit code says what came of it."""
        path = directory / "run.jsonl"
        settings = Settings(self.concurrency, self.timeout_scale, self.seed, replays=not self.no_replay)
        interrupted = False
        try:
            Session(cells, cases, self.profile, settings, terminal).play(path)
        except KeyboardInterrupt:
            if not path.exists():  # nothing has begun
                raise
            interrupted = True
            terminal.stop()
        run = read_run(path)
        page = html.write([run], directory)
        summarise(terminal.console, run, command=again, places=(path, page))
        return ExitCode.INTERRUPTED if interrupted else ExitCode(gate(run, strict=self.strict))


def playing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of playing; it gets them as ``playing``."""
    names = [field.name for field in fields(Playing)]

    @wraps(command)
    def with_playing(**options: Any) -> Any:
        playing = Playing(**{name: options.pop(name) for name in names})
        return command(playing=playing, **options)

    decorated: Callable[..., Any] = with_playing
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated


def new_terminal() -> Terminal:
    """A terminal on stdout."""
    return Terminal(Console(file=sys.stdout))


def command_line(*parts: str) -> str:
    """Words as a shell wants them; ``{case}`` and ``{server}`` stay to be filled in."""
    return " ".join(
        part if part.startswith("{") else shlex.quote(part).replace("{", "{{").replace("}", "}}") for part in parts
    )
