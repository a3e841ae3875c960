"""`wsconform parity`: compare our parity grades with Autobahn's own tool, played now or recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from wsconform.cases import WEBSOCKET_CASES
from wsconform.commands.completion import complete_cases
from wsconform.commands.output import echo
from wsconform.commands.screen import Screen, say
from wsconform.commands.subject import checked_url
from wsconform.conversation.model import Case
from wsconform.conversation.playing.reactor import reactor_running
from wsconform.conversation.playing.runner import ConversationOutcome, ConversationRunner
from wsconform.errors import ConformanceError, ExitCode, NothingSelectedError
from wsconform.kind import Settings
from wsconform.matrix.serving import ExternalServer
from wsconform.oracle import find_recorded
from wsconform.oracle.comparison import Comparison, Difference, compare
from wsconform.oracle.describe import describe
from wsconform.oracle.fuzzing import play
from wsconform.oracle.grades import Grades, Recorded, by_number, merged, ranges
from wsconform.oracle.known import read_known
from wsconform.oracle.python2 import find_python2
from wsconform.oracle.record import Record
from wsconform.oracle.tool import Tool, install
from wsconform.profile import PROFILES
from wsconform.selection import select, with_profile
from wsconform.trust import Trust
from wsreport.model import CellRun, read_run

__all__ = ["parity"]

_FILE = click.Path(dir_okay=False, path_type=Path)
#: How often both sides repeat cases that differ without a known reason, and the largest number of cases that they
#: repeat; more are not a race.
AGAIN = 2
AGAIN_AT_MOST = 30


@click.command()
@click.argument("subject", metavar="URL|RUN")
@click.argument("grades", required=False)
@click.option("--recorded", metavar="FILE|NAME", help="Compare with these recorded grades; the same as GRADES.")
@click.option("--python2", type=_FILE, help="CPython 2.7 that runs Autobahn's tool.")
@click.option("--record", type=_FILE, help="Write the grades of Autobahn's tool to this file, or add them to it.")
@click.option("--name", help="Name of the server. Some known differences apply to certain servers only.")
@click.option(
    "--cases",
    "-c",
    multiple=True,
    metavar="PATTERN",
    shell_complete=complete_cases,
    help="Cases to compare, e.g. 9.1 or '5.*'. Repeatable.",
)
@click.option(
    "--exclude",
    "-x",
    multiple=True,
    metavar="PATTERN",
    shell_complete=complete_cases,
    help="Cases to leave out. Repeatable.",
)
@click.option(
    "--profile",
    type=click.Choice(list(PROFILES)),
    default="standard",
    show_default=True,
    help="How much wsconform plays, as in `wsconform run`.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1),
    metavar="N",
    default=32,
    show_default=True,
    help="Most connections of wsconform at once.",
)
@click.option(
    "--timeout-scale",
    type=click.FloatRange(0.1),
    metavar="FACTOR",
    default=1.0,
    show_default=True,
    help="As in `wsconform run`.",
)
def parity(
    subject: str,
    grades: str | None,
    recorded: str | None,
    python2: Path | None,
    record: Path | None,
    name: str | None,
    cases: tuple[str, ...],
    exclude: tuple[str, ...],
    profile: str,
    concurrency: int,
    timeout_scale: float,
) -> int:
    """Compare our grades with Autobahn's.

    Compares the parity grades of wsconform case by case with the grades that Autobahn's own tool gives.

    With the URL of an echo server: both test it. The tool runs on CPython 2.7 and is installed once, into the cache.
    It takes up to 20 minutes for all cases, or half a minute with --exclude 9,12,13.

    With GRADES, or with a RUN file and GRADES: compare with recorded grades of the tool. GRADES is a file written
    with --record, an index.json of the tool, or the name of a server whose grades come with wsconform.

    A difference without a known reason is a failure.
    """
    if grades and recorded:
        raise click.UsageError("GRADES and --recorded mean the same; give only one of them")
    known = find_recorded(grades or recorded or "") if grades or recorded else None
    if record is not None and known is not None:
        raise click.UsageError("--record needs Autobahn's tool to play; omit GRADES and --recorded")
    wanted = _Wanted(cases, exclude, profile)
    if "://" not in subject:
        return _of_run(_existing(subject), known, wanted, name)
    url, console = checked_url(subject), Screen()
    we = _We(url, Settings(concurrency, timeout_scale), console)
    with reactor_running():
        if known is not None:
            return _beside_recorded(we, known, wanted, name)
        tool = install(find_python2(python2), lambda text: _note(console, text))
        return _beside_tool(we, _They(url, tool, console), wanted, Record.at(record, name or "", urlsplit(url).netloc))


def _existing(subject: str) -> Path:
    path = Path(subject)
    if not path.is_file():
        raise click.UsageError(f"{subject!r} is neither a WebSocket URL, such as ws://127.0.0.1:8000/, nor a run file")
    return path


# Which cases


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The cases to compare, and how much of each to play."""

    cases: tuple[str, ...]
    exclude: tuple[str, ...]
    profile: str

    def among(self, theirs: Iterable[str]) -> tuple[list[Case], list[str]]:
        """Return the selected cases of Autobahn's families: ours to play, and the ids that the tool has."""
        ours = {id_: case for id_, case in WEBSOCKET_CASES.items() if id_[0].isdigit()}
        chosen = self.select({**{id_: Case(id_, "", ()) for id_ in theirs}, **ours})
        played = with_profile([ours[id_] for id_ in chosen if id_ in ours], self.profile)
        left_out = {id_ for id_ in chosen if id_ in ours} - {case.id for case in played}
        return played, [id_ for id_ in chosen if id_ in theirs and id_ not in left_out]

    def select(self, catalogue: dict[str, Case]) -> list[str]:
        """Return the selected ids, sorted."""
        return sorted((case.id for case in select(catalogue, self.cases, self.exclude)), key=by_number)


