"""Which Pongs answer a Ping of ours."""

from __future__ import annotations

import pytest

from wsconform.conversation.model import Event
from wsconform.conversation.pongs import solicited
from wsconform.model import Excerpt, Fill, Frame, Message, Opcode, Pong

ONE, TWO, EMPTY = Pong(b"one"), Pong(b"two"), Pong()
HELLO = Message(b"Hello")


@pytest.mark.parametrize(
    ("pings", "events", "kept"),
    [
        ([], [ONE, HELLO, EMPTY], [HELLO]),
        ([b"one"], [TWO, ONE, HELLO], [ONE, HELLO]),
        ([b"one"], [ONE, ONE], [ONE]),
        ([b"one", b"one"], [ONE, ONE, ONE], [ONE, ONE]),
        ([b"one", b"two"], [TWO, ONE], [TWO, ONE]),
        ([b""], [ONE, EMPTY, EMPTY], [EMPTY]),
        ([Fill(b"x", 125)], [Pong(b"x" * 125), Pong(b"x")], [Pong(b"x" * 125)]),
        ([b"one"], [Pong(Excerpt(b"x" * 64, 100))], []),
    ],
)
def test_only_answers_are_kept(pings: list[bytes], events: list[Event], kept: list[Event]) -> None:
    steps = [Frame(Opcode.TEXT, b"one"), *(Frame(Opcode.PING, payload) for payload in pings)]
    assert solicited(steps, events) == kept
