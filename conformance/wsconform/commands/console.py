"""Print to the terminal: live progress, plain lines where there is no terminal, and the summary of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from wsconform.commands.listing import STYLES, TEXT_SHOWN, list_findings, shown_name
from wsconform.commands.screen import say, styled
from wsconform.matrix.events import CellBegins, Event, Note, Repeating, Replaying
from wsreport import model as lines
from wsreport.gate import Gate
from wsreport.model import one_line

__all__ = ["Terminal", "summarise"]

CELL_STYLES = {"unsupported": "dim", "not-run": "yellow"}
ALIKE_SHOWN = 12
PROBLEMS_SHOWN = 50


@dataclass
class _Underway:
    """A cell that is being played."""

    cases: int
    counts: Counter[str] = field(default_factory=Counter)
    task: TaskID | None = None

    @property
    def settled(self) -> int:
        return self.counts.total()


@dataclass
class Terminal:
    """A listener that shows the progress of a run; cells may be played side by side.

    Attributes:
        cells: how many there will be.
    """

    console: Console
    cells: int = 1
    _underway: dict[str, _Underway] = field(default_factory=dict, init=False)
    _ended: int = field(default=0, init=False)
    _progress: Progress | None = field(default=None, init=False)
    _overall: TaskID | None = field(default=None, init=False)

    def __call__(self, event: Event) -> None:
        """Show an event."""
        match event:
            case Note():
                self._note(event.text)
            case CellBegins():
                self._begin(event.start, event.cases)
            case lines.Result():
                self._count(event)
            case Replaying():
                self._replaying(event)
            case Repeating():
                self._repeating(event)
            case lines.CellEnd():
                self._end(event)

    def _note(self, text: str) -> None:
        say(self.console, text, style="dim")

    def _begin(self, start: lines.CellStart, cases: int) -> None:
        cell = self._underway[start.cell] = _Underway(cases)
        if self.console.is_terminal:
            cell.task = self._bars().add_task(shown_name(start.cell), total=cases, counts="")
        elif cases and start.url:
            self._note(
                f"{shown_name(start.cell)}: playing {cases} case{'s' * (cases != 1)}, up to {start.concurrency} at once"
            )

    def _count(self, result: lines.Result) -> None:
        cell = self._underway[result.cell]
        cell.counts[result.verdict] += 1
        if self._progress is not None and cell.task is not None:
            self._progress.update(cell.task, advance=1, counts=_beside_passes(cell.counts))

    def _replaying(self, event: Replaying) -> None:
        if self._progress is None:
            cell = self._underway[event.cell]
            self._note(
                f"{shown_name(event.cell)}: {cell.settled} of {cell.cases} settled; playing {event.cases} again, alone"
            )

    def _repeating(self, event: Repeating) -> None:
        cell = self._underway[event.cell]
        text = f"{shown_name(event.cell)}: play {event.number} of each case"
        if self._progress is not None and cell.task is not None:
            self._progress.update(cell.task, description=text)
        elif str(event.number).rstrip("0") in ("1", "2", "5"):  # 1, 2, 5, 10, 20, …: many rounds are a few lines
            self._note(text)

    def stop(self) -> None:
        """Take the live display away."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = self._overall = None

    def _end(self, end: lines.CellEnd) -> None:
        cell = self._underway.pop(end.cell)
        self._ended += 1
        if self._ended >= self.cells:
            self.stop()
        elif self._progress is not None and cell.task is not None:
            self._progress.remove_task(cell.task)
            if self._overall is not None:
                self._progress.update(self._overall, completed=self._ended)
        if end.status == "complete":
            self._note(f"{shown_name(end.cell)}: {_in_words(cell.counts)} in {end.seconds:.1f} s")
            if end.reason:
                say(self.console, (f"{shown_name(end.cell)}: note:", "yellow"), " ", end.reason)
        else:
            style = CELL_STYLES.get(end.status, "bold red")
            say(self.console, (f"{shown_name(end.cell)}: {end.status}:", style), " ", end.reason)

    def _bars(self) -> Progress:
        if self._progress is None:
            self._progress = Progress(
                TextColumn("{task.description}", style="bold", markup=False, table_column=_narrow(44)),
                BarColumn(20),
                MofNCompleteColumn(),
                TextColumn("{task.fields[counts]}", table_column=_narrow(24)),
                TimeElapsedColumn(),
                console=self.console,
                transient=True,
            )
            if self.cells > 1:
                self._overall = self._progress.add_task("cells", total=self.cells, completed=self._ended, counts="")
            self._progress.start()
        return self._progress


