"""How a WebSocket ends, and what tells of it: `close()`, `disconnect()`, `is_closed()` and the attributes."""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.cases.api.builders import (
    END,
    clause,
    close_handshake,
    dwebsocket,
    open_websocket,
    readmes,
    tutorial,
    usage,
)
from wsconform.cases.api.calling import SILENCE, as_bytes, calls, expect_results
from wsconform.contract.model import ApiClause
from wsconform.script import steps

__all__ = ["close"]

_IS_CLOSED = (dwebsocket("WebSocket.is_closed()"),)
_CONNECTED = (tutorial("request.websocket.connected"), *usage(16))
_DISCONNECT = (tutorial("request.websocket.disconnect()"), *usage(16))

_CODES = (1000, 1001, 1003, 1008, 1009, 1011, 1012, 3000, 3999, 4000, 4999)
#: No endpoint may send those, or no server.
_ILLEGAL_CODES = (-1, 0, 1, 999, 1004, 1005, 1006, 1010, 1015, 1016, 2999, 5000, 65535, 65536)
#: Name of a reason in the view, in words, as it comes.
_REASONS = (
    ("text", "a str", "enough"),
    ("bytes", "bytes", "enough"),
    ("non-ascii", "a str that is not all ASCII", "grün 🙂"),
    ("longest", "123 letters", "x" * 123),
    ("longest-utf8", "62 letters that are 123 octets of UTF-8", "ü" * 61 + "x"),
)
_ILLEGAL_REASONS = (
    ("too-long", "124 letters"),
    ("too-long-utf8", "62 letters that are 124 octets of UTF-8"),
    ("too-long-bytes", "124 octets"),
    ("surrogate", "a lone surrogate"),
    ("no-utf8", "bytes that are not UTF-8"),
)


def close() -> Iterator[ApiClause]:
    """Ends by the view, ends by the client, and what the client's Close says."""
    yield from _by_the_view()
    yield from _codes_and_reasons()
    yield from _refused()
    yield from _is_closed()
    yield from _connected()
    yield from _close_code_and_reason()
    yield clause(
        "request.websocket is one object, equal to itself alone, that can be in lists, sets and keys of dicts.",
        open_websocket("identity"),
        steps.ExpectClose(),
        steps.ExpectNotes(
            {
                "the same each time": True,
                "equals itself": True,
                "differs from itself": False,
                "equals another object": False,
                "in a list": 0,
                "in a dict": "found",
                "in a set": 1,
                "left": 0,
                "raised": None,
            }
        ),
        bases=usage(7),
    )


def _by_the_view() -> Iterator[ApiClause]:
    yield clause(
        "close() sends a Close frame with 1000 and without a reason, and the connection ends.",
        open_websocket("closes"),
        steps.ExpectClose((1000,), ""),
        END,
        steps.ExpectNotes({"raised": None}),
        bases=usage(10),
    )
    yield clause(
        "A view that returns closes the connection.",
        calls("wait"),
        SILENCE,
        steps.Send(b"done"),
        steps.ExpectClose((1000,)),
        END,
        expect_results(as_bytes("done")),
        bases=(*readmes("Examples"), *usage(10)),
    )
    yield clause(
        "Behind the Close frame of close() comes not one octet, and no word in the log, if the view returns None.",
        open_websocket("closes-and-returns"),
        steps.Send(b"go"),
        steps.ExpectClose((1000,), ""),
        END,
        bases=usage(10),
        silent=True,
    )
    yield clause(
        "A view that just returns None sends Close 1000, not one octet more, and has no word in the log.",
        open_websocket("returns"),
        steps.Send(b"go"),
        steps.ExpectClose((1000,), ""),
        END,
        bases=usage(10),
        silent=True,
    )
    yield clause(
        "A view that returns when the client has closed sends not one octet more, and has no word in the log.",
        open_websocket("returns"),
        close_handshake,
        END,
        bases=usage(10),
        silent=True,
    )
    yield clause(
        "close() called twice sends one Close frame.",
        calls("close close"),
        steps.ExpectClose(),
        END,
        expect_results(None, None),
    )
    yield clause(
        "close() after messages that the view has not read still reaches the client.",
        calls("wait closing"),
        steps.Send(b"one"),
        steps.Send(b"two"),
        steps.Send(b"three"),
        steps.ExpectClose(),
        expect_results(as_bytes("one")),
        bases=usage(10),
    )
    yield clause(
        "disconnect() does the same as close().",
        open_websocket("disconnects"),
        steps.Send("go"),
        steps.ExpectClose((1000,), ""),
        steps.ExpectNotes({"closed": True, "raised": None}),
        bases=_DISCONNECT,
    )


