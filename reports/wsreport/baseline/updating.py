"""Rewrite a baseline after a run: keep its comments, its order and its reasons, and hide no regression."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from math import ceil, comb

import tomlkit
from tomlkit import TOMLDocument
from tomlkit.items import AoT, Item, Table

from wsreport.baseline.entries import FORMAT, HEADING, TODO, Baseline, BaselineError, parse
from wsreport.baseline.judging import Place, assigned_entries, deviation, passes
from wsreport.patterns import case_matcher, matcher
from wsreport.records import Result, Verdict
from wsreport.run import Run

__all__ = ["Update", "update"]

#: Characters of a reason that an entry pins, at most.
_LONGEST_REASON = 160
#: Patterns on one line of an array, at most.
_ON_A_LINE = 4
#: The share of runs that may exceed the bound of a flaky case by chance, and the steps of bounds from 0 to 1.
_EXCEEDED = 0.001
_STEPS = 20
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_START = """\
# Deviations that are accepted for now. Each entry needs a reason (why); an entry that no longer applies fails the gate.
"""


@dataclass(frozen=True, slots=True)
class Update:
    """A baseline that was rewritten.

    Attributes:
        text: the new content of the file.
        added: results with a new entry.
        removed: results that the file accepted and that pass now.
        refused: results that are worse than the file accepts, and were not named as accepted: they are not in `text`.
    """

    text: str
    added: tuple[Result, ...] = ()
    removed: tuple[Result, ...] = ()
    refused: tuple[Result, ...] = ()


def update(
    text: str | None,
    run: Run,
    *,
    name: str = "baseline",
    strict: bool = False,
    accept: Collection[tuple[str, str]] = (),
) -> Update:
    """Rewrite a baseline so that it fits a run.

    Entries lose the results that pass now. Entries for cells that the run does not have stay as they are. A failure
    that the file does not accept is a regression and is refused, unless `accept` names it or there was no file before.

    Args:
        text: the file's content; None: there was no file, and every failure is accepted.
        run: a complete run.
        name: of the file, for messages.
        strict: accept the verdict non-strict as well.
        accept: cells and cases whose failures are to be accepted; `*` as either part means any.

    Raises:
        BaselineError: the file cannot be read or rewritten, or the run is incomplete.
    """
    if not run.complete:
        raise BaselineError(f"the run is incomplete, so no baseline is made of it: {run.problems[0]}")
    baseline = parse(text, name) if text is not None else Baseline(name)
    assigned = assigned_entries(run, baseline)
    results = {(cell, case): result for cell, each in run.cells.items() for case, result in each.results.items()}
    differing = {
        place: result
        for place, result in results.items()
        if (deviation(result, baseline.entries[assigned[place]]) if place in assigned else _fails(result, strict))
    }
    passing = {place: result for place, result in differing.items() if passes(result.verdict)}
    worse = {place: result for place, result in differing.items() if place not in passing}
    accepted = {place: r for place, r in worse.items() if text is None or _is_named(place, accept)}
    document = tomlkit.parse(text if text is not None else f"{_START}format = {FORMAT}\n")
    tables = _tables(document, name)
    _narrow(tables, assigned, set(passing) | set(accepted))
    for table in _new_tables(list(accepted.values()), run):
        tables.append(table)
    if not tables:
        del document[HEADING]  # or it would be written as an empty list, at the top of the file
    refused = [result for place, result in worse.items() if place not in accepted]
    return Update(tomlkit.dumps(document), tuple(accepted.values()), tuple(passing.values()), tuple(refused))


def _tables(document: TOMLDocument, name: str) -> AoT:
    """Return the entries of a file; add the place for them if there is none.

    Raises:
        BaselineError: they are tables within a list, which cannot be rewritten with their comments.
    """
    tables = document.get(HEADING)
    if isinstance(tables, AoT):
        return tables
    if tables:
        raise BaselineError(
            f"{name}: {HEADING}: write each entry below a line [[{HEADING}]], so that it can be rewritten"
        )
    if tables is not None:
        del document[HEADING]
    document.append(None, tomlkit.ws("\n"))
    tables = tomlkit.aot()
    document.append(HEADING, tables)
    return tables


def _fails(result: Result, strict: bool) -> bool:
    return result.verdict in ("fail", "crash") or (strict and result.verdict == "non-strict")


def _is_named(place: Place, accept: Collection[tuple[str, str]]) -> bool:
    return any(matcher(cell).fullmatch(place[0]) and case_matcher(case).fullmatch(place[1]) for cell, case in accept)


def _narrow(tables: AoT, assigned: Mapping[Place, int], dropped: Collection[Place]) -> None:
    """Take results out of the entries that accept them, and remove entries of which nothing is left."""
    for number in sorted({assigned[place] for place in dropped if place in assigned}, reverse=True):
        places = [place for place, each in assigned.items() if each == number]
        left = [place for place in places if place not in dropped]
        table = tables[number]
        groups = list(_rectangles(left))
        if not groups:
            del tables[number]
            continue
        all_cells = tuple(dict.fromkeys(cell for cell, _ in places))
        for position, (cells, cases) in enumerate(groups):
            part = table if position == 0 else deepcopy(table)
            if cells != all_cells:
                part["cell"] = _value(cells)
            part["case"] = _value(cases)
            if position:
                tables.insert(number + position, part)


def _rectangles(places: Iterable[Place]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Divide places into groups of cells and cases of which every combination is there."""
    cells: dict[str, list[str]] = {}
    for cell, case in places:
        cells.setdefault(case, []).append(cell)
    cases: dict[tuple[str, ...], list[str]] = {}
    for case, its_cells in cells.items():
        cases.setdefault(tuple(its_cells), []).append(case)
    yield from ((key, tuple(its_cases)) for key, its_cases in cases.items())


