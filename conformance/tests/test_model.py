"""The values that all kinds of case share: payloads, frames, events and judgements."""

import dataclasses

import pytest

from wsconform import model
from wsconform.conversation.model import Echoes, StillOpen
from wsconform.model import (
    Fault,
    Fill,
    Frame,
    Judgement,
    Message,
    Opcode,
    OpenFrame,
    Pong,
    Split,
    Verdict,
    same,
)


@pytest.mark.parametrize(
    ("pattern", "size", "octets"),
    [(b"*", 0, b""), (b"*", 3, b"***"), (b"abc", 3, b"abc"), (b"abc", 7, b"abcabca"), (b"abc", 2, b"ab")],
)
def test_fill_repeats_its_pattern(pattern, size, octets):
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
def test_events_are_the_same_whatever_type_their_payload_has(one, two):
    assert same(one, two)
    assert same(two, one)


@pytest.mark.parametrize(("one", "two"), DIFFERENT)
def test_events_that_differ_are_not_the_same(one, two):
    assert not same(one, two)
    assert not same(two, one)


@pytest.mark.parametrize(
    "value",
    [
        Frame(Opcode.TEXT),
        Split(Opcode.TEXT, b"abc", 2),
        OpenFrame(Opcode.TEXT, 3),
        Fault(1002, "a masked frame", "6455-5.1-5"),
        Judgement(Verdict.PASS),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_are_equal_and_cannot_be_changed(value):
    assert value == dataclasses.replace(value)
    assert hash(value) == hash(dataclasses.replace(value))
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, dataclasses.fields(value)[0].name, None)


def test_judgement_without_a_reason_breaks_no_clause():
    judgement = Judgement(Verdict.PASS)
    assert (judgement.reason, judgement.clauses) == ("", ())


def test_every_public_name_is_listed():
    """``__all__`` has each name that the module defines without an underscore, but for the unions' parts."""
    imported = {"Enum", "IntEnum", "Literal", "annotations", "dataclass", "lcm"}
    # Pytest adds names with @ when it rewrites assertions.
    defined = {name for name in vars(model) if not name.startswith(("_", "@"))} - imported
    assert sorted(model.__all__) == sorted(defined)
