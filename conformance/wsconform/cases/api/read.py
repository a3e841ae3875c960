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
    """Yield clauses about the results of `read()`, which never waits."""
    yield clause(
        "read() returns None without waiting if no message has arrived.",
        calls("read read tell wait"),
        steps.ExpectMessage("done"),
        steps.Send(b"later"),
        steps.ExpectClose(),
        expect_results(None, None, as_bytes("later")),
        bases=(*_READ, *usage(14)),
    )
    yield clause(
        "read() returns a message that has arrived.",
        calls("until-read"),
        SILENCE,
        steps.Send(b"come"),
        steps.ExpectClose(),
        expect_results(as_bytes("come")),
        bases=(*_READ, *usage(14)),
    )
    yield clause(
        "read() returns each message once, in order of arrival, then None.",
        calls("until-3 read read read read"),
        ONE_TWO_THREE,
        steps.ExpectClose(),
        expect_results(as_bytes("one"), as_bytes("two"), as_bytes("three"), None),
        bases=(*_READ, *usage(14)),
    )
    yield clause(
        "read() and wait() take messages from the same queue.",
        calls("until-3 read wait read"),
        ONE_TWO_THREE,
        steps.ExpectClose(),
        expect_results(as_bytes("one"), as_bytes("two"), as_bytes("three")),
        bases=_READ,
    )
    yield clause(
        "read(fallback) returns the fallback until a message arrives, then the message.",
        calls("read-or tell until-1 read-or read-or"),
        steps.ExpectMessage("done"),
        steps.Send(b"something"),
        steps.ExpectClose(),
        expect_results("nothing", as_bytes("something"), "nothing"),
    )
    yield clause(
        "read(fallback) returns an empty message as such, not the fallback.",
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
        "read() returns None after the client's Close and never raises an exception.",
        calls("until-closed read read read-or"),
        close_handshake,
        expect_results(None, None, "nothing"),
        bases=usage(14),
    )
    yield clause(
        "read() returns None after the view's close() and never raises an exception.",
        calls("closing read read read-or"),
        steps.ExpectClose(),
        expect_results(None, None, "nothing"),
        bases=usage(14),
    )
    yield clause(
        "read() returns the messages that arrived before the client's Close, then None.",
        calls("until-closed read read read"),
        steps.Send(b"one"),
        steps.Send(b"two"),
        close_handshake,
        expect_results(as_bytes("one"), as_bytes("two"), None),
        bases=(*_READ, *usage(14)),
    )
    yield clause(
        "read() returns a fragmented message whole, and None until its last fragment arrives.",
        open_websocket("reads-all-along"),
        steps.SendFragment(b"begun ", first=True),
        steps.Ping(b"taken in?"),
        steps.ExpectPong(b"taken in?"),
        steps.SendFragment(b"and ended", last=True),
        steps.ExpectClose(),
        steps.ExpectNotes({"read": as_bytes("begun and ended"), "raised": None}),
        bases=(*_READ, *usage(19)),
    )
    yield thousand_messages("read() returns", "read", _READ)
