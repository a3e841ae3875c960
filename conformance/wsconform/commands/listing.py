"""Print findings to the terminal, the most serious first, and the cases behind them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import click
from rich.console import Console

from wsconform.commands.screen import say
from wsreport import model as lines
from wsreport.findings import Finding, Occurrence, Severity, describe, findings_of
from wsreport.gate import Gate
from wsreport.model import one_line
from wsreport.records import PASSING

__all__ = ["FINDINGS_SHOWN", "STYLES", "TEXT_SHOWN", "list_findings", "print_findings", "shown_name", "verbose_option"]

#: Prints the cases of each finding.
verbose_option = click.option("--verbose", "-v", is_flag=True, help="Print all findings, each with its cases.")

STYLES = {"pass": "green", "info": "cyan", "declined": "cyan", "non-strict": "yellow"}
SEVERITY_STYLES: dict[Severity, str] = {"security": "bold red", "interoperability": "red", "strictness": "yellow"}
FINDINGS_SHOWN = 10
WIRE_SHOWN = 12
FAILURES_SHOWN = 20  # of a finding
ALIKE_SHOWN = 12
NAME_SHOWN = 240  # characters of an id, a title or a name
TEXT_SHOWN = 4096  # of a reason or a step


def list_findings(console: Console, run: lines.Run, outcome: Gate, *, cases: bool = False) -> None:
    """Print the first findings of a run.

    Args:
        console: where to.
        run: as it was read back.
        outcome: the outcome of its gate; deviations that it excuses are only counted.
        cases: print all findings, each with its cases.
    """
    found = findings_of(run, lambda result: not outcome.excuse(result.cell, result.case))
    print_findings(console, found if cases else found[:FINDINGS_SHOWN], cases=cases)
    if not cases and (left := found[FINDINGS_SHOWN:]):
        results = sum(len(finding.occurrences) + len(finding.derived) for finding in left)
        text = f"… and {len(left)} more finding{'s' * (len(left) != 1)} with {results} results; --verbose prints all"
        say(console, f"{text}, and so does `wsconform findings`.\n")
    excused = sum(
        result.verdict not in PASSING and bool(outcome.excuse(result.cell, result.case))
        for played in run.cells.values()
        for result in played.results.values()
    )
    if excused:
        text = f"{excused} deviation{'s are' if excused > 1 else ' is'} accepted or no worse than before; the page has "
        say(console, text + ("them" if excused > 1 else "it") + ".\n", style="dim")


def print_findings(console: Console, findings: Iterable[Finding], *, cases: bool = False) -> None:
    """Print findings, numbered from 1.

    Args:
        console: where to.
        findings: in order.
        cases: print the cases of each.
    """
    for number, finding in enumerate(findings, 1):
        title = one_line(finding.title, NAME_SHOWN)
        say(console, (f"{number}. {title}", f"bold {SEVERITY_STYLES[finding.severity]}"))
        for name, text in describe(finding):
            _row(console, name, text)
        console.print()
        if cases:
            _cases(console, finding)


def shown_name(text: str) -> str:
    """Return an id, a title or a name as a line of bounded length."""
    return one_line(text, NAME_SHOWN)


def _row(console: Console, name: str, text: str) -> None:
    say(console, f"  {name:<9} ", one_line(text, TEXT_SHOWN))


# The cases of a finding


@dataclass(frozen=True)
class _Failure:
    """A case that did not pass on one or more cells for one reason, and the cases with the same reason there."""

    first: Occurrence
    cells: list[Occurrence] = field(default_factory=list)
    alike: list[str] = field(default_factory=list)

    @property
    def names(self) -> tuple[str, ...]:
        """The ids of the cells."""
        return tuple(one.place.name for one in self.cells)

    @property
    def owners(self) -> list[lines.Owner]:
        """The owners of the failure, where they are known."""
        return list(dict.fromkeys(one.owner for one in self.cells if one.owner))


def _cases(console: Console, finding: Finding) -> None:
    found = _grouped(finding.occurrences)
    for failure in found[:FAILURES_SHOWN]:
        _failure(console, failure)
    if left := sum(1 + len(failure.alike) for failure in found[FAILURES_SHOWN:]):
        say(console, f"… and {left} more cases of this finding; the page shows all of them.\n")


def _grouped(occurrences: Sequence[Occurrence]) -> list[_Failure]:
    """Group results by cells and reason. A flaky case has a group for each rate."""
    cases: dict[tuple[str, str, str, str], _Failure] = {}
    for one in occurrences:
        result = one.result
        key = (result.case, result.verdict, result.reason, result.flaky)
        cases.setdefault(key, _Failure(one)).cells.append(one)
    reasons: dict[tuple[str, str, bool, tuple[str, ...]], _Failure] = {}
    for (case, verdict, reason, flaky), failure in cases.items():
        first = reasons.setdefault((verdict, reason, bool(flaky), failure.names), failure)
        if first is not failure:
            first.alike.append(f"{case} ({flaky})" if flaky else case)
    return list(reasons.values())


def _failure(console: Console, failure: _Failure) -> None:
    def row(name: str, text: str) -> None:
        _row(console, name, text)

    result, case, run = failure.first.result, failure.first.info, failure.first.place.run
    style = STYLES.get(result.verdict, "red")
    where = ", ".join(map(shown_name, failure.names))
    title = (f"{shown_name(result.case)}", "bold"), f" {where}: {shown_name(case.title)}"
    flaky = f" ({result.flaky})" if result.flaky else ""
    say(console, (result.verdict, f"bold {style}"), (flaky, "yellow"), " ", *title)
    row("because", result.reason)
    if failure.alike:
        more = len(failure.alike) - ALIKE_SHOWN
        row("also", ", ".join(failure.alike[:ALIKE_SHOWN]) + (f" and {more} more" if more > 0 else ""))
    for owner in failure.owners:
        row("owner", f"{owner}: {lines.OWNER_MEANINGS[owner]}")
    for clause in result.clauses:
        section = f"section {clause.section}" if clause.section[:1].isdigit() else clause.section
        row("clause", f"{clause.id} ({section}): {clause.text}")
    row("expected", "; ".join(filter(None, (*result.expected, case.closing))))
    row("observed", "; ".join(filter(None, (*(result.observed or ("nothing",)), result.closing))))
    row("plays", _plays(result))
    for entry in result.wire[:WIRE_SHOWN]:
        arrow = "→" if entry.from_ == "us" else "←"
        octets = " ".join(entry.octets[i : i + 2] for i in range(0, min(len(entry.octets), 48), 2))
        row("", f"{entry.at * 1000:8.1f} ms {arrow} {entry.what:<24} {octets}{' …' if entry.size > 24 else ''}")
    row("again", run.command(result.cell, result.case))
    console.print()


def _plays(result: lines.Result) -> str:
    """Return how many plays had the verdict; of a flaky case how many did not pass, and whether only under load."""
    if not result.is_flaky:
        agreeing = sum(play.verdict == result.verdict for play in result.plays)
        return f"{result.verdict} in {agreeing} of {len(result.plays)}"
    text = f"{result.failed_plays} of {len(result.counted)} did not pass; the verdict is the worst of them"
    if result.failed_only_together:
        text += "; those that did not were played beside other cases: try --concurrency 1"
    return text