# Three ways to compare


def _of_run(path: Path, recorded: Recorded | None, wanted: _Wanted, name: str | None) -> int:
    """Compare each cell of a run file with recorded grades."""
    if recorded is None:
        raise click.UsageError("give the GRADES to compare the run with: a file, or the name of a server")
    run = read_run(path)
    codes = [ExitCode.PASSED if run.complete else ExitCode.INCOMPLETE]
    for cell, played in run.cells.items():
        ours = _grades_of(played)
        chosen = wanted.select({id_: Case(id_, "", ()) for id_ in (*ours, *recorded.grades)})
        codes.append(_tell(_compared(ours, recorded.grades, chosen, name or recorded.peer), cell))
    if not run.complete:
        echo("The run is incomplete.")
    return max(codes)


def _grades_of(played: CellRun) -> Grades:
    """Return the grades of a cell; cases that Autobahn does not have are without."""
    found = {id_: result.grades for id_, result in played.results.items() if result.grades is not None}
    return {id_: ((grades.behavior, grades.behaviorClose),) for id_, grades in found.items()}


def _beside_recorded(we: _We, recorded: Recorded, wanted: _Wanted, name: str | None) -> int:
    cases, ids = wanted.among(recorded.grades)
    ours = we.play(cases)
    return _tell(_compared(ours, recorded.grades, [*ours, *ids], name or recorded.peer), we.url)


