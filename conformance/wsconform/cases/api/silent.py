"""Clients that do not read: send timeouts, and calls that never wait for such clients."""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.cases.api.builders import clause, close_handshake, open_websocket
from wsconform.cases.api.calling import SILENCE, as_bytes, calls, exception, expect_results
from wsconform.cases.api.http_steps import get_notes
from wsconform.cases.builders import ping
from wsconform.contract.model import ApiClause
from wsconform.model import Fill, KiB, MiB
from wsconform.script import steps

__all__ = ["silent"]

_LITTLE = 2 * KiB
_LARGE = b"x" * MiB
_JOINS: tuple[steps.Step, ...] = (*open_websocket("joins"), steps.ExpectMessage("joined"))
#: The sender as a parameter of the view, a description, the result of send().
_SENDERS = (
    ("", "raises WebSocketClosed in the view", exception("WebSocketClosed")),
    ("thread", "returns False in another thread", False),
)


def silent() -> Iterator[ApiClause]:
    """Yield clauses about send timeouts, then about other calls during a blocked send()."""
    yield from _timeouts()
    yield from _setting()
    yield from _freed()
    yield from _never_wait()
    yield from _values()


def _gives(value: object) -> steps.ExpectNotes:
    return steps.ExpectNotes({"gave": value, "closed": True, "code": 1006, "raised": None})


def _timeouts() -> Iterator[ApiClause]:
    for query, phrase, value in _SENDERS:
        yield clause(
            f"When its timeout expires because the client does not read, send() {phrase}; the connection is closed "
            "with close_code 1006.",
            open_websocket(f"sends-much?timeout=0.5&{query}", receive_buffer=_LITTLE),
            _gives(value),
        )
    yield clause(
        "When its timeout expires, send() to a client of another view returns False, and that view ends.",
        open_websocket("joins", receive_buffer=_LITTLE),
        steps.ExpectMessage("joined"),
        steps.on(2, *open_websocket("tells-much?timeout=0.5&count=8"), steps.Send("go")),
        steps.on(2, steps.ExpectJson([False]), *close_handshake),
        steps.ExpectNotes({"raised": None}),
    )
    yield clause(
        "When a view sends to three clients with a timeout and one does not read, the others receive everything.",
        open_websocket("joins", receive_buffer=_LITTLE),
        steps.ExpectMessage("joined"),
        *(steps.on(number, *_JOINS) for number in (2, 3)),
        steps.on(4, *open_websocket("tells-much?timeout=0.5&count=12"), steps.Send("go")),
        *(steps.on(number, steps.ExpectMessage(_LARGE)) for _ in range(12) for number in (2, 3)),
        steps.on(4, steps.ExpectJson([False, True, True]), *close_handshake),
        *(steps.on(number, *close_handshake) for number in (2, 3)),
        steps.ExpectNotes({"raised": None}),
    )
    for call, phrase, message in (
        ("in-time", "with a timeout of 5 seconds", "text"),
        ("in-time-by-place", "with a timeout of 5 seconds as the third argument", "text"),
        ("large-in-time", "of 1 MiB with a timeout of 30 seconds", "x" * MiB),
        ("in-any-time", "with timeout=None", "text"),
        ("in-infinite-time", "with an infinite timeout", "text"),
        ("in-1e10-seconds", "with a timeout of 1e10 seconds", "text"),
    ):
        yield clause(
            f"send() {phrase} returns True if the client reads the message.",
            calls(f"send-{call}"),
            steps.ExpectMessage(message),
            steps.ExpectClose(),
            expect_results(True),
        )


def _setting() -> Iterator[ApiClause]:
    for query, phrase, value in _SENDERS:
        yield clause(
            f"When WEBSOCKET_SEND_TIMEOUT expires because the client does not read, send() {phrase}; the connection "
            "is closed with close_code 1006.",
            open_websocket(f"sends-much?{query}", receive_buffer=_LITTLE, origin=""),
            _gives(value),
            site="strict",
        )
    yield clause(
        "WEBSOCKET_SEND_TIMEOUT does not end the connection of a client that reads slowly but steadily.",
        open_websocket("sends-one?size=12", receive_buffer=64 * KiB, origin=""),
        steps.ExpectMessage(b"x" * (12 * MiB), within=20.0, pause=0.1),
        steps.ExpectClose(),
        steps.ExpectNotes({"gave": True, "raised": None}),
        site="strict",
        slow=True,
    )


def _freed() -> Iterator[ApiClause]:
    for call in ("close", "disconnect"):
        for query, phrase, value in (
            ("thread", "in another thread (send() returns False)", False),
            ("", "in the view (send() raises WebSocketClosed)", exception("WebSocketClosed")),
        ):
            yield clause(
                f"{call}() ends a blocked send() {phrase} while the client does not read.",
                open_websocket(f"ends-while-sending?do={call}&{query}", receive_buffer=_LITTLE),
                steps.ExpectNotes({"gave": value, "stuck": True, "failures": [], "raised": None}, within=6.0),
                slow=True,
            )


def _never_wait() -> Iterator[ApiClause]:
    pings = steps.Flood((ping(Fill(b"p", 125)),), 12 * MiB // 131)
    for call, phrase, seconds in (
        ("is_closed", "is_closed() does not wait", 0),
        ("connected", "connected does not wait", 0),
        ("read", "read() does not wait", 0),
        ("count_messages", "count_messages() does not wait", 0),
        ("has_messages", "has_messages() does not wait", 0),
        ("wait-1", "wait(timeout=1) does not exceed its timeout", 1),
    ):
        yield clause(
            f"{phrase} while the client sends 12 MiB of pings and reads nothing.",
            open_websocket(f"asks?do={call}&seconds={seconds}", receive_buffer=_LITTLE),
            pings,
            steps.ExpectNotes({"waited": False, "raised": None}, within=6.0),
            slow=True,
        )


def _values() -> Iterator[ApiClause]:
    for name, more in (("WEBSOCKET_SEND_TIMEOUT", ()), ("WEBSOCKET_CLOSE_TIMEOUT", ("None",))):
        yield clause(
            f"{name} must be a number of seconds, more than 0 and at most a day"
            + ("" if more else ", or None")
            + "; any other value raises ImproperlyConfigured.",
            get_notes(f"values?name={name}", refused=[*more, "0", "-1", "1e12", "inf", "nan", "x"]),
            alone=True,
        )
    yield clause(
        "wait() with a timeout of 1e10 seconds or infinity waits for a message.",
        calls("wait-inf wait-1e10"),
        SILENCE,
        steps.Send(b"one"),
        SILENCE,
        steps.Send(b"two"),
        steps.ExpectClose(),
        expect_results(as_bytes("one"), as_bytes("two")),
    )
