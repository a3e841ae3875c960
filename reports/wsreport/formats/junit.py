"""JUnit XML for the test pages of CI systems: a test suite per cell, a test case per case.

Failed and crashed cases are failures. Failures of the suite itself and missing results are errors, so that an
incomplete run never looks complete. Informational and declined cases, cells that the target does not support, and
deviations that the gate excuses are skipped. Characters that XML forbids are shown as escapes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from wsreport.formats.clauses import describe
from wsreport.formats.summary import counted
from wsreport.formats.walk import Cell, Entry, cells, entries, family_label
from wsreport.gate import Gate, pass_gate
from wsreport.records import Result
from wsreport.run import Run, count_verdicts
from wsreport.terms import CELL_MEANINGS, MISSING, OWNER_MEANINGS, UNSUPPORTED
from wsreport.text import cut, one_line, visible

__all__ = ["render"]

#: How many characters are kept of a name, of a reason, and of a line of a body; how many lines of a kind.
_NAME = 240
_REASON = 1024
_LINE = 1024
_LINES = 64
#: More plays than this are counted instead of listed.
_PLAYS = 5

#: By verdict, the element that says that a case did not simply pass.
_ELEMENTS = {
    "info": "skipped",
    "declined": "skipped",
    "not-run": "skipped",
    UNSUPPORTED: "skipped",
    "fail": "failure",
    "crash": "failure",
    "harness-error": "error",
    MISSING: "error",
}
#: The same for the end of a cell.
_ENDS = {"complete": "", "unsupported": "skipped", "crashed": "failure"}


@dataclass(frozen=True, slots=True)
class _Test:
    """A test case.

    Attributes:
        outcome: the name of the element that says that it did not pass; empty if it passed.
        note: text for `system-out`, of a case that passed.
    """

    name: str
    group: str
    seconds: float = 0.0
    outcome: str = ""
    type: str = ""
    message: str = ""
    body: str = ""
    note: str = ""


def render(run: Run, outcome: Gate | None = None) -> str:
    """Return a run as JUnit XML, for Jenkins, GitLab, GitHub actions, Azure and others.

    Args:
        run: the run, complete or not.
        outcome: the outcome of its gate; None: of a gate without baseline and older run. Unless it is strict, a case
            with the verdict non-strict passes, with a note.

    Returns:
        A document that is valid by the schema of Jenkins (junit-10.xsd).
    """
    outcome = outcome or pass_gate(run)
    facts = _facts(run)
    suites = [_suite(run, "run", list(_whole(run, outcome)), run.footer.seconds if run.footer else 0.0, facts)]
    suites += [
        _suite(run, cell.planned.id, list(_tests(run, cell, outcome)), _seconds(cell), facts | _about(cell))
        for cell in cells(run)
    ]
    totals = [sum(column) for column in zip(*(numbers for numbers, _ in suites), strict=True)]
    head = _tag("testsuites", {"name": run.header.suite.name} | _counts(totals[:3]))
    return "\n".join(
        ['<?xml version="1.0" encoding="UTF-8"?>', head, *(text for _, text in suites), "</testsuites>", ""]
    )


def _suite(
    run: Run, name: str, tests: list[_Test], seconds: float, properties: Mapping[str, str]
) -> tuple[list[int], str]:
    """Return the numbers of tests, failures, errors and skipped tests, and the element."""
    numbers = [len(tests), *(sum(1 for t in tests if t.outcome == kind) for kind in ("failure", "error", "skipped"))]
    when = run.header.started.removesuffix("Z")
    head = _tag("testsuite", {"name": name} | _counts(numbers) | {"time": _time(seconds), "timestamp": when})
    pairs = [_tag("property", {"name": key, "value": value}, closed=True) for key, value in properties.items()]
    lines = [head, "<properties>", *pairs, "</properties>", *map(_test, tests), "</testsuite>"]
    return numbers, "\n".join(lines)


def _counts(numbers: list[int]) -> dict[str, str]:
    return dict(zip(("tests", "failures", "errors", "skipped"), map(str, numbers), strict=False))


def _whole(run: Run, outcome: Gate) -> Iterator[_Test]:
    """Test that the run is complete, that the baseline fits it, and that nothing got worse."""
    count = counted(len(run.problems), "problem")
    yield _overall("the run is complete", "error", "incomplete", f"the run is incomplete: {count}", run.problems)
    if outcome.baseline:
        count = counted(len(outcome.problems), "problem")
        problems = [f"{outcome.baseline}:{problem.line}: {problem.text}" for problem in outcome.problems]
        yield _overall("the baseline fits", "failure", "baseline", f"{count} with the baseline", problems)
    if outcome.comparison is not None:
        what = "changed" if outcome.strict else "got worse"
        changes = [f"{change.kind}: {change}" for change in outcome.changes]
        message = f"{counted(len(changes), 'result')} {what}"
        yield _overall(f"nothing {what}", "failure", "regressed", message, changes)


def _overall(name: str, kind: str, type_: str, message: str, lines: Sequence[str]) -> _Test:
    """Return a test of the run as a whole, which passes if there is no line."""
    return _Test(name, "run", 0.0, kind, type_, message, _listed(lines)) if lines else _Test(name, "run")


def _tests(run: Run, cell: Cell, outcome: Gate) -> Iterator[_Test]:
    """Yield a test for a cell that did not end well, and one for each case.

    Of a cell without any result the cases are not listed: one test says that none was played.
    """
    every = list(entries(run, cell))
    bare = all(entry.result is None for entry in every)
    if cell.status != "complete" or bare:
        yield _end(cell, len(every) if bare else 0)
    if not bare:
        for entry in every:
            yield _case(run, entry, outcome)


def _end(cell: Cell, unplayed: int) -> _Test:
    meaning = CELL_MEANINGS[cell.status]
    message = f"{cell.status}: {cell.reason or meaning}" + (
        f" ({counted(unplayed, 'case')} not played)" * bool(unplayed)
    )
    log = cell.played.end.log if cell.played and cell.played.end else ""
    body = [meaning, *(["End of the log:", *log.splitlines()[-_LINES:]] if log else [])]
    outcome = _ENDS.get(cell.status, "error") or "error"  # complete without a result
    return _Test("the cell is complete", f"{cell.planned.id}.cell", 0.0, outcome, cell.status, message, "\n".join(body))


def _case(run: Run, entry: Entry, outcome: Gate) -> _Test:
    name = f"{entry.info.id} {entry.info.title}"
    # Programs that read JUnit XML take a class name apart at its last full stop.
    group = f"{entry.cell.planned.id}.{family_label(run, entry.info).replace('.', '_')}"
    result = entry.result
    if result is None:
        message = "not played" if entry.verdict == MISSING else entry.cell.reason
        return _Test(name, group, 0.0, _ELEMENTS[entry.verdict], entry.verdict, message)
    excuse = outcome.excuse(result.cell, result.case)
    fails = outcome.strict and result.verdict == "non-strict"
    element = "failure" if fails else _ELEMENTS.get(result.verdict, "")
    if element == "failure" and excuse:
        return _Test(name, group, result.seconds, "skipped", result.verdict, f"{excuse}: {entry.explanation}")
    if element in {"failure", "error"}:
        body = "\n".join(_body(run, entry, result))
        return _Test(name, group, result.seconds, element, result.verdict, entry.explanation, body)
    note = f"non-strict: {entry.explanation}" if result.verdict == "non-strict" else result.flaky
    return _Test(name, group, result.seconds, element, result.verdict, entry.explanation, note=note)


def _body(run: Run, entry: Entry, result: Result) -> Iterator[str]:
    """Yield what a reader needs to find the cause and to play the case again."""
    yield f"{result.verdict}: {entry.explanation}"
    yield from ("Expected:", _listed(result.expected or entry.info.expects or ("nothing",)))
    yield from ("Observed:", _listed(result.observed or ("nothing",)))
    if result.closing:
        yield f"Ended: {result.closing}"
    if result.clauses:
        yield from ("Broken clauses:", _listed([describe(clause) for clause in result.clauses]))
    if len(result.plays) > _PLAYS:
        counts = count_verdicts(play.verdict for play in result.plays)
        yield f"Plays: {', '.join(f'{number} {verdict}' for verdict, number in counts.items())}"
    elif len(result.plays) > 1:
        yield f"Plays: {', '.join(play.verdict for play in result.plays)}"
    if entry.attribution:
        yield f"Owner: {entry.attribution.owner}. {OWNER_MEANINGS[entry.attribution.owner]}"
    if command := run.command(entry.cell.planned.id, entry.info.id):
        yield f"Play just this case: {command}"


def _listed(lines: Iterable[str]) -> str:
    shown = [f"  - {one_line(line, _LINE)}" for line in lines]
    more = len(shown) - _LINES
    return "\n".join(shown[:_LINES] + ([f"  - … and {more} more"] if more > 0 else []))


def _facts(run: Run) -> dict[str, str]:
    """Return what holds for all cells."""
    head = run.header
    return {
        "suite": str(head.suite),
        "profile": head.plan.profile,
        "repeat": str(head.plan.repeat),
        "plan.digest": head.plan.digest,
        "verdicts.digest": run.verdict_digest,
        "complete": "yes" if run.complete else "no",
        "seed": str(head.seed),
        **{f"machine.{name}": value for name, value in head.machine.items()},
    }


def _about(cell: Cell) -> dict[str, str]:
    """Return what is known about a cell."""
    about = {"cell.status": cell.status, "target": cell.planned.target, "server": cell.planned.server}
    if cell.played is None:
        return about
    start = cell.played.start
    tables = {"target": start.target, "server": start.server, "version": start.versions}
    return about | {"url": start.url} | {f"{key}.{n}": v for key, table in tables.items() for n, v in table.items()}


def _seconds(cell: Cell) -> float:
    if cell.played is None:
        return 0.0
    return cell.played.end.seconds if cell.played.end else sum(r.seconds for r in cell.played.results.values())


def _test(test: _Test) -> str:
    attributes = {"name": test.name, "classname": test.group, "time": _time(test.seconds)}
    if not test.outcome and not test.note:
        return _tag("testcase", attributes, closed=True)
    if test.outcome:
        inside = _tag(test.outcome, {"type": test.type, "message": cut(test.message, _REASON)})
        inside += f"{_text(test.body)}</{test.outcome}>"
    else:
        inside = f"<system-out>{_text(test.note)}</system-out>"
    return f"{_tag('testcase', attributes)}{inside}</testcase>"


def _tag(element: str, attributes: Mapping[str, str], *, closed: bool = False) -> str:
    pairs = "".join(f" {name}={quoteattr(one_line(value, _limit(name)))}" for name, value in attributes.items())
    return f"<{element}{pairs}{'/' * closed}>"


def _limit(attribute: str) -> int:
    return _NAME if attribute in {"name", "classname"} else 2 * _REASON


def _text(text: str) -> str:
    return escape("\n".join(cut(visible(line), 2 * _LINE) for line in text.split("\n")))


def _time(seconds: float) -> str:
    return f"{max(seconds, 0.0):.3f}"
