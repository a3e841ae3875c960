"""What `run` and `matrix` share: the options of playing, and what is done with the run file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Any

import click

from wsconform.commands.completion import complete_cases
from wsconform.commands.console import Terminal, summarise
from wsconform.commands.screen import Screen
from wsconform.errors import ExitCode
from wsconform.matrix.recording import RUN_FILE, Recorder, begin, holding, new_header
from wsconform.profile import PROFILES
from wsreport import html
from wsreport import model as lines

__all__ = ["Playing", "new_terminal", "playing_options"]

_OPTIONS = (
    click.option(
        "--cases",
        "-c",
        multiple=True,
        metavar="PATTERN",
        shell_complete=complete_cases,
        help="Ids or patterns such as '5.*' or 9.1; repeatable.",
    ),
    click.option(
        "--exclude",
        "-x",
        multiple=True,
        metavar="PATTERN",
        shell_complete=complete_cases,
        help="Patterns of cases to leave out; repeatable.",
    ),
    click.option(
        "--profile",
        type=click.Choice(list(PROFILES)),
        default="standard",
        show_default=True,
        help="fast: without family 9 and what waits long; standard: all, long ones with fewer round trips; full: all.",
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
    click.option(
        "--deadline",
        type=click.FloatRange(0, 1e6, min_open=True),
        metavar="SECONDS",
        default=3600.0,
        show_default=True,
        help="Stop playing after this time, of `matrix` for each cell; what was not played makes the run incomplete.",
    ),
    click.option(
        "--seed", type=click.IntRange(-(2**63), 2**63 - 1), default=0, show_default=True, help="Of the masking keys."
    ),
    click.option("--no-replay", is_flag=True, help="Do not play again what did not pass."),
    click.option("--strict", is_flag=True, help="Let non-strict verdicts fail the run."),
)

#: Plays everything but the cells with these ids, and tells the recorder.
Play = Callable[[Recorder, set[str]], None]


@dataclass(frozen=True, slots=True)
class Playing:
    """The options of playing, as a value."""

    cases: tuple[str, ...]
    exclude: tuple[str, ...]
    profile: str
    output: Path | None
    concurrency: int
    timeout_scale: float
    deadline: float
    seed: int
    no_replay: bool
    strict: bool

    @property
    def settings(self) -> dict[str, Any]:
        """Those of `wsconform.kind.Settings`."""
        return {
            "concurrency": self.concurrency,
            "timeout_scale": self.timeout_scale,
            "seed": self.seed,
            "replays": not self.no_replay,
            "for_grades": PROFILES[self.profile].patience >= 1.0,  # else the grades are not quite Autobahn's anyway
        }

    def record(
        self,
        plan: lines.Plan,
        cases: list[Any],
        terminal: Terminal,
        directory: Path,
        play: Play,
        *,
        resume: bool = False,
    ) -> ExitCode:
        """Play, write run file and page, print the summary; the exit code says what came of it.

        Raises:
            ResumeError: there is something to resume, but of another run.
            BusyError: another run writes into this directory.
            OutputError: run file or page cannot be written; the run file then has no footer.
            KeyboardInterrupt: nothing had begun.
        """
        with holding(directory):
            return self._record(new_header(plan, self.seed), cases, terminal, directory, play, resume=resume)

    def _record(
        self,
        header: lines.Header,
        cases: list[Any],
        terminal: Terminal,
        directory: Path,
        play: Play,
        *,
        resume: bool,
    ) -> ExitCode:
        run, settled = begin(directory, header, cases, resume=resume)
        path = directory / RUN_FILE
        interrupted = False
        try:
            with run:
                play(Recorder(run, terminal), settled)
                run.finish()
        except KeyboardInterrupt:
            interrupted = True
        finally:
            terminal.stop()
        read = lines.read_run(path)
        page = html.write([read], directory)
        summarise(terminal.console, read, places=(path, page))
        return ExitCode.INTERRUPTED if interrupted else ExitCode(lines.gate(read, strict=self.strict))


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


def new_terminal(cells: int = 1) -> Terminal:
    """A terminal on stdout."""
    return Terminal(Screen(), cells)
