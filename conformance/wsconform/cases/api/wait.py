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
    """Yield clauses about the results of `wait()` and the time it takes."""
    yield clause(
        "wait() returns one message at a time, in order of arrival.",
        calls("wait wait wait"),
        ONE_TWO_THREE,
        steps.ExpectClose(),
        expect_results(as_bytes("one"), as_bytes("two"), as_bytes("three")),
        bases=(*_WAIT, *usage(4)),
    )
    yield clause(
        "wait() does not return before a message arrives.",
        calls("wait tell"),
        SILENCE,
        steps.Send(b"late"),
        steps.ExpectMessage("done"),
        steps.ExpectClose(),
        expect_results(as_bytes("late")),
        bases=(*_WAIT, *usage(4)),
    )
    yield clause(
        "wait() still waits after 10 seconds without a message.",
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
        "wait() returns None when the client closes the connection during the call.",
        calls("wait"),
        SILENCE,
        close_handshake,
        expect_results(None),
        bases=(*_WAIT, *usage(4)),
    )
    yield clause(
        "wait() returns the messages that arrived before the client's Close, then None.",
        calls("wait wait wait"),
        steps.Send(b"one"),
        steps.Send(b"two"),
        close_handshake,
        expect_results(as_bytes("one"), as_bytes("two"), None),
        bases=(*_WAIT, *usage(4)),
    )
    yield clause(
        "wait() returns an empty binary message as b'', not None.",
        calls("wait wait"),
        steps.Send(b""),
        steps.Send(b"behind it"),
        steps.ExpectClose(),
        expect_results(as_bytes(""), as_bytes("behind it")),
        bases=(*_WAIT, *usage(4)),
    )
    yield clause(
        "wait() returns an empty text message as '', not None.",
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
        "wait() returns messages that arrived while the view was busy.",
        calls("until-3 wait wait wait"),
        ONE_TWO_THREE,
        steps.ExpectClose(),
        expect_results(as_bytes("one"), as_bytes("two"), as_bytes("three")),
        bases=_WAIT,
    )
    yield clause(
        "wait() returns a fragmented message as one message.",
        calls("wait wait"),
        steps.Send(b"whole, in three fragments", fragments=3),
        steps.Send(b"next"),
        steps.ExpectClose(),
        expect_results(as_bytes("whole, in three fragments"), as_bytes("next")),
        bases=(*_WAIT, *usage(19)),
    )
    yield clause(
        "wait() does not return before the last fragment of a message arrives.",
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
        "wait() returns text whose fragments split characters.",
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
    yield thousand_messages("wait() returns", "wait", _WAIT)
    yield from _timeouts()


def _timeouts() -> Iterator[ApiClause]:
    yield clause(
        "wait(timeout=...) returns None when the timeout expires; is_closed() is then False.",
        calls("wait-0.6 is_closed tell wait"),
        SILENCE,
        steps.ExpectMessage("done"),
        steps.Send(b"later"),
        steps.ExpectClose(),
        expect_results(None, False, as_bytes("later")),
    )
    yield clause(
        "wait(timeout=...) returns a message as soon as it arrives.",
        calls("wait-30 tell"),
        SILENCE,
        steps.Send(b"in time"),
        steps.ExpectMessage("done"),
        steps.ExpectClose(),
        expect_results(as_bytes("in time")),
    )
    yield clause(
        "wait(timeout=...) returns None as soon as the client closes; is_closed() is then True.",
        calls("wait-30 is_closed"),
        SILENCE,
        close_handshake,
        expect_results(None, True),
    )
    yield clause(
        "wait(timeout=0) returns None at once if no message has arrived.",
        calls("wait-0 tell wait"),
        steps.ExpectMessage("done"),
        steps.Send(b"later"),
        steps.ExpectClose(),
        expect_results(None, as_bytes("later")),
    )
    yield clause(
        "wait(timeout=0) returns a message that has already arrived.",
        calls("until-2 wait-0 wait-0 wait-0"),
        steps.Send(b"one"),
        steps.Send(b"two"),
        steps.ExpectClose(),
        expect_results(as_bytes("one"), as_bytes("two"), None),
    )
    yield clause(
        "After wait(timeout=...) expires amid a fragmented message, the next call returns that message whole.",
        calls("wait-0.6 tell wait"),
        steps.SendFragment(b"half", first=True),
        steps.ExpectMessage("done"),
        steps.SendFragment(b" and half", last=True),
        steps.ExpectClose(),
        expect_results(None, as_bytes("half and half")),
    )
