"""`wait()`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from wsconform.cases.api.builders import over, readmes, row, said, tutorial
from wsconform.cases.api.calling import NOTHING, ONE_TWO_THREE, a_thousand, calls, gave, octets
from wsconform.contract.model import ApiClause
from wsconform.script import steps

__all__ = ["waiting"]

_WAIT = readmes("WebSocket.wait()")
_LARGE = bytes(range(256)) * 4096  # 1 MiB


def waiting() -> Iterator[ApiClause]:
    """`wait()`."""
    yield said(
        "wait() returns one message at a time, in the order in which they came.",
        calls("wait wait wait"),
        ONE_TWO_THREE,
        steps.ExpectClose(),
        gave(octets("one"), octets("two"), octets("three")),
        bases=(*_WAIT, *row(4)),
    )
    yield said(
        "wait() does not return before a message has come.",
        calls("wait tell"),
        NOTHING,
        steps.Send(b"late"),
        steps.ExpectMessage("done"),
        steps.ExpectClose(),
        gave(octets("late")),
        bases=(*_WAIT, *row(4)),
    )
    yield said(
        "wait() does not give up after a silence of 10 s.",
        calls("wait tell"),
        steps.ExpectSilence(10.0),
        steps.Send(b"late"),
        steps.ExpectMessage("done"),
        steps.ExpectClose(),
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
        steps.Send(b"one"),
        steps.Send(b"two"),
        over,
        gave(octets("one"), octets("two"), None),
        bases=(*_WAIT, *row(4)),
    )
    yield said(
        "wait() returns an empty binary message as b'', and not None.",
        calls("wait wait"),
        steps.Send(b""),
        steps.Send(b"behind it"),
        steps.ExpectClose(),
        gave(octets(""), octets("behind it")),
        bases=(*_WAIT, *row(4)),
    )
    yield said(
        "wait() returns an empty text message as '', and not None.",
        calls("wait wait"),
        steps.Send(""),
        steps.Send("behind it"),
        steps.ExpectClose(),
        gave("", "behind it"),
    )
    yield said(
        "wait() returns a text message as str.",
        calls("wait"),
        steps.Send("grün 🙂"),
        steps.ExpectClose(),
        gave("grün 🙂"),
        bases=(tutorial("request.websocket.wait()"), *row(2)),
    )
    yield said(
        "wait() returns messages that came while the view was busy.",
        calls("until-3 wait wait wait"),
        ONE_TWO_THREE,
        steps.ExpectClose(),
        gave(octets("one"), octets("two"), octets("three")),
        bases=_WAIT,
    )
    yield said(
        "wait() returns what came in fragments as one message.",
        calls("wait wait"),
        steps.Send(b"whole, in three fragments", fragments=3),
        steps.Send(b"next"),
        steps.ExpectClose(),
        gave(octets("whole, in three fragments"), octets("next")),
        bases=(*_WAIT, *row(19)),
    )
    yield said(
        "wait() does not return before the last fragment of a message has come.",
        calls("wait tell"),
        steps.SendFragment(b"begun ", first=True),
        steps.SendFragment(b"and "),
        NOTHING,
        steps.SendFragment(b"ended", last=True),
        steps.ExpectMessage("done"),
        steps.ExpectClose(),
        gave(octets("begun and ended")),
        bases=(*_WAIT, *row(19)),
    )
    yield said(
        "wait() returns text whose fragments end within a character.",
        calls("wait"),
        steps.Send("ünïcödé 🙂", fragments=7),
        steps.ExpectClose(),
        gave("ünïcödé 🙂"),
    )
    yield said(
        "wait() returns a message of 1 MiB whole.",
        calls("digest"),
        steps.Send(_LARGE),
        steps.ExpectClose(),
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
        steps.ExpectMessage("done"),
        steps.Send(b"later"),
        steps.ExpectClose(),
        gave(None, False, octets("later")),
    )
    yield said(
        "wait(timeout=...) returns a message as soon as it has come.",
        calls("wait-30 tell"),
        NOTHING,
        steps.Send(b"in time"),
        steps.ExpectMessage("done"),
        steps.ExpectClose(),
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
        steps.ExpectMessage("done"),
        steps.Send(b"later"),
        steps.ExpectClose(),
        gave(None, octets("later")),
    )
    yield said(
        "wait(timeout=0) returns a message that has come.",
        calls("until-2 wait-0 wait-0 wait-0"),
        steps.Send(b"one"),
        steps.Send(b"two"),
        steps.ExpectClose(),
        gave(octets("one"), octets("two"), None),
    )
    yield said(
        "wait(timeout=...) that has given up leaves what is half there to the next call.",
        calls("wait-0.6 tell wait"),
        steps.SendFragment(b"half", first=True),
        steps.ExpectMessage("done"),
        steps.SendFragment(b" and half", last=True),
        steps.ExpectClose(),
        gave(None, octets("half and half")),
    )
