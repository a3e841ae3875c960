"""Lines of run files, right or nearly right, for hypothesis.

Each file begins as a right one, of this format or an older one. Then a few values are replaced or removed, lines change
their places, and octets are damaged.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from reference_impl.tests.fuzzing.octets import DAMAGES

from reports.tests import fixtures
from wsreport.model import Attribution, CellEnd, Control, Footer, Record
from wsreport.run import count_verdicts, digest_verdicts

INFOS = fixtures.cases({"1": 2, "A": 1})


def _records() -> list[Record]:
    """A right run of two cells, in one of which everything is in trouble."""
    head = fixtures.header(INFOS, ("runserver", "gevent"))
    one, other = (cell.id for cell in head.plan.cells)
    results = {
        one: [fixtures.passed(one, info, number) for number, info in enumerate(INFOS)],
        other: [fixtures.troubled(other, info, n, cycle(fixtures.HOSTILE[:3])) for n, info in enumerate(INFOS)],
    }
    verdicts = {cell: {each.case: each.verdict for each in results[cell]} for cell in results}
    counts = {cell: count_verdicts(cases.values()) for cell, cases in verdicts.items()}
    controls = (Control("the library alone", "fail", "x"), Control("the server alone", "pass"))
    return [
        head,
        *INFOS,
        *(fixtures.begin(one), *results[one], CellEnd(one, "complete")),
        *(fixtures.begin(other), *results[other]),
        Attribution(other, INFOS[0].id, "library", controls),
        CellEnd(other, "crashed", "it ended", 4.0, None, "log"),
        Footer("2026-03-01T12:01:01Z", "complete", 61.5, counts, digest_verdicts(verdicts)),
    ]


FORMAT_1 = Path(__file__).parents[1] / "data" / "format-1.jsonl"
SEEDS = {
    "this format": [json.dumps(record.to_json()) for record in _records()],
    "format 1": FORMAT_1.read_text("ascii").splitlines(),
}

#: JSON that a value is replaced with; the first ones are what other fields have.
SCALARS = (
    *('"pass"', '"fail"', '"1.1"', '"A.1"', '"reference/gevent"', '"case"', '"result"', '"header"', '"footer"'),
    *('""', '"\\ud800"', '"\\u0000\\u001b[31m"', '"[/x]"', '"0g"', '"not promised by x: y"', '"1 2"'),
    *("null", "true", "0", "1", "2", "-1", "3.5", "1e308", "-0.0", "4294967296"),
    *("[]", "{}", "[[]]", '[null, "x", {}]', '{"id": "1.1"}', '{"kind": "case"}', '{"": {"": []}}'),
)
REPLACED, REMOVED, ADDED = "replace", "remove", "add"


@dataclass(frozen=True)
class Change:
    """A change of one value of one line; line and place are given as parts of the whole."""

    line: float
    place: float
    how: str
    json: str

    def made(self, lines: list[str]) -> list[str]:
        """The lines with this change."""
        at = int(self.line * (len(lines) - 1))
        value: Any = json.loads(lines[at])
        places = list(_places(value))
        if not places:
            return lines
        holder, key = places[int(self.place * (len(places) - 1))]
        if self.how == REMOVED:
            del holder[key]
        elif self.how == REPLACED:
            holder[key] = json.loads(self.json)
        elif isinstance(holder, dict):
            holder["unheard-of"] = json.loads(self.json)
        else:
            holder.insert(key, json.loads(self.json))
        return [*lines[:at], json.dumps(value), *lines[at + 1 :]]


def _places(value: Any) -> Any:
    """Yield all places in a JSON value: what holds the place, and its key or index."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])


CHANGES = st.builds(
    Change,
    st.floats(0, 1),
    st.floats(0, 1),
    st.sampled_from([REPLACED, REPLACED, REPLACED, REMOVED, ADDED]),
    st.sampled_from(SCALARS),
)


@dataclass(frozen=True)
class Move:
    """A line goes to another place, or is there twice."""

    start: float
    end: float
    twice: bool

    def made(self, lines: list[str]) -> list[str]:
        """The lines with this move."""
        lines = list(lines)
        at = int(self.start * (len(lines) - 1))
        line = lines[at] if self.twice else lines.pop(at)
        lines.insert(int(self.end * len(lines)), line)
        return lines


MOVES = st.builds(Move, st.floats(0, 1), st.floats(0, 1), st.booleans())


@dataclass(frozen=True)
class RunFile:
    """A run file: a right one, and what is changed in it."""

    seed: str
    changes: tuple[Change | Move, ...] = ()
    damages: tuple[Any, ...] = ()

    def made(self) -> bytes:
        """The octets of the file."""
        lines = SEEDS[self.seed]
        for change in self.changes:
            lines = change.made(lines)
        octets = "".join(f"{line}\n" for line in lines).encode("ascii")
        for damage in self.damages:
            octets = damage.done(octets)
        return octets


RUN_FILES = st.one_of(
    st.builds(RunFile, st.sampled_from(sorted(SEEDS)), st.lists(CHANGES, max_size=3).map(tuple)),
    st.builds(RunFile, st.sampled_from(sorted(SEEDS)), st.lists(st.one_of(CHANGES, MOVES), max_size=4).map(tuple)),
    st.builds(RunFile, st.sampled_from(sorted(SEEDS)), st.just(()), DAMAGES),
)