def _new_tables(results: Sequence[Result], run: Run) -> Iterator[Table]:
    """Make an entry for all results of the same verdict and reason on the same cells."""
    alike: dict[tuple[str, Verdict, str, float], list[Place]] = {}
    for result in results:
        target = run.cells[result.cell].start.target["name"]
        # Which of the reasons a flaky case gives is a matter of chance.
        reason, bound = ("", bound) if (bound := _bound(result)) else (_pattern(result.reason), 0.0)
        alike.setdefault((target, result.verdict, reason, bound), []).append((result.cell, result.case))
    for (target, verdict, reason, bound), places in alike.items():
        of_target = tuple(cell for cell, each in run.cells.items() if each.start.target["name"] == target)
        for cells, cases in _rectangles(places):
            table = tomlkit.table()
            everywhere = cells == of_target and all(cell.startswith(f"{target}/") for cell in cells)
            table["cell"] = f"{target}/*" if everywhere and len(cells) > 1 else _value(cells)
            table["case"] = _value(cases)
            table["verdict"] = verdict
            if reason:
                table["reason"] = reason
            if bound:
                table["flaky"] = tomlkit.inline_table().append("at_most", bound)
            table["why"] = TODO
            yield table


def _bound(result: Result) -> float:
    """Return a bound for the share of plays of a flaky case that do not pass; 0 if the case is not flaky.

    If the case keeps its rate, at most one in a thousand runs with as many plays exceeds the bound. It is a multiple of
    0.05, unless it has to be larger than 0.95. A case of which no play passes is not flaky here.
    """
    count = len(result.counted)
    if not result.is_flaky or result.failed_plays == count:
        return 0.0
    rate = result.failed_plays / count
    more = 1.0  # the probability of more failed plays than are allowed
    for allowed in range(count + 1):
        more -= comb(count, allowed) * rate**allowed * (1 - rate) ** (count - allowed)
        if more <= _EXCEEDED:
            break
    return max(min(ceil(allowed / count * _STEPS), _STEPS - 1) / _STEPS, rate)


def _pattern(reason: str) -> str:
    """Return a pattern for reasons that differ in their numbers alone, such as times and ports."""
    text = "".join(char if char.isprintable() else "*" for char in _NUMBER.sub("*", reason.strip()))
    return text if len(text) <= _LONGEST_REASON else text[:_LONGEST_REASON] + "*"


def _value(texts: tuple[str, ...]) -> Item | str:
    if len(texts) == 1:
        return texts[0]
    array = tomlkit.array()
    array.extend(texts)
    return array.multiline(len(texts) > _ON_A_LINE)
