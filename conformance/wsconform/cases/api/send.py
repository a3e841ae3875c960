"""`send()`."""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.cases.api.builders import END, clause, close_handshake, open_websocket, readmes, ruling, usage
from wsconform.cases.api.calling import SILENCE, as_bytes, calls, exception, expect_results
from wsconform.contract.model import ApiClause, Basis
from wsconform.script import steps

__all__ = ["send"]

_SEND = readmes("WebSocket.send(message)")

#: Name of a call, description, the message that arrives.
_ARRIVES: tuple[tuple[str, str, str | bytes, tuple[Basis, ...]], ...] = (
    ("text", "a str as a text message", "text", _SEND),
    ("non-ascii", "a str with non-ASCII characters as UTF-8", "grün 🙂", _SEND),
    ("empty", "an empty str as an empty text message", "", _SEND),
    ("bytes", "bytes as a binary message", b"\x00\xff bytes", ()),
    ("empty-bytes", "empty bytes as an empty binary message", b"", ()),
    ("bytearray", "a bytearray as a binary message", b"\x00\xff bytearray", ()),
    ("memoryview", "a memoryview as a binary message", b"\x00\xff memoryview", ()),
    ("text-as-binary", "a str with binary=True as a binary message in UTF-8", "grün".encode(), ()),
    ("text-as-text", "a str with binary=False as a text message", "grün", ()),
    ("bytes-as-text", "bytes with binary=False as a text message", "grün", ()),
    ("bytes-as-binary", "bytes with binary=True as a binary message", b"bytes", ()),
    ("binary-none", "a str with binary=None as a text message", "text", ()),
)
#: Where the frame header changes, and more than a socket takes at once.
_LENGTHS = (125, 126, 127, 65535, 65536, 1024 * 1024)
#: Name of a call, description, the exception.
_REFUSED = (
    ("int", "an int", "TypeError"),
    ("float", "a float", "TypeError"),
    ("none", "None", "TypeError"),
    ("bool", "a bool", "TypeError"),
    ("list", "a list", "TypeError"),
    ("dict", "a dict", "TypeError"),
    ("object", "an instance of any other class", "TypeError"),
    ("surrogate", "a str that contains a lone surrogate", "ValueError"),
    ("no-utf8-as-text", "non-UTF-8 bytes and binary=False", "ValueError"),
)


def send() -> Iterator[ApiClause]:
    """Yield clauses about sent messages, refused arguments, and clients that have gone."""
    yield from _arrivals()
    for name, phrase, error in _REFUSED:
        yield clause(
            f"send() with {phrase} raises {error}, sends nothing, and leaves the connection open.",
            calls(f"send-{name} tell wait"),
            steps.ExpectMessage("done"),
            steps.Send(b"still there"),
            steps.ExpectClose(),
            expect_results(exception(error), as_bytes("still there")),
        )
    yield from _receiving()
    yield from _only_sending()


def _arrivals() -> Iterator[ApiClause]:
    for name, phrase, message, bases in _ARRIVES:
        yield clause(
            f"send() sends {phrase}.",
            calls(f"send-{name}"),
            steps.ExpectMessage(message),
            steps.ExpectClose(),
            bases=bases,
        )
    for size in _LENGTHS:
        yield clause(
            f"send() sends a text message of {size:,} bytes whole.",
            calls(f"send-{size} tell"),
            steps.ExpectMessage("x" * size),
            steps.ExpectMessage("done"),
            steps.ExpectClose(),
            bases=_SEND,
        )
    yield clause(
        "send(json.dumps(...)) sends a text message that the client can parse as JSON.",
        calls("send-json"),
        steps.ExpectJson({"grün": [1, None]}),
        steps.ExpectClose(),
        bases=(*_SEND, *usage(3)),
    )
    yield clause(
        "send() returns True when the message was sent.",
        calls("send-text send-bytes send-empty"),
        steps.ExpectMessage("text"),
        steps.ExpectMessage(b"\x00\xff bytes"),
        steps.ExpectMessage(""),
        steps.ExpectClose(),
        expect_results(True, True, True),
    )
    yield clause(
        "send() delivers messages in the order of the calls.",
        open_websocket("numbers?count=1000"),
        steps.ExpectNumbered(("view",), 1000, within=10.0),
        steps.ExpectClose(),
        steps.ExpectNotes({"raised": None}),
        bases=_SEND,
    )


def _receiving() -> Iterator[ApiClause]:
    yield clause(
        "Messages that arrived before send() are still returned by wait() after it.",
        calls("rest tell wait wait"),
        steps.Send(b"one"),
        steps.Send(b"two"),
        steps.ExpectMessage("done"),
        steps.ExpectClose(),
        expect_results(as_bytes("one"), as_bytes("two")),
        bases=_SEND,
    )
    yield clause(
        "send() after the view's own close() sends nothing and raises WebSocketClosed.",
        calls("closing send is_closed"),
        steps.ExpectClose(),
        END,
        expect_results(exception("WebSocketClosed"), True),
    )
    yield clause(
        "send() does not wait for a message from the client.",
        calls("tell tell wait"),
        steps.ExpectMessage("done"),
        steps.ExpectMessage("done"),
        SILENCE,
        close_handshake,
        expect_results(None),
        bases=_SEND,
    )


def _only_sending() -> Iterator[ApiClause]:
    """Yield clauses about views that never read."""
    yield clause(
        "In a view that only sends, send() raises WebSocketClosed after the client's Close, which ends the view.",
        open_websocket("pushes"),
        steps.ExpectMessage("tick"),
        close_handshake,
        steps.ExpectNotes({"ended by": "WebSocketClosed"}),
        bases=ruling(9),
    )
    yield clause(
        "When WebSocketClosed ends a view, the client's Close is answered and no error is logged.",
        open_websocket("pushes"),
        steps.ExpectMessage("tick"),
        close_handshake,
        END,
        steps.ExpectNotes(),
        bases=ruling(9),
        silent=True,
    )
    yield clause(
        "A view can catch dwebsocket.WebSocketClosed and continue.",
        open_websocket("catches"),
        steps.ExpectMessage("tick"),
        close_handshake,
        steps.ExpectNotes({"caught": True, "then": "went on", "raised": None}),
    )
    yield clause(
        "In a view that only sends, send() also answers the client's pings.",
        open_websocket("pushes"),
        steps.ExpectMessage("tick"),
        steps.Ping(b"are you there?"),
        steps.ExpectPong(b"are you there?"),
        steps.ExpectMessage("tick"),
        close_handshake,
        bases=ruling(9),
    )
