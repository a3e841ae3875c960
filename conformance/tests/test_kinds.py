"""The table of kinds: complete, and a new kind is one line of it."""

from __future__ import annotations

from pathlib import Path

import pytest

import wsconform
from conformance.tests import toy
from conformance.tests.toy import kind as toy_kind
from wsconform import kinds
from wsconform.cases import CATALOGUE
from wsconform.kind import AnyCase, Settings
from wsconform.kinds import KINDS, by_kind, kind_of
from wsconform.matrix.cell import Cell, play_cell
from wsconform.matrix.events import CellBegins, Event
from wsconform.selection import with_profile
from wsreport import model as lines


def test_every_case_of_the_catalogue_has_exactly_one_kind() -> None:
    for case in CATALOGUE.values():
        assert sum(isinstance(case, kind.case) for kind in KINDS) == 1


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.case.__name__)
def test_every_kind_has_a_player(kind: kinds.Kind) -> None:
    assert callable(kind.play)


def test_cases_are_grouped_by_kind_in_the_order_of_the_table() -> None:
    cases = [CATALOGUE[id_] for id_ in ("A.1.1", "W.1.1", "1.1.2", "1.1.1")]
    assert [[case.id for case in own] for _, own in by_kind(cases)] == [["1.1.2", "1.1.1"], ["W.1.1"], ["A.1.1"]]


@pytest.mark.parametrize("case", CATALOGUE.values(), ids=CATALOGUE)
def test_every_case_is_described_in_short_printable_lines(case: AnyCase) -> None:
    described = kind_of(case).describe(case)
    assert all(line.strip() and line.isprintable() for line in described)
    # A title may show a whole sample, and a clause of an RFC is quoted whole.
    own = [line for line in described[1:] if not line.startswith("  § ")]
    assert max(map(len, own)) < (400 if case.family == "A" else 200)


@pytest.fixture
def toy_in_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one line that a new kind adds."""
    monkeypatch.setattr(kinds, "KINDS", (*KINDS, toy_kind.KIND))


@pytest.mark.usefixtures("toy_in_the_table", "reactor")
def test_a_toy_kind_is_selected_shortened_played_and_recorded() -> None:
    """A folder (`toy`) and a line of the table are all that a new kind needs."""
    right, wrong, long = (toy.ToyCase(f"T.{n}", "A toy.", answer) for n, answer in enumerate((42, 41, 43)))
    cases = with_profile([right, wrong, long], "fast")
    assert cases == [right, wrong]
    assert kind_of(right).describe(right) == ["[T.0] A toy."]
    events: list[Event] = []
    cell = Cell("t/s", {"name": "t"}, {"name": "s"}, serve=toy.serve)
    play_cell(cell, cases, Settings(), events.append)
    (begins,) = (event for event in events if isinstance(event, CellBegins))
    assert begins.cases == 2
    assert begins.start.target == {"name": "t", "toy": "yes"}
    results = [event for event in events if isinstance(event, lines.Result)]
    assert [(result.case, result.verdict) for result in results] == [("T.0", "pass"), ("T.1", "fail")]
    assert isinstance(events[-1], lines.CellEnd)
    assert events[-1].status == "complete"


def test_only_the_table_of_kinds_names_the_kinds() -> None:
    """No other module of the suite decides by the class of a case."""
    root = Path(wsconform.__file__).parent
    classes = [kind.case.__name__ for kind in KINDS]
    own = {"conversation", "script", "contract", "cases"}
    deciding = [
        f"{path.relative_to(root)}: {line.strip()}"
        for path in sorted(root.rglob("*.py"))
        if path.relative_to(root).parts[0] not in {*own, "site"}
        for line in path.read_text("utf-8").splitlines()
        if any(f"isinstance(case, {name}" in line or f"case {name}(" in line for name in classes)
    ]
    assert deciding == []
