"""Events between two processes: what is encoded at one end is decoded at the other."""

from __future__ import annotations

import pytest

from conformance.tests.support.values import answered, outcome, seen
from wsconform.cases import CATALOGUE
from wsconform.conversation.kind import result
from wsconform.matrix.events import CellBegins, Event, Note, Repeating, Replaying
from wsconform.matrix.messages import decode, encode
from wsreport import model as lines

EVENTS: list[Event] = [
    Note("installing\nthings"),
    CellBegins(lines.CellStart("a/b", {"name": "a"}, {"name": "b"}), 3),
    Replaying("a/b", 2),
    Repeating("a/b", 3),
    result("a/b", outcome(CATALOGUE["1.1.2"], seen(ending=answered()))),
    lines.Attribution("a/b", "1.1.2", "both", (lines.Control("x", "fail", "y"),)),
    lines.CellEnd("a/b", "complete", log="\N{SNOWMAN}\n"),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_is_one_line_and_the_same_again(event: Event) -> None:
    line = encode(event)
    assert "\n" not in line
    assert decode(line) == event


@pytest.mark.parametrize("line", ['{"kind": "__init__"}', '["note"]', "3", '{"text": "x"}'])
def test_a_line_that_is_no_event_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="no event is called"):
        decode(line)
