"""`read()`."""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.cases.api.builders import clause, close_handshake, open_websocket, readmes, usage
from wsconform.cases.api.calling import ONE_TWO_THREE, SILENCE, as_bytes, calls, expect_results, thousand_messages
from wsconform.contract.model import ApiClause
from wsconform.script import steps

__all__ = ["read"]

_READ = readmes("WebSocket.read()")


def read() -> Iterator[ApiClause]:
    """What `read()` returns, and that it never waits."""
    yield clause(
        "read() returns None while nothing has come, and does not wait.",
        calls("read read tell wait"),
        steps.ExpectMessage("done"),
        steps.Send(b"later"),
        steps.ExpectClose(),
        expect_results(None, None, as_bytes("later")),
        bases=(*_READ, *usage(14)),
    )
    yield clause(
        "read() returns a message that has come.",
        calls("until-read"),
        SILENCE,
        steps.Send(b"come"),
        steps.ExpectClose(),
        expect_results(as_bytes("come")),
        bases=(*_READ, *usage(14)),
    )
    yield clause(
        "read() returns each message once, in the order in which they came, and then None.",
        calls("until-3 read read read read"),
        ONE_TWO_THREE,
        steps.ExpectClose(),
        expect_results(as_bytes("one"), as_bytes("two"), as_bytes("three"), None),
        bases=(*_READ, *usage(14)),
    )
    yield clause(
        "read() and wait() take from the same queue.",
        calls("until-3 read wait read"),
        ONE_TWO_THREE,
        steps.ExpectClose(),
        expect_results(as_bytes("one"), as_bytes("two"), as_bytes("three")),
        bases=_READ,
    )
    yield clause(
        "read(fallback) returns the fallback while nothing has come, and the message when one has.",
        calls("read-or tell until-1 read-or read-or"),
        steps.ExpectMessage("done"),
        steps.Send(b"something"),
        steps.ExpectClose(),
        expect_results("nothing", as_bytes("something"), "nothing"),
    )
    yield clause(
        "read(fallback) returns an empty message as such, and not the fallback.",
        calls("until-read-or"),
        steps.Send(""),
        steps.ExpectClose(),
        expect_results([""]),
    )
    yield clause(
        "read() returns a text message as str.",
        calls("until-read"),
        steps.Send("grün"),
        steps.ExpectClose(),
        expect_results("grün"),
    )
    yield clause(
        "read() returns None after the client's Close, and never raises.",
        calls("until-closed read read read-or"),
        close_handshake,
        expect_results(None, None, "nothing"),
        bases=usage(14),
    )
    yield clause(
        "read() returns None after the view's close(), and never raises.",
        calls("closing read read read-or"),
        steps.ExpectClose(),
        expect_results(None, None, "nothing"),
        bases=usage(14),
    )
    yield clause(
        "read() returns the messages that came before the client's Close, and then None.",
        calls("until-closed read read read"),
        steps.Send(b"one"),
        steps.Send(b"two"),
        close_handshake,
        expect_results(as_bytes("one"), as_bytes("two"), None),
        bases=(*_READ, *usage(14)),
    )
    yield clause(
        "read() returns nothing of a message before its last fragment has come, and then the whole.",
        open_websocket("reads-all-along"),
        steps.SendFragment(b"begun ", first=True),
        steps.Ping(b"taken in?"),
        steps.ExpectPong(b"taken in?"),
        steps.SendFragment(b"and ended", last=True),
        steps.ExpectClose(),
        steps.ExpectNotes({"read": as_bytes("begun and ended"), "raised": None}),
        bases=(*_READ, *usage(19)),
    )
    yield thousand_messages("read()", "read", _READ)
