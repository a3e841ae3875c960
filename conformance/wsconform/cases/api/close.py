"""The end of a WebSocket: `close()`, `disconnect()`, `is_closed()` and the attributes about it."""

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
#: Codes that no endpoint, or no server, may send.
_ILLEGAL_CODES = (-1, 0, 1, 999, 1004, 1005, 1006, 1010, 1015, 1016, 2999, 5000, 65535, 65536)
#: Name of a reason in the view, description, the reason that arrives.
_REASONS = (
    ("text", "is a str", "enough"),
    ("bytes", "is bytes", "enough"),
    ("non-ascii", "is a str with non-ASCII characters", "grün 🙂"),
    ("longest", "is 123 letters long", "x" * 123),
    ("longest-utf8", "takes 123 bytes in UTF-8", "ü" * 61 + "x"),
)
_ILLEGAL_REASONS = (
    ("too-long", "is 124 letters long"),
    ("too-long-utf8", "takes 124 bytes in UTF-8"),
    ("too-long-bytes", "is 124 bytes long"),
    ("surrogate", "contains a lone surrogate"),
    ("no-utf8", "is not UTF-8"),
)


def close() -> Iterator[ApiClause]:
    """Yield clauses about the end by the view or the client, and the code and reason of a Close."""
    yield from _by_the_view()
    yield from _codes_and_reasons()
    yield from _refused()
    yield from _is_closed()
    yield from _connected()
    yield from _close_code_and_reason()
    yield clause(
        "request.websocket is always the same object, equals only itself, and works in lists, sets and dict keys.",
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
        "close() sends Close 1000 without a reason and ends the connection.",
        open_websocket("closes"),
        steps.ExpectClose((1000,), ""),
        END,
        steps.ExpectNotes({"raised": None}),
        bases=usage(10),
    )
    yield clause(
        "The connection is closed with 1000 when the view returns.",
        calls("wait"),
        SILENCE,
        steps.Send(b"done"),
        steps.ExpectClose((1000,)),
        END,
        expect_results(as_bytes("done")),
        bases=(*readmes("Examples"), *usage(10)),
    )
    yield clause(
        "After close(), a view that returns None sends nothing more, and no error is logged.",
        open_websocket("closes-and-returns"),
        steps.Send(b"go"),
        steps.ExpectClose((1000,), ""),
        END,
        bases=usage(10),
        silent=True,
    )
    yield clause(
        "A view that returns None without close() sends Close 1000 and nothing more, and no error is logged.",
        open_websocket("returns"),
        steps.Send(b"go"),
        steps.ExpectClose((1000,), ""),
        END,
        bases=usage(10),
        silent=True,
    )
    yield clause(
        "A view that returns after the client's Close sends nothing more, and no error is logged.",
        open_websocket("returns"),
        close_handshake,
        END,
        bases=usage(10),
        silent=True,
    )
    yield clause(
        "close() called twice sends only one Close frame.",
        calls("close close"),
        steps.ExpectClose(),
        END,
        expect_results(None, None),
    )
    yield clause(
        "The Close of close() reaches the client even if the view left messages unread.",
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
            f"close({code}) sends Close {code}.",
            open_websocket(f"closes?code={code}"),
            steps.ExpectClose((code,), ""),
            steps.ExpectNotes({"raised": None}),
            bases=usage(11),
        )
    for name, phrase, reason in _REASONS:
        yield clause(
            f"close(4000, reason) sends a reason that {phrase}.",
            open_websocket(f"closes?code=4000&reason={name}"),
            steps.ExpectClose((4000,), reason),
            steps.ExpectNotes({"raised": None}),
            bases=usage(11),
        )
    yield clause(
        "close(reason=...) sends Close 1000 with the reason.",
        open_websocket("closes?reason=text"),
        steps.ExpectClose((1000,), "enough"),
        steps.ExpectNotes({"raised": None}),
    )


