"""`read()`."""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.cases.api.builders import opened, over, readmes, row, said
from wsconform.cases.api.calling import NOTHING, ONE_TWO_THREE, a_thousand, calls, gave, octets
from wsconform.contract.model import ApiClause
from wsconform.script import steps

__all__ = ["reading"]

_READ = readmes("WebSocket.read()")


def reading() -> Iterator[ApiClause]:
    """`read()`."""
    yield said(
        "read() returns None while nothing has come, and does not wait.",
        calls("read read tell wait"),
        steps.ExpectMessage("done"),
        steps.Send(b"later"),
        steps.ExpectClose(),
        gave(None, None, octets("later")),
        bases=(*_READ, *row(14)),
    )
    yield said(
        "read() returns a message that has come.",
        calls("until-read"),
        NOTHING,
        steps.Send(b"come"),
        steps.ExpectClose(),
        gave(octets("come")),
        bases=(*_READ, *row(14)),
    )
    yield said(
        "read() returns each message once, in the order in which they came, and then None.",
        calls("until-3 read read read read"),
        ONE_TWO_THREE,
        steps.ExpectClose(),
        gave(octets("one"), octets("two"), octets("three"), None),
        bases=(*_READ, *row(14)),
    )
    yield said(
        "read() and wait() take from the same queue.",
        calls("until-3 read wait read"),
        ONE_TWO_THREE,
        steps.ExpectClose(),
        gave(octets("one"), octets("two"), octets("three")),
        bases=_READ,
    )
    yield said(
        "read(fallback) returns the fallback while nothing has come, and the message when one has.",
        calls("read-or tell until-1 read-or read-or"),
        steps.ExpectMessage("done"),
        steps.Send(b"something"),
        steps.ExpectClose(),
        gave("nothing", octets("something"), "nothing"),
    )
    yield said(
        "read(fallback) returns an empty message as such, and not the fallback.",
        calls("until-read-or"),
        steps.Send(""),
        steps.ExpectClose(),
        gave([""]),
    )
    yield said(
        "read() returns a text message as str.",
        calls("until-read"),
        steps.Send("grün"),
        steps.ExpectClose(),
        gave("grün"),
    )
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
        steps.ExpectClose(),
        gave(None, None, "nothing"),
        bases=row(14),
    )
    yield said(
        "read() returns the messages that came before the client's Close, and then None.",
        calls("until-closed read read read"),
        steps.Send(b"one"),
        steps.Send(b"two"),
        over,
        gave(octets("one"), octets("two"), None),
        bases=(*_READ, *row(14)),
    )
    yield said(
        "read() returns nothing of a message before its last fragment has come, and then the whole.",
        opened("reads-all-along"),
        steps.SendFragment(b"begun ", first=True),
        steps.Ping(b"taken in?"),
        steps.ExpectPong(b"taken in?"),
        steps.SendFragment(b"and ended", last=True),
        steps.ExpectClose(),
        steps.ExpectNotes({"read": octets("begun and ended"), "raised": None}),
        bases=(*_READ, *row(19)),
    )
    yield a_thousand("read()", "read", _READ)
