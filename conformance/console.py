"""What the terminal shows: live progress, plain lines in CI, and the summary of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from reports import model as lines

if TYPE_CHECKING:  # at run time they would bring Twisted along
    from conformance.runner import Outcome
    from conformance.session import Cell

__all__ = ["Terminal", "summarise"]

STYLES = {"pass": "green", "info": "cyan", "declined": "cyan", "non-strict": "yellow", "not-run": "dim"}
WIRE_SHOWN = 12
FAILURES_SHOWN = 20
CONTROLS = dict.fromkeys({*range(32), *range(127, 160)} - set(map(ord, "\n\t")), "\N{REPLACEMENT CHARACTER}")


@dataclass
class Terminal:
    """Tells a person, or a CI log, how a run goes on."""

    console: Console
    _counts: Counter[str] = field(default_factory=Counter, init=False)
    _progress: Progress | None = field(default=None, init=False)
    _task: TaskID = field(default=TaskID(0), init=False)
    _total: int = field(default=0, init=False)

    def note(self, text: str) -> None:
        """A line of information."""
        self.console.print(escape(text), style="dim", highlight=False, soft_wrap=True)

    def cell_begins(self, cell: Cell, cases: int, concurrency: int) -> None:
        """Playing begins."""
        self._counts.clear()
        self._total = cases
        if not self.console.is_terminal:
            self.note(f"{cell.id}: playing {cases} case{'s' * (cases != 1)}, up to {concurrency} at once")
            return
        self._progress = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[counts]}"),
            TimeRemainingColumn(),
            console=self.console,
            transient=True,
        )
        self._task = self._progress.add_task(escape(cell.id), total=cases, counts="")
        self._progress.start()

    def outcome(self, outcome: Outcome) -> None:
        """A case is settled."""
        self._counts[outcome.final.judgement.verdict.value] += 1
        if self._progress is not None:
            self._progress.update(self._task, advance=1, counts=_in_words(self._counts))

    def replaying(self, cases: int) -> None:
        """So many did not pass and are played again."""
        if self._progress is None:
            self.note(f"  {self._total - cases} of {self._total} settled; playing {cases} again, alone")

    def stop(self) -> None:
        """Take the live display away."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def cell_ends(self, cell: Cell, end: lines.CellEnd) -> None:
        """The cell is over."""
        self.stop()
        if end.status == "complete":
            self.note(f"{cell.id}: {_in_words(self._counts)} in {end.seconds:.1f} s")
        else:
            what = f"[bold red]{escape(cell.id)}: {end.status}:[/] {escape(_harmless(end.reason))}"
            self.console.print(what, highlight=False, soft_wrap=True)


def summarise(console: Console, run: lines.Run, *, command: str, places: Iterable[Path] = ()) -> None:
    """The table of a run, what did not pass, and where the report is.

    Args:
        console: where to.
        run: as it was read back.
        command: how to play one case again, with ``{case}`` and ``{server}`` to be filled in.
        places: files to point to.
    """
    if not any(played.results for played in run.cells.values()):
        return  # the reasons have been printed as they came up
    console.print()
    _failures(console, run, command)
    console.print(_table(run))
    if not run.complete:
        console.print("[bold red]INCOMPLETE[/] This run does not cover its plan:")
        for problem in run.problems:
            console.print(f"  {problem}", markup=False, highlight=False, soft_wrap=True)
    for place in places:
        console.print(f"{place}", markup=False, highlight=False, soft_wrap=True)


def _table(run: lines.Run) -> Table:
    verdicts = [v for v in lines.VERDICTS if any(v in run.counts(cell) for cell in run.cells)]
    table = Table()
    table.add_column("target × server")
    for verdict in verdicts:
        table.add_column(verdict, justify="right", style=STYLES.get(verdict, "red"))
    for heading in ("parity OK", "seconds"):
        table.add_column(heading, justify="right")
    for cell, played in run.cells.items():
        counts = run.counts(cell)
        status = "" if played.end is None or played.end.status == "complete" else f" ({played.end.status})"
        seconds = f"{played.end.seconds:.1f}" if played.end else ""
        numbers = [str(counts.get(verdict, "")) for verdict in verdicts]
        table.add_row(escape(cell) + status, *numbers, _parity(played), seconds)
    return table


def _parity(played: lines.CellRun) -> str:
    grades = [result.grades for result in played.results.values() if result.grades is not None]
    fine = sum({g.behavior, g.behaviorClose} <= {"OK", "INFORMATIONAL"} for g in grades)
    return f"{fine} of {len(played.results)}"


def _failures(console: Console, run: lines.Run, command: str) -> None:
    found = [
        (played, result)
        for played in run.cells.values()
        for result in played.results.values()
        if result.verdict not in ("pass", "info", "declined")
    ]
    # What fails is of more interest than what is not strict.
    found.sort(key=lambda pair: pair[1].verdict == "non-strict")
    for played, result in found[:FAILURES_SHOWN]:
        _failure(console, run, played, result, command)
    if len(found) > FAILURES_SHOWN:
        console.print(f"… and {len(found) - FAILURES_SHOWN} more that did not pass; the report has them all.\n")


def _failure(console: Console, run: lines.Run, played: lines.CellRun, result: lines.Result, command: str) -> None:
    def row(name: str, text: str) -> None:
        console.print(f"  {name:<9} {_harmless(text)}", markup=False, highlight=False, soft_wrap=True)

    case = run.cases[result.case]
    style = STYLES.get(result.verdict, "red")
    console.print(
        f"[bold {style}]{result.verdict}[/] [bold]{result.case}[/] {escape(result.cell)}: {escape(case.title)}",
        soft_wrap=True,
    )
    row("because", result.reason)
    for clause in result.clauses:
        row("clause", f"{clause.id} (section {clause.section}): {clause.text}")
    row("expected", "; ".join((*result.expected, case.closing)))
    row("observed", "; ".join((*(result.observed or ("nothing",)), result.closing)))
    agreeing = sum(play.verdict == result.verdict for play in result.plays)
    row("plays", f"{agreeing} of {len(result.plays)} said {result.verdict}")
    for entry in result.wire[:WIRE_SHOWN]:
        arrow = "→" if entry.from_ == "us" else "←"
        octets = " ".join(entry.octets[i : i + 2] for i in range(0, min(len(entry.octets), 48), 2))
        row("", f"{entry.at * 1000:8.1f} ms {arrow} {entry.what:<24} {octets}{' …' if entry.size > 24 else ''}")
    row("again", command.format(case=result.case, server=played.start.server["name"]))
    console.print()


def _harmless(text: str) -> str:
    """A peer's words without what a terminal would obey."""
    return text.translate(CONTROLS)


def _in_words(counts: Counter[str]) -> str:
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in lines.VERDICTS if counts[verdict]) or "nothing"