def _refused() -> Iterator[ApiClause]:
    cases = {f"close({code})": f"code={code}" for code in _ILLEGAL_CODES}
    cases.update(
        (f"close(4000, reason) with a reason that {phrase}", f"code=4000&reason={name}")
        for name, phrase in _ILLEGAL_REASONS
    )
    for call, query in cases.items():
        yield clause(
            f"{call} raises ValueError, sends nothing, and leaves the connection open.",
            open_websocket(f"closes?{query}"),
            steps.ExpectMessage("goes on"),
            steps.Send(b"and on"),
            steps.ExpectClose((1000,)),
            steps.ExpectNotes({"refused": "ValueError", "then": as_bytes("and on"), "raised": None}),
        )


def _is_closed() -> Iterator[ApiClause]:
    yield clause(
        "is_closed() returns False while the connection is open.",
        calls("is_closed wait is_closed"),
        steps.Send(b"one"),
        steps.ExpectClose(),
        expect_results(False, as_bytes("one"), False),
        bases=_IS_CLOSED,
    )
    yield clause(
        "is_closed() returns True after wait() has returned None because of the client's Close.",
        calls("wait is_closed"),
        close_handshake,
        expect_results(None, True),
        bases=_IS_CLOSED,
    )
    yield clause(
        "is_closed() returns True once the view has called close().",
        calls("closing is_closed"),
        steps.ExpectClose(),
        expect_results(True),
        bases=_IS_CLOSED,
    )
    yield clause(
        "is_closed() notices the client's Close even in a view that never reads.",
        calls("until-is_closed"),
        SILENCE,
        close_handshake,
        expect_results(True),
        bases=(*_IS_CLOSED, *usage(8)),
    )
    yield clause(
        "is_closed() does not lose messages.",
        calls("until-is_closed wait wait wait"),
        steps.Send(b"one"),
        steps.Send(b"two"),
        close_handshake,
        expect_results(True, as_bytes("one"), as_bytes("two"), None),
    )


def _connected() -> Iterator[ApiClause]:
    yield clause(
        "connected is True until the client's Close and False after it, even in a view that never reads.",
        calls("connected until-connected-no-more connected"),
        SILENCE,
        close_handshake,
        expect_results(True, True, False),
        bases=_CONNECTED,
    )
    yield clause(
        "A loop `while request.websocket.connected:` handles each message and ends after the client's Close.",
        open_websocket("while-connected"),
        steps.Send("one"),
        steps.ExpectMessage("You said: one"),
        steps.Send("two"),
        steps.ExpectMessage("You said: two"),
        close_handshake,
        steps.ExpectNotes({"then": "went on", "raised": None}),
        bases=_CONNECTED,
    )


def _shown(reason: str) -> str:
    return repr(reason) if len(reason) < 20 else f"{reason[0]!r} {len(reason)} times"


def _close_code_and_reason() -> Iterator[ApiClause]:
    yield clause(
        "close_code is None and close_reason is '' while the connection is open.",
        calls("close_code close_reason"),
        steps.ExpectClose(),
        expect_results(None, ""),
    )
    for code, reason in ((1000, ""), (1001, "going"), (3000, "bye"), (4999, "ü" * 61)):
        yield clause(
            f"close_code is {code} and close_reason is {_shown(reason)} after a client's Close with both.",
            calls("wait close_code close_reason"),
            steps.Close(code, reason),
            steps.ExpectClose((code,)),
            expect_results(None, code, reason),
        )
    yield clause(
        "close_code is 1005 after a client's Close without a code, and the answer has no code.",
        calls("wait close_code close_reason"),
        steps.Close(None),
        steps.ExpectClose((None,)),
        expect_results(None, 1005, ""),
    )
    yield clause(
        "After the view's close(), close_code is the code of the client's answer.",
        open_websocket("calls?do=closing,until-code,close_code,close_reason"),
        steps.ExpectClose((1000,)),
        expect_results(1000, ""),
    )
