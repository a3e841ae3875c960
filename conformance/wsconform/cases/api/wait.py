"""`wait()`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from wsconform.cases.api.builders import clause, close_handshake, readmes, tutorial, usage
from wsconform.cases.api.calling import ONE_TWO_THREE, SILENCE, as_bytes, calls, expect_results, thousand_messages
from wsconform.contract.model import ApiClause
from wsconform.script import steps

__all__ = ["wait"]

_WAIT = readmes("WebSocket.wait()")
_LARGE = bytes(range(256)) * 4096  # 1 MiB


def wait() -> Iterator[ApiClause]:
    """What `wait()` returns, and when."""
    yield clause(
        "wait() returns one message at a time, in the order in which they came.",
        calls("wait wait wait"),
        ONE_TWO_THREE,
        steps.ExpectClose(),
        expect_results(as_bytes("one"), as_bytes("two"), as_bytes("three")),
        bases=(*_WAIT, *usage(4)),
    )
    yield clause(
        "wait() does not return before a message has come.",
        calls("wait tell"),
        SILENCE,
        steps.Send(b"late"),
        steps.ExpectMessage("done"),
        steps.ExpectClose(),
        expect_results(as_bytes("late")),
        bases=(*_WAIT, *usage(4)),
    )
    yield clause(
        "wait() does not give up after a silence of 10 s.",
        calls("wait tell"),
        steps.ExpectSilence(10.0),
        steps.Send(b"late"),
        steps.ExpectMessage("done"),
        steps.ExpectClose(),
        expect_results(as_bytes("late")),
        bases=(*_WAIT, *usage(4)),
        slow=True,
    )
    yield clause(
        "wait() returns None when the client closes while it waits.",
        calls("wait"),
        SILENCE,
        close_handshake,
        expect_results(None),
        bases=(*_WAIT, *usage(4)),
    )
    yield clause(
        "wait() returns the messages that came before the client's Close, and then None.",
        calls("wait wait wait"),
        steps.Send(b"one"),
        steps.Send(b"two"),
        close_handshake,
        expect_results(as_bytes("one"), as_bytes("two"), None),
        bases=(*_WAIT, *usage(4)),
    )
    yield clause(
        "wait() returns an empty binary message as b'', and not None.",
        calls("wait wait"),
        steps.Send(b""),
        steps.Send(b"behind it"),
        steps.ExpectClose(),
        expect_results(as_bytes(""), as_bytes("behind it")),
        bases=(*_WAIT, *usage(4)),
    )
    yield clause(
        "wait() returns an empty text message as '', and not None.",
        calls("wait wait"),
        steps.Send(""),
        steps.Send("behind it"),
        steps.ExpectClose(),
        expect_results("", "behind it"),
    )
    yield clause(
        "wait() returns a text message as str.",
        calls("wait"),
        steps.Send("grün 🙂"),
        steps.ExpectClose(),
        expect_results("grün 🙂"),
        bases=(tutorial("request.websocket.wait()"), *usage(2)),
    )
    yield clause(
        "wait() returns messages that came while the view was busy.",
        calls("until-3 wait wait wait"),
        ONE_TWO_THREE,
        steps.ExpectClose(),
        expect_results(as_bytes("one"), as_bytes("two"), as_bytes("three")),
        bases=_WAIT,
    )
    yield clause(
        "wait() returns what came in fragments as one message.",
        calls("wait wait"),
        steps.Send(b"whole, in three fragments", fragments=3),
        steps.Send(b"next"),
        steps.ExpectClose(),
        expect_results(as_bytes("whole, in three fragments"), as_bytes("next")),
        bases=(*_WAIT, *usage(19)),
    )
    yield clause(
        "wait() does not return before the last fragment of a message has come.",
        calls("wait tell"),
        steps.SendFragment(b"begun ", first=True),
        steps.SendFragment(b"and "),
        SILENCE,
        steps.SendFragment(b"ended", last=True),
        steps.ExpectMessage("done"),
        steps.ExpectClose(),
        expect_results(as_bytes("begun and ended")),
        bases=(*_WAIT, *usage(19)),
    )
    yield clause(
        "wait() returns text whose fragments end within a character.",
        calls("wait"),
        steps.Send("ünïcödé 🙂", fragments=7),
        steps.ExpectClose(),
        expect_results("ünïcödé 🙂"),
    )
    yield clause(
        "wait() returns a message of 1 MiB whole.",
        calls("digest"),
        steps.Send(_LARGE),
        steps.ExpectClose(),
        expect_results(hashlib.sha256(_LARGE).hexdigest()),
        bases=(*_WAIT, *usage(20)),
    )
    yield thousand_messages("wait()", "wait", _WAIT)
    yield from _timeouts()


def _timeouts() -> Iterator[ApiClause]:
    yield clause(
        "wait(timeout=...) returns None when nothing has come in that time, and is_closed() is False then.",
        calls("wait-0.6 is_closed tell wait"),
        SILENCE,
        steps.ExpectMessage("done"),
        steps.Send(b"later"),
        steps.ExpectClose(),
        expect_results(None, False, as_bytes("later")),
    )
    yield clause(
        "wait(timeout=...) returns a message as soon as it has come.",
        calls("wait-30 tell"),
        SILENCE,
        steps.Send(b"in time"),
        steps.ExpectMessage("done"),
        steps.ExpectClose(),
        expect_results(as_bytes("in time")),
    )
    yield clause(
        "wait(timeout=...) returns None as soon as the client has closed, and is_closed() is True then.",
        calls("wait-30 is_closed"),
        SILENCE,
        close_handshake,
        expect_results(None, True),
    )
    yield clause(
        "wait(timeout=0) returns None while nothing has come, without waiting.",
        calls("wait-0 tell wait"),
        steps.ExpectMessage("done"),
        steps.Send(b"later"),
        steps.ExpectClose(),
        expect_results(None, as_bytes("later")),
    )
    yield clause(
        "wait(timeout=0) returns a message that has come.",
        calls("until-2 wait-0 wait-0 wait-0"),
        steps.Send(b"one"),
        steps.Send(b"two"),
        steps.ExpectClose(),
        expect_results(as_bytes("one"), as_bytes("two"), None),
    )
    yield clause(
        "wait(timeout=...) that has given up leaves what is half there to the next call.",
        calls("wait-0.6 tell wait"),
        steps.SendFragment(b"half", first=True),
        steps.ExpectMessage("done"),
        steps.SendFragment(b" and half", last=True),
        steps.ExpectClose(),
        expect_results(None, as_bytes("half and half")),
    )
