"""`count_messages()` and `has_messages()`."""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.cases.api.builders import clause, close_handshake, readmes, usage
from wsconform.cases.api.calling import as_bytes, calls, expect_results
from wsconform.contract.model import ApiClause
from wsconform.script import steps

__all__ = ["count"]

_COUNT = readmes("WebSocket.count_messages()")
_HAS = readmes("WebSocket.has_messages()")


def count() -> Iterator[ApiClause]:
    """Yield clauses about the number of messages that have arrived."""
    yield clause(
        "count_messages() returns 0 without waiting if no message has arrived.",
        calls("count_messages tell wait"),
        steps.ExpectMessage("done"),
        steps.Send(b"later"),
        steps.ExpectClose(),
        expect_results(0, as_bytes("later")),
        bases=(*_COUNT, *usage(14)),
    )
    yield clause(
        "has_messages() returns False without waiting if no message has arrived.",
        calls("has_messages tell wait"),
        steps.ExpectMessage("done"),
        steps.Send(b"later"),
        steps.ExpectClose(),
        expect_results(False, as_bytes("later")),
        bases=(*_HAS, *usage(14)),
    )
    yield clause(
        "has_messages() returns True once a message has arrived, and wait() returns that message.",
        calls("until-has has_messages wait has_messages"),
        steps.Send(b"come"),
        steps.ExpectClose(),
        expect_results(True, as_bytes("come"), False),
        bases=(*_HAS, *usage(14)),
    )
    yield clause(
        "count_messages() returns the number of messages that have arrived but not been read.",
        calls("until-3 count_messages wait count_messages read count_messages read count_messages"),
        steps.Send(b"one"),
        steps.Send(b"two"),
        steps.Send(b"three"),
        steps.ExpectClose(),
        expect_results(3, as_bytes("one"), 2, as_bytes("two"), 1, as_bytes("three"), 0),
        bases=(*_COUNT, *usage(14)),
    )
    yield clause(
        "count_messages() and has_messages() leave the messages in the queue.",
        calls("until-2 count_messages has_messages count_messages has_messages wait wait"),
        steps.Send(b"one"),
        steps.Send(b"two"),
        steps.ExpectClose(),
        expect_results(2, True, 2, True, as_bytes("one"), as_bytes("two")),
        bases=(*_COUNT, *_HAS),
    )
    yield clause(
        "count_messages() counts a hundred messages that arrive without a pause.",
        calls("until-100 count_messages"),
        steps.SendNumbered(100),
        steps.ExpectClose(),
        expect_results(100),
        bases=_COUNT,
    )
    yield clause(
        "count_messages() counts an empty message.",
        calls("until-2 count_messages wait has_messages"),
        steps.Send(b""),
        steps.Send(b""),
        steps.ExpectClose(),
        expect_results(2, as_bytes(""), True),
        bases=(*_COUNT, *_HAS),
    )
    yield from _control_frames()
    yield from _after_the_end()


#: The view receives all the time, and says when it has counted a message.
_COUNTED = calls("until-1 tell count_messages wait")
_PINGED = (steps.Ping(b"taken in?"), steps.ExpectPong(b"taken in?"), steps.ExpectSilence(0.25))


def _control_frames() -> Iterator[ApiClause]:
    yield clause(
        "count_messages() does not count a message before its last fragment arrives.",
        _COUNTED,
        steps.SendFragment(b"begun ", first=True),
        steps.SendFragment(b"and "),
        _PINGED,
        steps.SendFragment(b"ended", last=True),
        steps.ExpectMessage("done"),
        steps.ExpectClose(),
        expect_results(1, as_bytes("begun and ended")),
        bases=(*_COUNT, *usage(14, 19)),
    )
    yield clause(
        "count_messages() does not count pings.",
        _COUNTED,
        _PINGED,
        steps.Send(b"message"),
        steps.ExpectMessage("done"),
        steps.ExpectClose(),
        expect_results(1, as_bytes("message")),
        bases=_COUNT,
    )
    yield clause(
        "count_messages() does not count pongs.",
        _COUNTED,
        steps.Pong(b"unasked"),
        _PINGED,
        steps.Send(b"message"),
        steps.ExpectMessage("done"),
        steps.ExpectClose(),
        expect_results(1, as_bytes("message")),
        bases=(*_COUNT, *usage(21)),
    )
    yield clause(
        "count_messages() does not count the client's Close.",
        calls("until-closed count_messages has_messages"),
        close_handshake,
        expect_results(0, False),
        bases=(*_COUNT, *_HAS, *usage(14)),
    )


def _after_the_end() -> Iterator[ApiClause]:
    yield clause(
        "Messages that arrived before the client's Close can still be read after it with wait() and read(), "
        "and has_messages() returns True.",
        calls("until-closed has_messages wait read"),
        steps.Send(b"one"),
        steps.Send(b"two"),
        close_handshake,
        expect_results(True, as_bytes("one"), as_bytes("two")),
        bases=(*_HAS, *usage(14)),
    )
    yield clause(
        "After the client's Close, count_messages() still counts the messages that arrived before it.",
        calls("until-closed count_messages wait count_messages"),
        steps.Send(b"one"),
        steps.Send(b"two"),
        close_handshake,
        expect_results(2, as_bytes("one"), 1),
        bases=(*_COUNT, *usage(14)),
    )
    yield clause(
        "Messages that arrived before the view's close() can still be counted and read after it.",
        calls("until-2 closing count_messages has_messages wait read count_messages"),
        steps.Send(b"one"),
        steps.Send(b"two"),
        steps.ExpectClose(),
        expect_results(2, True, as_bytes("one"), as_bytes("two"), 0),
    )
    yield clause(
        "After the view's close(), count_messages() returns 0 and has_messages() returns False; neither raises.",
        calls("closing count_messages has_messages"),
        steps.ExpectClose(),
        expect_results(0, False),
        bases=usage(14),
    )