def _codes_and_reasons() -> Iterator[ApiClause]:
    for code in _CODES:
        yield clause(
            f"close({code}) sends that code.",
            open_websocket(f"closes?code={code}"),
            steps.ExpectClose((code,), ""),
            steps.ExpectNotes({"raised": None}),
            bases=usage(11),
        )
    for name, phrase, reason in _REASONS:
        yield clause(
            f"close(4000, reason) sends a reason of {phrase}.",
            open_websocket(f"closes?code=4000&reason={name}"),
            steps.ExpectClose((4000,), reason),
            steps.ExpectNotes({"raised": None}),
            bases=usage(11),
        )
    yield clause(
        "close(reason=...) sends 1000 with the reason.",
        open_websocket("closes?reason=text"),
        steps.ExpectClose((1000,), "enough"),
        steps.ExpectNotes({"raised": None}),
    )


def _refused() -> Iterator[ApiClause]:
    cases = {f"close({code})": f"code={code}" for code in _ILLEGAL_CODES}
    cases.update(
        (f"close() with a reason of {phrase}", f"code=4000&reason={name}") for name, phrase in _ILLEGAL_REASONS
    )
    for call, query in cases.items():
        yield clause(
            f"{call} raises ValueError, sends nothing, and the connection goes on.",
            open_websocket(f"closes?{query}"),
            steps.ExpectMessage("goes on"),
            steps.Send(b"and on"),
            steps.ExpectClose((1000,)),
            steps.ExpectNotes({"refused": "ValueError", "then": as_bytes("and on"), "raised": None}),
        )


def _is_closed() -> Iterator[ApiClause]:
    yield clause(
        "is_closed() is False while the connection is open.",
        calls("is_closed wait is_closed"),
        steps.Send(b"one"),
        steps.ExpectClose(),
        expect_results(False, as_bytes("one"), False),
        bases=_IS_CLOSED,
    )
    yield clause(
        "is_closed() is True after wait() has returned None for the client's Close.",
        calls("wait is_closed"),
        close_handshake,
        expect_results(None, True),
        bases=_IS_CLOSED,
    )
    yield clause(
        "is_closed() is True after the view's close().",
        calls("closing is_closed"),
        steps.ExpectClose(),
        expect_results(True),
        bases=_IS_CLOSED,
    )
    yield clause(
        "is_closed() notices the client's Close on its own: a view need not read.",
        calls("until-is_closed"),
        SILENCE,
        close_handshake,
        expect_results(True),
        bases=(*_IS_CLOSED, *usage(8)),
    )
    yield clause(
        "is_closed() loses no message.",
        calls("until-is_closed wait wait wait"),
        steps.Send(b"one"),
        steps.Send(b"two"),
        close_handshake,
        expect_results(True, as_bytes("one"), as_bytes("two"), None),
    )


def _connected() -> Iterator[ApiClause]:
    yield clause(
        "connected is True while the connection is open, and False after the client's Close, also if nothing is read.",
        calls("connected until-connected-no-more connected"),
        SILENCE,
        close_handshake,
        expect_results(True, True, False),
        bases=_CONNECTED,
    )
    yield clause(
        "`while request.websocket.connected:` goes round for each message, and ends when the client has closed.",
        open_websocket("while-connected"),
        steps.Send("one"),
        steps.ExpectMessage("You said: one"),
        steps.Send("two"),
        steps.ExpectMessage("You said: two"),
        close_handshake,
        steps.ExpectNotes({"then": "went on", "raised": None}),
        bases=_CONNECTED,
    )


def _close_code_and_reason() -> Iterator[ApiClause]:
    yield clause(
        "close_code is None and close_reason is empty while the connection is open.",
        calls("close_code close_reason"),
        steps.ExpectClose(),
        expect_results(None, ""),
    )
    for code, reason in ((1000, ""), (1001, "going"), (3000, "bye"), (4999, "ü" * 61)):
        yield clause(
            f"close_code is {code} and close_reason {reason[:20]!r} after a client's Close that says so.",
            calls("wait close_code close_reason"),
            steps.Close(code, reason),
            steps.ExpectClose((code,)),
            expect_results(None, code, reason),
        )
    yield clause(
        "close_code is 1005 after a client's Close without a code, which is answered by one without a code.",
        calls("wait close_code close_reason"),
        steps.Close(None),
        steps.ExpectClose((None,)),
        expect_results(None, 1005, ""),
    )
    yield clause(
        "close_code is what the client answers to the view's close().",
        open_websocket("calls?do=closing,until-code,close_code,close_reason"),
        steps.ExpectClose((1000,)),
        expect_results(1000, ""),
    )
