"""`count_messages()` and `has_messages()`."""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.cases.api.builders import over, readmes, row, said
from wsconform.cases.api.calling import calls, gave, octets
from wsconform.contract.model import ApiClause
from wsconform.script import steps

__all__ = ["counting"]

_COUNT = readmes("WebSocket.count_messages()")
_HAS = readmes("WebSocket.has_messages()")


def counting() -> Iterator[ApiClause]:
    """How many messages have arrived."""
    yield said(
        "count_messages() is 0 while nothing has come, and does not wait.",
        calls("count_messages tell wait"),
        steps.ExpectMessage("done"),
        steps.Send(b"later"),
        steps.ExpectClose(),
        gave(0, octets("later")),
        bases=(*_COUNT, *row(14)),
    )
    yield said(
        "has_messages() is False while nothing has come, and does not wait.",
        calls("has_messages tell wait"),
        steps.ExpectMessage("done"),
        steps.Send(b"later"),
        steps.ExpectClose(),
        gave(False, octets("later")),
        bases=(*_HAS, *row(14)),
    )
    yield said(
        "has_messages() is True once a message has come, and wait() returns it.",
        calls("until-has has_messages wait has_messages"),
        steps.Send(b"come"),
        steps.ExpectClose(),
        gave(True, octets("come"), False),
        bases=(*_HAS, *row(14)),
    )
    yield said(
        "count_messages() is the number of messages that have come and are not read.",
        calls("until-3 count_messages wait count_messages read count_messages read count_messages"),
        steps.Send(b"one"),
        steps.Send(b"two"),
        steps.Send(b"three"),
        steps.ExpectClose(),
        gave(3, octets("one"), 2, octets("two"), 1, octets("three"), 0),
        bases=(*_COUNT, *row(14)),
    )
    yield said(
        "count_messages() and has_messages() take nothing away.",
        calls("until-2 count_messages has_messages count_messages has_messages wait wait"),
        steps.Send(b"one"),
        steps.Send(b"two"),
        steps.ExpectClose(),
        gave(2, True, 2, True, octets("one"), octets("two")),
        bases=(*_COUNT, *_HAS),
    )
    yield said(
        "count_messages() counts a hundred messages that come without a pause.",
        calls("until-100 count_messages"),
        steps.SendNumbered(100),
        steps.ExpectClose(),
        gave(100),
        bases=_COUNT,
    )
    yield said(
        "count_messages() counts an empty message.",
        calls("until-2 count_messages wait has_messages"),
        steps.Send(b""),
        steps.Send(b""),
        steps.ExpectClose(),
        gave(2, octets(""), True),
        bases=(*_COUNT, *_HAS),
    )
    yield from _what_is_no_message()
    yield from _after_the_end()


#: It takes in all along; what it tells is that it has counted a message.
_COUNTED = calls("until-1 tell count_messages wait")
_TAKEN_IN = (steps.Ping(b"taken in?"), steps.ExpectPong(b"taken in?"), steps.ExpectSilence(0.25))


def _what_is_no_message() -> Iterator[ApiClause]:
    yield said(
        "count_messages() does not count a message of which the last fragment has not come.",
        _COUNTED,
        steps.SendFragment(b"begun ", first=True),
        steps.SendFragment(b"and "),
        _TAKEN_IN,
        steps.SendFragment(b"ended", last=True),
        steps.ExpectMessage("done"),
        steps.ExpectClose(),
        gave(1, octets("begun and ended")),
        bases=(*_COUNT, *row(14, 19)),
    )
    yield said(
        "count_messages() does not count a Ping.",
        _COUNTED,
        _TAKEN_IN,
        steps.Send(b"message"),
        steps.ExpectMessage("done"),
        steps.ExpectClose(),
        gave(1, octets("message")),
        bases=_COUNT,
    )
    yield said(
        "count_messages() does not count a Pong.",
        _COUNTED,
        steps.Pong(b"unasked"),
        _TAKEN_IN,
        steps.Send(b"message"),
        steps.ExpectMessage("done"),
        steps.ExpectClose(),
        gave(1, octets("message")),
        bases=(*_COUNT, *row(21)),
    )
    yield said(
        "count_messages() does not count the client's Close.",
        calls("until-closed count_messages has_messages"),
        over,
        gave(0, False),
        bases=(*_COUNT, *_HAS, *row(14)),
    )


def _after_the_end() -> Iterator[ApiClause]:
    yield said(
        "Messages that came before the client's Close are still there after it: has_messages() is True, and wait() "
        "and read() return them.",
        calls("until-closed has_messages wait read"),
        steps.Send(b"one"),
        steps.Send(b"two"),
        over,
        gave(True, octets("one"), octets("two")),
        bases=(*_HAS, *row(14)),
    )
    yield said(
        "count_messages() counts what came before the client's Close also after it.",
        calls("until-closed count_messages wait count_messages"),
        steps.Send(b"one"),
        steps.Send(b"two"),
        over,
        gave(2, octets("one"), 1),
        bases=(*_COUNT, *row(14)),
    )
    yield said(
        "Messages that came before the view's close() are counted after it, and are still there to be read.",
        calls("until-2 closing count_messages has_messages wait read count_messages"),
        steps.Send(b"one"),
        steps.Send(b"two"),
        steps.ExpectClose(),
        gave(2, True, octets("one"), octets("two"), 0),
    )
    yield said(
        "count_messages() is 0 and has_messages() is False after the view's close(), and neither raises.",
        calls("closing count_messages has_messages"),
        steps.ExpectClose(),
        gave(0, False),
        bases=row(14),
    )