def _beside_tool(we: _We, they: _They, wanted: _Wanted, record: Record) -> int:
    """Let both play, and repeat what differs without a known reason, as some cases are races."""
    cases, ids = wanted.among(they.tool.cases)
    _require_some(ids)
    ours, theirs = we.play(cases), they.play(ids)
    chosen = [*ours, *ids]
    first = comparison = _compared(ours, theirs, chosen, record.peer)
    for _ in range(AGAIN):
        if not 0 < len(comparison.unexplained) <= AGAIN_AT_MOST:
            break
        again = [d.case for d in comparison.unexplained]
        ours = merged(ours, we.play([case for case in cases if case.id in again], alone=True))
        theirs = merged(theirs, they.play(again))
        comparison = _compared(ours, theirs, chosen, record.peer)
    record.add(they.tool.name, theirs)
    left = {d.case for d in comparison.unexplained}
    once = [Difference(d.case, ours[d.case], theirs[d.case]) for d in first.unexplained if d.case not in left]
    return _tell(comparison, we.url, once)


def _compared(ours: Grades, theirs: Grades, chosen: Iterable[str], peer: str) -> Comparison:
    ids = set(chosen)
    mine, other = ({id_: pairs for id_, pairs in grades.items() if id_ in ids} for grades in (ours, theirs))
    return compare(mine, other, read_known(), peer)


def _tell(comparison: Comparison, where: str, once: Sequence[Difference] = ()) -> ExitCode:
    for line in describe(comparison, where, once):
        echo(line)
    _require_some(comparison.compared)
    return ExitCode.PASSED if comparison.is_fine else ExitCode.FAILED


def _require_some(compared: object) -> None:
    if not compared:
        raise NothingSelectedError("no selected case is one of Autobahn's")


# The two sides


@dataclass(frozen=True, slots=True)
class _We:
    """Our side."""

    url: str
    settings: Settings
    console: Screen

    def play(self, cases: Sequence[Case], *, alone: bool = False) -> Grades:
        """Play cases; return the final grades of each, and those of plays alone."""
        seen: dict[str, tuple[tuple[str, str], ...]] = {}
        with _progress(self.console, "wsconform", len(cases)) as begins:

            def settled(outcome: ConversationOutcome) -> None:
                begins(outcome.case.id)
                plays = (outcome.final, *(play for play in outcome.plays if play.alone))
                pairs = (each.parity for each in plays if each.parity is not None)
                seen[outcome.case.id] = tuple(dict.fromkeys((pair.behavior, pair.close) for pair in pairs))

            settings = replace(self.settings, concurrency=1) if alone else self.settings
            ConversationRunner.measured(ExternalServer(self.url, Trust(verified=False)), settings, settled).play(cases)
        if failed := [id_ for id_, pairs in seen.items() if not pairs]:
            raise ConformanceError(
                f"wsconform itself failed at {ranges(failed)}; play them with `wsconform run` to see why"
            )
        return seen


@dataclass(frozen=True, slots=True)
class _They:
    """Autobahn's tool."""

    url: str
    tool: Tool
    console: Screen

    def play(self, ids: Sequence[str]) -> Grades:
        """Play cases."""
        limits = {id_: case.within for id_, case in WEBSOCKET_CASES.items()}
        with _progress(self.console, "Autobahn's tool", len(ids)) as begins:
            return play(self.tool, self.url, ids, limits=limits, started=begins)


# The terminal


@contextmanager
def _progress(console: Screen, who: str, cases: int) -> Iterator[Callable[[str], None]]:
    """Show progress: a live line on a terminal, else a line for each family; yields a function that takes case ids."""
    if not console.is_terminal:
        _note(console, f"{who}: playing {cases} case{'s' * (cases != 1)}")
        yield _by_family(console, who)
        return
    columns = (
        TextColumn("{task.description}", style="bold"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[at]}"),
    )
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bars:
        task = bars.add_task(who, total=cases, at="")
        yield lambda id_: bars.update(task, advance=1, at=id_)


def _by_family(console: Screen, who: str) -> Callable[[str], None]:
    begun: set[str] = set()

    def begins(id_: str) -> None:
        family = id_.partition(".")[0]
        if family not in begun and begun:
            _note(console, f"{who}: at {id_}")
        begun.add(family)

    return begins


def _note(console: Screen, text: str) -> None:
    say(console, text, style="dim")
