"""The behaviour of dwebsocket 0.5, which WEBSOCKET_LEGACY_BYTES restores.

A clause has a basis where programs for dwebsocket 0.5 rely on it; that release needs no setting.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from wsconform.cases.api.builders import END, close_handshake, open_websocket, readmes, ruling, usage
from wsconform.cases.api.builders import clause as clause_anywhere
from wsconform.cases.api.calling import SILENCE, as_bytes, calls, exception, expect_results
from wsconform.contract.model import ApiClause
from wsconform.script import steps

__all__ = ["legacy"]

clause = partial(clause_anywhere, site="legacy")


def legacy() -> Iterator[ApiClause]:
    """Yield clauses about received messages, sent messages, and the end."""
    yield from _arrivals()
    yield from _going_out()
    yield from _loops()
    yield from _after_the_end()


def _arrivals() -> Iterator[ApiClause]:
    for name, phrase in (("wait", "wait() returns"), ("until-read", "read() returns"), ("next", "a loop yields")):
        yield clause(
            f"In legacy mode {phrase} text and binary messages as bytes.",
            calls(f"{name} {name}"),
            steps.Send("text"),
            steps.Send(b"binary"),
            steps.ExpectClose(),
            expect_results(as_bytes("text"), as_bytes("binary")),
            bases=usage(1),
        )
    yield clause(
        "In legacy mode text with non-ASCII characters is received as UTF-8 bytes.",
        calls("wait"),
        steps.Send("ü"),
        steps.ExpectClose(),
        expect_results(as_bytes("ü".encode().decode("latin-1"))),
        bases=usage(1),
    )
    yield clause(
        'In legacy mode message.decode("utf-8") and str(message, encoding="utf-8") work for each message of a loop.',
        open_websocket("legacy-decodes"),
        steps.Send("grün"),
        steps.ExpectMessage("decoded"),
        close_handshake,
        steps.ExpectNotes({"texts": ["grün"], "raised": None}),
        bases=usage(1),
    )
    yield clause(
        "In legacy mode wait() returns an empty message as b'', not None.",
        calls("wait wait"),
        steps.Send(""),
        steps.Send(b""),
        steps.ExpectClose(),
        expect_results(as_bytes(""), as_bytes("")),
        bases=usage(4),
    )
    yield clause(
        "In legacy mode wait() returns a fragmented message as one message.",
        calls("wait"),
        steps.Send("in three fragments", fragments=3),
        steps.ExpectClose(),
        expect_results(as_bytes("in three fragments")),
        bases=usage(19),
    )


def _going_out() -> Iterator[ApiClause]:
    yield clause(
        "In legacy mode send() sends bytes that are UTF-8 as a text message.",
        open_websocket("legacy-answers-in-bytes"),
        steps.Send('{"grün": 1}'),
        steps.ExpectJson({"got": {"grün": 1}}),
        steps.ExpectClose(),
        steps.ExpectNotes({"raised": None}),
        bases=usage(2, 3),
    )
    yield clause(
        "In legacy mode send() sends a str as a text message.",
        calls("send-text"),
        steps.ExpectMessage("text"),
        steps.ExpectClose(),
        bases=usage(3),
    )
    yield clause(
        "In legacy mode send() sends bytes that are not UTF-8 as a binary message.",
        calls("send-bytes"),
        steps.ExpectMessage(b"\x00\xff bytes"),
        steps.ExpectClose(),
    )
    yield clause(
        "In legacy mode send() with binary=True sends bytes as a binary message.",
        calls("send-bytes-as-binary"),
        steps.ExpectMessage(b"bytes"),
        steps.ExpectClose(),
    )


def _loops() -> Iterator[ApiClause]:
    yield clause(
        "In legacy mode wait() does not return before a message arrives.",
        calls("wait tell"),
        SILENCE,
        steps.Send("late"),
        steps.ExpectMessage("done"),
        steps.ExpectClose(),
        expect_results(as_bytes("late")),
        bases=(*readmes("WebSocket.wait()"), *usage(4)),
    )
    yield clause(
        "In legacy mode wait() still waits after 10 seconds without a message.",
        calls("wait tell"),
        steps.ExpectSilence(10.0),
        steps.Send("late"),
        steps.ExpectMessage("done"),
        steps.ExpectClose(),
        expect_results(as_bytes("late")),
        bases=(*readmes("WebSocket.wait()"), *usage(4)),
        slow=True,
    )
    yield clause(
        "In legacy mode `if not message: break` after wait() ends the view when the client has closed.",
        open_websocket("legacy-breaks-on-nothing"),
        steps.Send("one"),
        steps.Send("two"),
        close_handshake,
        steps.ExpectNotes({"messages": [as_bytes("one"), as_bytes("two")], "closed": True, "raised": None}),
        bases=usage(4),
    )
    yield clause(
        "In legacy mode a loop yields one None after the client's Close, then ends.",
        calls("list"),
        steps.Send("one"),
        close_handshake,
        expect_results([as_bytes("one"), None]),
        bases=usage(5),
    )
    yield clause(
        "In legacy mode a loop yields one None after the client ends TCP, then ends.",
        calls("list"),
        steps.Send("one"),
        steps.Disconnect(),
        expect_results([as_bytes("one"), None]),
        bases=usage(5, 22),
    )
    yield clause(
        "In legacy mode `if not message:` in a loop can remove a client that has left from a list.",
        open_websocket("legacy-removes-clients"),
        steps.Send("one"),
        steps.ExpectMessage("one"),
        close_handshake,
        steps.ExpectNotes({"clients": 0, "raised": None}),
        bases=usage(5),
    )
    yield clause(
        "In legacy mode a loop that also echoes the final None raises no exception.",
        open_websocket("legacy-echoes-all"),
        steps.Send("one"),
        steps.ExpectMessage("one"),
        close_handshake,
        END,
        steps.ExpectNotes({"then": "went on", "raised": None}),
    )


def _after_the_end() -> Iterator[ApiClause]:
    for phrase, leaves in (
        ("the client's Close", (steps.Close(),)),  # a message may be sent before the server's Close
        ("the client has ended TCP with FIN", (steps.Disconnect(),)),
        ("the client has reset TCP", (steps.Disconnect(steps.End.RST),)),
    ):
        yield clause(
            f"In legacy mode send() after {phrase} raises no exception.",
            open_websocket("legacy-pushes"),
            steps.Send("go"),
            steps.ExpectMessage("tick"),
            leaves,
            steps.ExpectNotes({"closed": True, "raised": None}),
            bases=ruling(9),
        )
    yield clause(
        "In legacy mode send() returns True while the connection is open and False when it is closed.",
        calls("send until-closed send"),
        steps.ExpectMessage("sent"),
        close_handshake,
        expect_results(True, False),
    )
    yield clause(
        "In legacy mode send() after the view's close() sends nothing and raises no exception.",
        calls("closing send is_closed"),
        steps.ExpectClose(),
        END,
        expect_results(False, True),
    )
    yield clause(
        "In legacy mode send(None) sends nothing and returns False.",
        calls("send-none tell"),
        steps.ExpectMessage("done"),
        steps.ExpectClose(),
        expect_results(False),
    )
    yield clause(
        "In legacy mode send() with an int raises TypeError.",
        calls("send-int tell"),
        steps.ExpectMessage("done"),
        steps.ExpectClose(),
        expect_results(exception("TypeError")),
    )
    yield clause(
        "In legacy mode read() after the client's Close raises no exception.",
        calls("until-closed read read"),
        close_handshake,
        expect_results(None, None),
        bases=usage(14),
    )
