"""What takes messages: `wait()`, `read()`, iteration.

Where a document promises something of messages, they are binary: dwebsocket 0.5 gives text as bytes, too, and
that is a clause of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from conformance.contract.clauses.calling import calls, gave, octets
from conformance.contract.clauses.words import opened, over, readmes, row, said, tutorial
from conformance.contract.model import (
    ApiClause,
    Basis,
    Closed,
    Fragment,
    Hear,
    HearJson,
    HearPong,
    Notes,
    Ping,
    Quiet,
    Say,
    Stream,
)

__all__ = ["iterating", "reading", "waiting"]

_WAIT = readmes("WebSocket.wait()")
_READ = readmes("WebSocket.read()")
_ITER = readmes("WebSocket.__iter__()")

#: Long enough to see that nothing comes.
_NOTHING = Quiet(0.25)
_ONE_TWO_THREE = (Say(b"one"), Say(b"two"), Say(b"three"))
_LARGE = bytes(range(256)) * 4096  # 1 MiB


def waiting() -> Iterator[ApiClause]:
    """`wait()`."""
    yield said(
        "wait() returns one message at a time, in the order in which they came.",
        calls("wait wait wait"),
        _ONE_TWO_THREE,
        Closed(),
        gave(octets("one"), octets("two"), octets("three")),
        bases=(*_WAIT, *row(4)),
    )
    yield said(
        "wait() does not return before a message has come.",
        calls("wait tell"),
        _NOTHING,
        Say(b"late"),
        Hear("done"),
        Closed(),
        gave(octets("late")),
        bases=(*_WAIT, *row(4)),
    )
    yield said(
        "wait() does not give up after a silence of 10 s.",
        calls("wait tell"),
        Quiet(10.0),
        Say(b"late"),
        Hear("done"),
        Closed(),
        gave(octets("late")),
        bases=(*_WAIT, *row(4)),
        slow=True,
    )
    yield said(
        "wait() returns None when the client closes while it waits.",
        calls("wait"),
        _NOTHING,
        over,
        gave(None),
        bases=(*_WAIT, *row(4)),
    )
    yield said(
        "wait() returns the messages that came before the client's Close, and then None.",
        calls("wait wait wait"),
        Say(b"one"),
        Say(b"two"),
        over,
        gave(octets("one"), octets("two"), None),
        bases=(*_WAIT, *row(4)),
    )
    yield said(
        "wait() returns an empty binary message as b'', and not None.",
        calls("wait wait"),
        Say(b""),
        Say(b"behind it"),
        Closed(),
        gave(octets(""), octets("behind it")),
        bases=(*_WAIT, *row(4)),
    )
    yield said(
        "wait() returns an empty text message as '', and not None.",
        calls("wait wait"),
        Say(""),
        Say("behind it"),
        Closed(),
        gave("", "behind it"),
    )
    yield said(
        "wait() returns a text message as str.",
        calls("wait"),
        Say("grün 🙂"),
        Closed(),
        gave("grün 🙂"),
        bases=(tutorial("request.websocket.wait()"), *row(2)),
    )
    yield said(
        "wait() returns messages that came while the view was busy.",
        calls("until-3 wait wait wait"),
        _ONE_TWO_THREE,
        Closed(),
        gave(octets("one"), octets("two"), octets("three")),
        bases=_WAIT,
    )
    yield said(
        "wait() returns what came in fragments as one message.",
        calls("wait wait"),
        Say(b"whole, in three fragments", fragments=3),
        Say(b"next"),
        Closed(),
        gave(octets("whole, in three fragments"), octets("next")),
        bases=(*_WAIT, *row(19)),
    )
    yield said(
        "wait() does not return before the last fragment of a message has come.",
        calls("wait tell"),
        Fragment(b"begun ", first=True),
        Fragment(b"and "),
        _NOTHING,
        Fragment(b"ended", last=True),
        Hear("done"),
        Closed(),
        gave(octets("begun and ended")),
        bases=(*_WAIT, *row(19)),
    )
    yield said(
        "wait() returns text whose fragments end within a character.",
        calls("wait"),
        Say("ünïcödé 🙂", fragments=7),
        Closed(),
        gave("ünïcödé 🙂"),
    )
    yield said(
        "wait() returns a message of 1 MiB whole.",
        calls("digest"),
        Say(_LARGE),
        Closed(),
        gave(hashlib.sha256(_LARGE).hexdigest()),
        bases=(*_WAIT, *row(20)),
    )
    yield _a_thousand("wait()", "wait", _WAIT)
    yield from _waiting_for_a_time()


def _waiting_for_a_time() -> Iterator[ApiClause]:
    yield said(
        "wait(timeout=...) returns None when nothing has come in that time, and is_closed() is False then.",
        calls("wait-0.6 is_closed tell wait"),
        _NOTHING,
        Hear("done"),
        Say(b"later"),
        Closed(),
        gave(None, False, octets("later")),
    )
    yield said(
        "wait(timeout=...) returns a message as soon as it has come.",
        calls("wait-30 tell"),
        _NOTHING,
        Say(b"in time"),
        Hear("done"),
        Closed(),
        gave(octets("in time")),
    )
    yield said(
        "wait(timeout=...) returns None as soon as the client has closed, and is_closed() is True then.",
        calls("wait-30 is_closed"),
        _NOTHING,
        over,
        gave(None, True),
    )
    yield said(
        "wait(timeout=0) returns None while nothing has come, without waiting.",
        calls("wait-0 tell wait"),
        Hear("done"),
        Say(b"later"),
        Closed(),
        gave(None, octets("later")),
    )
    yield said(
        "wait(timeout=0) returns a message that has come.",
        calls("until-2 wait-0 wait-0 wait-0"),
        Say(b"one"),
        Say(b"two"),
        Closed(),
        gave(octets("one"), octets("two"), None),
    )
    yield said(
        "wait(timeout=...) that has given up leaves what is half there to the next call.",
        calls("wait-0.6 tell wait"),
        Fragment(b"half", first=True),
        Hear("done"),
        Fragment(b" and half", last=True),
        Closed(),
        gave(None, octets("half and half")),
    )


def reading() -> Iterator[ApiClause]:
    """`read()`."""
    yield said(
        "read() returns None while nothing has come, and does not wait.",
        calls("read read tell wait"),
        Hear("done"),
        Say(b"later"),
        Closed(),
        gave(None, None, octets("later")),
        bases=(*_READ, *row(14)),
    )
    yield said(
        "read() returns a message that has come.",
        calls("until-read"),
        _NOTHING,
        Say(b"come"),
        Closed(),
        gave(octets("come")),
        bases=(*_READ, *row(14)),
    )
    yield said(
        "read() returns each message once, in the order in which they came, and then None.",
        calls("until-3 read read read read"),
        _ONE_TWO_THREE,
        Closed(),
        gave(octets("one"), octets("two"), octets("three"), None),
        bases=(*_READ, *row(14)),
    )
    yield said(
        "read() and wait() take from the same queue.",
        calls("until-3 read wait read"),
        _ONE_TWO_THREE,
        Closed(),
        gave(octets("one"), octets("two"), octets("three")),
        bases=_READ,
    )
    yield said(
        "read(fallback) returns the fallback while nothing has come, and the message when one has.",
        calls("read-or tell until-1 read-or read-or"),
        Hear("done"),
        Say(b"something"),
        Closed(),
        gave("nothing", octets("something"), "nothing"),
    )
    yield said(
        "read(fallback) returns an empty message as such, and not the fallback.",
        calls("until-read-or"),
        Say(""),
        Closed(),
        gave([""]),
    )
    yield said("read() returns a text message as str.", calls("until-read"), Say("grün"), Closed(), gave("grün"))
    yield said(
        "read() returns None after the client's Close, and never raises.",
        calls("until-closed read read read-or"),
        over,
        gave(None, None, "nothing"),
        bases=row(14),
    )
    yield said(
        "read() returns None after the view's close(), and never raises.",
        calls("closing read read read-or"),
        Closed(),
        gave(None, None, "nothing"),
        bases=row(14),
    )
    yield said(
        "read() returns the messages that came before the client's Close, and then None.",
        calls("until-closed read read read"),
        Say(b"one"),
        Say(b"two"),
        over,
        gave(octets("one"), octets("two"), None),
        bases=(*_READ, *row(14)),
    )
    yield said(
        "read() returns nothing of a message before its last fragment has come, and then the whole.",
        opened("reads-all-along"),
        Fragment(b"begun ", first=True),
        Ping(b"taken in?"),
        HearPong(b"taken in?"),
        Fragment(b"and ended", last=True),
        Closed(),
        Notes({"read": octets("begun and ended"), "raised": None}),
        bases=(*_READ, *row(19)),
    )
    yield _a_thousand("read()", "read", _READ)


def iterating() -> Iterator[ApiClause]:
    """`for message in request.websocket`."""
    yield said(
        "A loop over the WebSocket yields each message, in the order in which they came, and ends after the "
        "client's Close.",
        opened("iterates"),
        _ONE_TWO_THREE,
        over,
        Notes({"messages": [octets("one"), octets("two"), octets("three")], "then": "went on", "raised": None}),
        bases=(*_ITER, *row(1)),
    )
    yield said(
        "A loop over the WebSocket yields nothing but messages: no None when the client has closed.",
        calls("list"),
        Say(b"one"),
        Say(b"two"),
        over,
        gave([octets("one"), octets("two")]),
        bases=_ITER,
    )
    yield said(
        "A loop over the WebSocket waits for the next message.",
        calls("loop-once tell"),
        _NOTHING,
        Say(b"late"),
        Hear("done"),
        Closed(),
        gave(octets("late")),
        bases=_ITER,
    )
    yield said(
        "A loop over the WebSocket yields an empty message, and goes on.",
        opened("iterates"),
        Say(b"one"),
        Say(b""),
        Say(b"three"),
        over,
        Notes({"messages": [octets("one"), octets(""), octets("three")], "then": "went on", "raised": None}),
        bases=_ITER,
    )
    yield said(
        "A loop over the WebSocket yields what came in fragments as one message.",
        opened("iterates"),
        Say(b'{"large": "JSON"}', fragments=5),
        over,
        Notes({"messages": [octets('{"large": "JSON"}')], "raised": None}),
        bases=(*_ITER, *row(19)),
    )
    yield said(
        "After a break, wait(), read() and another loop get the messages that follow.",
        calls("until-3 loop-once wait loop-once until-1 read"),
        _ONE_TWO_THREE,
        Say(b"four"),
        Closed(),
        gave(octets("one"), octets("two"), octets("three"), octets("four")),
        bases=_ITER,
    )
    yield said(
        "A loop over the WebSocket has nothing to yield when the connection is closed.",
        calls("until-closed loop-once list"),
        over,
        gave("the end", []),
        bases=_ITER,
    )
    yield said(
        "An iterator stays at its end.",
        opened("one-iterator"),
        Say(b"one"),
        over,
        Notes({"messages": [octets("one")], "then": ["the end", "the end"], "raised": None}),
        bases=_ITER,
    )
    yield said(
        "A loop over the WebSocket yields text as str: comparisons, json.loads(), lower() and find() work.",
        opened("as-text"),
        Say('{"name": "Ü"}'),
        HearJson({"name": "Ü", "at": 2, "lower": '{"name": "ü"}'}),
        Say("quit"),
        Closed(),
        Notes({"quit": True, "raised": None}),
        bases=row(2),
    )
    yield said(
        "A loop over the WebSocket yields text as str and binary as bytes.",
        calls("list"),
        Say("text"),
        Say(b"binary"),
        over,
        gave(["text", octets("binary")]),
    )
    yield _a_thousand("A loop over the WebSocket", "iteration", _ITER)


def _a_thousand(what: str, by: str, bases: tuple[Basis, ...]) -> ApiClause:
    return said(
        f"{what} gives a thousand messages that come without a pause complete and in order.",
        opened(f"numbered?by={by}&count=1000"),
        Stream(1000),
        Closed(),
        Notes({"in order": True, "raised": None}),
        bases=bases,
    )