def summarise(
    console: Console, run: lines.Run, outcome: Gate, *, places: Iterable[Path] = (), verbose: bool = False
) -> None:
    """Print the findings and the table of a run, and where the report is.

    Args:
        console: where to.
        run: as it was read back.
        outcome: the outcome of its gate; deviations that it excuses are only counted.
        places: files to point to.
        verbose: print all findings, each with its cases.
    """
    if not any(played.results for played in run.cells.values()):
        return  # the reasons have been printed as they came up
    console.print()
    list_findings(console, run, outcome, cases=verbose)
    console.print(_table(run))
    _flaky_passes(console, run)
    _unbound(console, run)
    if not run.complete:
        say(console, ("INCOMPLETE", "bold red"), " This run did not play all of its plan:")
        for problem in run.problems[:PROBLEMS_SHOWN]:
            say(console, "  ", one_line(problem, TEXT_SHOWN))
        if (left := len(run.problems) - PROBLEMS_SHOWN) > 0:
            say(console, f"  … and {left} more")
    for place in places:
        say(console, str(place))


def _table(run: lines.Run) -> Table:
    verdicts = [v for v in lines.VERDICTS if any(v in run.counts(cell) for cell in run.cells)]
    table = Table()
    table.add_column("target × server", overflow="fold")
    for verdict in verdicts:
        table.add_column(verdict, justify="right", style=STYLES.get(verdict, "red"))
    is_flaky = any(result.is_flaky for played in run.cells.values() for result in played.results.values())
    if is_flaky:
        table.add_column("flaky", justify="right", style="yellow")
    for heading in ("Autobahn OK", "seconds"):
        table.add_column(heading, justify="right")
    planned = [cell.id for cell in run.header.plan.cells]
    for cell, played in sorted(
        run.cells.items(), key=lambda item: planned.index(item[0]) if item[0] in planned else -1
    ):
        counts = run.counts(cell)
        status = "" if played.end is None or played.end.status == "complete" else f" ({played.end.status})"
        seconds = f"{played.end.seconds:.1f}" if played.end and played.results else ""
        numbers = [str(counts.get(verdict, "")) for verdict in verdicts]
        if is_flaky:
            numbers.append(str(sum(result.is_flaky for result in played.results.values()) or ""))
        table.add_row(styled(shown_name(cell), status), *numbers, _parity(played), seconds)
    return table


def _parity(played: lines.CellRun) -> str:
    grades = [result.grades for result in played.results.values() if result.grades is not None]
    fine = sum({g.behavior, g.behaviorClose} <= {"OK", "INFORMATIONAL"} for g in grades)
    return f"{fine} of {len(grades)}" if grades else ""


def _unbound(console: Console, run: lines.Run) -> None:
    """Print for each target how many clauses it breaks that it does not promise; the page lists them."""
    found: dict[tuple[str, str], set[str]] = {}
    for played in run.cells.values():
        target = played.start.target
        cases = {case for case, result in played.results.items() if result.unbound}
        found.setdefault((target.get("name", "?"), target.get("contract", "its profile")), set()).update(cases)
    for (name, profile), cases in found.items():
        if cases:
            text = f"{name} breaks {len(cases)} clause{'s' * (len(cases) != 1)} that {profile} does not promise."
            say(console, one_line(text, TEXT_SHOWN), style="dim")


def _flaky_passes(console: Console, run: lines.Run) -> None:
    """Print the flaky cases of which no play failed, since they are not among the failures."""
    found: dict[str, list[str]] = {}
    for cell, played in run.cells.items():
        for case, result in played.results.items():
            if result.is_flaky and not result.failed_plays:
                found.setdefault(cell, []).append(case)
    for cell, cases in found.items():
        more = f" and {len(cases) - ALIKE_SHOWN} more" if len(cases) > ALIKE_SHOWN else ""
        listed = ", ".join(map(shown_name, cases[:ALIKE_SHOWN]))
        say(console, f"{shown_name(cell)}: passed with different verdicts: {listed}{more}", style="yellow")


def _narrow(most: int) -> Column:
    """Return a column of at most that many characters, so that the live display fits into 80."""
    return Column(no_wrap=True, overflow="ellipsis", max_width=most)


def _beside_passes(counts: Counter[str]) -> str:
    """Return how many cases did not pass; empty if all did."""
    others = counts - Counter({"pass": counts["pass"]})
    return _in_words(others) if others else ""


def _in_words(counts: Counter[str]) -> str:
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in lines.VERDICTS if counts[verdict]) or "nothing"
