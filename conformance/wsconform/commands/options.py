"""What `run` and `matrix` share: the options of playing, and the run file, page and summary."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Any

import click

from wsconform.commands.completion import complete_cases
from wsconform.commands.console import Terminal, summarise
from wsconform.commands.gating import Gating, gating_options, print_outcome
from wsconform.commands.listing import verbose_option
from wsconform.commands.screen import Screen
from wsconform.commands.writing import Output, prepare, write, write_option
from wsconform.errors import ExitCode
from wsconform.matrix.recording import RUN_FILE, Recorder, begin, holding, new_header
from wsconform.profile import PROFILES
from wsreport import html
from wsreport import model as lines
from wsreport.formats import Options

__all__ = ["Playing", "new_terminal", "playing_options"]

_OPTIONS = (
    click.option(
        "--cases",
        "-c",
        multiple=True,
        metavar="PATTERN",
        shell_complete=complete_cases,
        help="Cases to play: ids, groups such as 9.1, or patterns such as '5.*'. Repeatable.",
    ),
    click.option(
        "--exclude",
        "-x",
        multiple=True,
        metavar="PATTERN",
        shell_complete=complete_cases,
        help="Cases to leave out, written as for --cases. Repeatable.",
    ),
    click.option(
        "--profile",
        "chosen_profile",
        type=click.Choice(list(PROFILES)),
        help="How much to play. quick: a first look; fast: no large messages and no cases that take seconds; "
        "standard: all cases, the longest with fewer round trips; full: all cases with all round trips. "
        "Default: standard; for `matrix` without --server and --cases: quick.",
    ),
    click.option(
        "--output",
        "-o",
        type=click.Path(path_type=Path, file_okay=False),
        help="Directory for run file and page. Default: a new one in reports/out.",
    ),
    click.option(
        "--concurrency",
        type=click.IntRange(1),
        metavar="N",
        default=32,
        show_default=True,
        help="Most connections at once.",
    ),
    click.option(
        "--timeout-scale",
        type=click.FloatRange(0.1),
        metavar="FACTOR",
        default=1.0,
        show_default=True,
        help="Multiply every time limit by this factor, e.g. on a slow machine.",
    ),
    click.option(
        "--deadline",
        type=click.FloatRange(0, 1e6, min_open=True),
        metavar="SECONDS",
        default=3600.0,
        show_default=True,
        help="Stop the run, or in `matrix` each cell, after this time. The run is then incomplete.",
    ),
    click.option(
        "--seed",
        type=click.IntRange(-(2**63), 2**63 - 1),
        metavar="N",
        default=0,
        show_default=True,
        help="Seed of the masking keys.",
    ),
    click.option(
        "--repeat",
        type=click.IntRange(1, 1000),
        metavar="N",
        default=1,
        show_default=True,
        help="Play every case N times to find flaky ones: cases whose verdicts differ. The worst play counts.",
    ),
    click.option("--no-replay", is_flag=True, help="Do not repeat cases that did not pass."),
)

#: Plays all cells except those with these ids, and sends every event to the recorder.
Play = Callable[[Recorder, set[str]], None]


@dataclass(frozen=True, slots=True)
class Playing:
    """The options of playing, as a value.

    Attributes:
        chosen_profile: the name of a profile; None: the default of the command.
        gating: what the run is held against.
        write: files to write beside run file and page.
    """

    cases: tuple[str, ...]
    exclude: tuple[str, ...]
    chosen_profile: str | None
    output: Path | None
    concurrency: int
    timeout_scale: float
    deadline: float
    seed: int
    repeat: int
    no_replay: bool
    verbose: bool
    gating: Gating
    write: tuple[Output, ...]
    default_profile: str = "standard"

    @property
    def profile(self) -> str:
        """The name of the profile."""
        return self.chosen_profile or self.default_profile

    @property
    def settings(self) -> dict[str, Any]:
        """The arguments of `wsconform.kind.Settings`."""
        return {
            "concurrency": self.concurrency,
            "timeout_scale": self.timeout_scale,
            "seed": self.seed,
            "replays": not self.no_replay,
            "repeat": self.repeat,
            "for_grades": PROFILES[self.profile].patience >= 1.0,  # with shorter waits, grades differ from Autobahn's
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
        """Play, write run file, page and other formats, print the summary; return the exit code.

        Raises:
            CompareError: the plan cannot be compared with the older run.
            ResumeError: there is something to resume, but of another run.
            BusyError: another run writes into this directory.
            OutputError: a file cannot be written; if it is the run file, it has no footer.
            KeyboardInterrupt: nothing had begun.
        """
        self.gating.check(plan)
        prepare(self.write, (directory / RUN_FILE, directory / html.PAGE, *self.gating.files))
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
        outcome = self.gating.judge(read)
        page = html.write([read], directory, [outcome])
        write(read, Options(outcome), self.write)
        places = (path, page, *(path for _, path in self.write))
        summarise(terminal.console, read, outcome, places=places, verbose=self.verbose)
        if self.gating.is_on:
            print_outcome(terminal.console, read, self.gating, outcome)
        return ExitCode.INTERRUPTED if interrupted else ExitCode(outcome.code)


def playing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of playing to a command, which gets them as ``playing``."""
    names = [field.name for field in fields(Playing) if field.default is MISSING]

    @wraps(command)
    def with_playing(**options: Any) -> Any:
        playing = Playing(**{name: options.pop(name) for name in names})
        return command(playing=playing, **options)

    decorated: Callable[..., Any] = verbose_option(write_option(gating_options(with_playing)))
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated


def new_terminal(cells: int = 1) -> Terminal:
    """Return a terminal on standard output for that many cells."""
    return Terminal(Screen(), cells)
