"""The values of a case: payloads that are built late, when events are the same, what an id says."""

import dataclasses

import pytest

from wsconform import model
from wsconform.cases import CATALOGUE
from wsconform.conversation.model import Case, Echoes, StillOpen
from wsconform.model import Fill, Message, Pong, same


@pytest.mark.parametrize(
    ("pattern", "size", "octets"),
    [(b"*", 0, b""), (b"*", 3, b"***"), (b"abc", 3, b"abc"), (b"abc", 7, b"abcabca"), (b"abc", 2, b"ab")],
)
def test_a_fill_repeats_its_pattern(pattern, size, octets):
    fill = Fill(pattern, size)
    assert (bytes(fill), len(fill)) == (octets, size)


SAME = [
    (Message(b"abab"), Message(b"abab")),
    (Message(Fill(b"ab", 4)), Message(b"abab")),
    (Message(b"abab"), Message(Fill(b"ab", 4))),
    (Message(Fill(b"ab", 4)), Message(Fill(b"abab", 4))),
    (Message(b"", binary=True), Message(b"", binary=True)),
    (Pong(b"ab"), Pong(Fill(b"ab", 2))),
    (Pong(), Pong(b"")),
    (StillOpen("A"), StillOpen("A")),
    (Echoes(3), Echoes(3)),
]
DIFFERENT = [
    (Message(b"a"), Message(b"a", binary=True)),
    (Message(b"a"), Message(b"b")),
    (Message(b"a"), Message(b"ab")),
    (Message(Fill(b"ab", 4)), Message(Fill(b"ab", 5))),
    (Message(b"a"), Pong(b"a")),
    (Pong(b"a"), Pong(b"b")),
    (Pong(b""), Message(b"")),
    (StillOpen("A"), StillOpen("B")),
    (Echoes(3), Echoes(2)),
    (Echoes(3), Echoes(3, exact=False)),
]


@pytest.mark.parametrize(("one", "two"), SAME)
def test_events_are_the_same_however_their_payload_is_written(one, two):
    assert same(one, two)
    assert same(two, one)


@pytest.mark.parametrize(("one", "two"), DIFFERENT)
def test_events_that_differ_in_anything_are_not_the_same(one, two):
    assert not same(one, two)
    assert not same(two, one)


@pytest.mark.parametrize(("id_", "family"), [("1.1.1", "1"), ("10.1.1", "10"), ("5.15", "5"), ("H.2", "H")])
def test_the_family_is_what_an_id_starts_with(id_, family):
    assert Case(id_, "A title.", ()).family == family


def test_values_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        CATALOGUE["1.1.1"].title = "Another title."


def test_every_public_name_is_listed():
    """``__all__`` has each name that the module defines without an underscore, but for the unions' parts."""
    imported = {"annotations", "dataclass", "Enum", "IntEnum", "lcm"}
    defined = {name for name in vars(model) if not name.startswith("_")} - imported
    assert sorted(model.__all__) == sorted(defined)
