"""What was seen of a raw case, in words: one printable line for each event."""

import typing

import pytest

from wsconform.model import Fault, Message, Pong
from wsconform.script import steps
from wsconform.script.describe import _EVENTS, _STEPS, describe_after, describe_end, describe_event, describe_octets
from wsconform.script.events import (
    Answered,
    Counted,
    Crowded,
    Dropped,
    EndSeen,
    Garbled,
    Gone,
    Kept,
    Left,
    Released,
    Resources,
    ScriptEvent,
    ScriptTranscript,
    Silence,
    Switched,
    Unreachable,
)
from wsconform.wire.reader import CloseSeen

BEFORE, NOW = Resources((1,), 5, 9, 2), Resources((1,), 7, 8, 2)
SAID = [
    (Switched("", {}), "101 Switching Protocols"),
    (Answered(200, "OK", {}, b""), "the answer 200 OK"),
    (Answered(500, "", {}, b"<h1>oh\nmore"), "the answer 500 (<h1>oh)"),
    (Answered(500, "", {}, b"x" * 200), f"the answer 500 ({'x' * 120}…)"),
    (Garbled("illegal status line", b"\x81\x00"), "illegal status line (2 octets: 0x8100)"),
    (Kept(), "the connection is open"),
    (Dropped(said=True, end=steps.End.FIN), "the server ended the connection with FIN after its answer, as announced"),
    (Dropped(said=False, end=steps.End.RST), "the server ended the connection with RST after its answer"),
    (EndSeen(steps.End.FIN), "the server ended the connection with FIN"),
    (
        EndSeen(steps.End.NOTIFIED, b"HTTP", ("Message", "Message", "Pong"), notified=True),
        "the server ended the connection with TLS close_notify, without FIN; TLS close_notify came first; "
        'before it 2 × Message, Pong; before it 4 octets: "HTTP"',
    ),
    (Left(None, EndSeen(steps.End.RST)), "the server ended the connection with RST"),
    (Left(CloseSeen(1001), EndSeen(steps.End.FIN)), "Close 1001; the server ended the connection with FIN"),
    (Silence(2.04), "nothing in 2.0 s"),
    (Unreachable("refused"), "no connection (refused)"),
    (Released(True), "the server let go of the connection"),
    (Released(False), "the server still holds the connection"),
    (Gone(True, 0.5), "the server gone after 0.5 s"),
    (Gone(False, 8.0), "the server still there after 8.0 s"),
    (Counted(NOW, BEFORE), "threads 7 (+2), descriptors 8 (-1), greenlets 2 (+0)"),
    (Counted(Resources(), Resources()), "nothing to count"),
    (Crowded(200), "200 conversations"),
    (Crowded(200, Silence(5.0)), "200 conversations, in one nothing in 5.0 s"),
    (Message(b"Hello"), 'a text message of 5 octets: "Hello"'),
    (Message(b"\x00", binary=True), "a binary message of 1 octets: 0x00"),
    (Pong(b""), "a pong"),
    (CloseSeen(None), "Close without a code"),
    (CloseSeen(1000, b"bye"), "Close 1000 (bye)"),
    (Fault(1002, "a masked frame from a server", ""), "a masked frame from a server"),
]


@pytest.mark.parametrize(("event", "words"), SAID)
def test_an_event_in_a_line(event, words):
    assert describe_event(event) == words
    assert words.isprintable()


def test_nothing_that_can_be_seen_or_done_is_without_words():
    assert set(typing.get_args(ScriptEvent)) == set(_EVENTS) == {type(event) for event, _ in SAID}
    assert set(typing.get_args(steps.Step)) == set(_STEPS)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", '0 octets: ""'),
        (b"HTTP/1.1 200 OK\r\n", '17 octets: "HTTP/1.1 200 OK ⏎ "'),
        (b"x" * 61, f'61 octets: "{"x" * 60}…"'),
        (b"a\nb\r", '4 octets: "a ⏎ b ⏎ "'),
        (b"a\x00b", "3 octets: 0x610062"),
        ("ö".encode(), "2 octets: 0xc3b6"),
    ],
)
def test_octets_are_shown_as_text_where_they_are_text(data, words):
    assert describe_octets(data) == words


def test_an_end_that_did_not_come_has_its_limit():
    assert describe_end(steps.End.NEVER, 2.5) == "the server did not end the connection within 2.5 s"
    assert describe_end(steps.End.NEVER) == "the server did not end the connection"


def test_the_state_of_a_server_that_was_stopped():
    assert describe_after(ScriptTranscript(alive=False, serves=None)) == "the server was not alive"
