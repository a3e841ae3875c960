"""`wait()`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from wsconform.cases.api.builders import over, readmes, row, said, tutorial
from wsconform.cases.api.calling import NOTHING, ONE_TWO_THREE, a_thousand, calls, gave, octets
from wsconform.contract.model import ApiClause, Closed, Fragment, Hear, Quiet, Say

__all__ = ["waiting"]

_WAIT = readmes("WebSocket.wait()")
_LARGE = bytes(range(256)) * 4096  # 1 MiB


def waiting() -> Iterator[ApiClause]:
    """`wait()`."""
    yield said(
        "wait() returns one message at a time, in the order in which they came.",
        calls("wait wait wait"),
        ONE_TWO_THREE,
        Closed(),
        gave(octets("one"), octets("two"), octets("three")),
        bases=(*_WAIT, *row(4)),
    )
    yield said(
        "wait() does not return before a message has come.",
        calls("wait tell"),
        NOTHING,
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
        NOTHING,
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
        ONE_TWO_THREE,
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
        NOTHING,
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
    yield a_thousand("wait()", "wait", _WAIT)
    yield from _waiting_for_a_time()


def _waiting_for_a_time() -> Iterator[ApiClause]:
    yield said(
        "wait(timeout=...) returns None when nothing has come in that time, and is_closed() is False then.",
        calls("wait-0.6 is_closed tell wait"),
        NOTHING,
        Hear("done"),
        Say(b"later"),
        Closed(),
        gave(None, False, octets("later")),
    )
    yield said(
        "wait(timeout=...) returns a message as soon as it has come.",
        calls("wait-30 tell"),
        NOTHING,
        Say(b"in time"),
        Hear("done"),
        Closed(),
        gave(octets("in time")),
    )
    yield said(
        "wait(timeout=...) returns None as soon as the client has closed, and is_closed() is True then.",
        calls("wait-30 is_closed"),
        NOTHING,
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
