"""Clients that vanish, and pings and pongs that keep connections alive."""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.cases.api.builders import clause, close_handshake, open_websocket, readmes, ruling, usage
from wsconform.cases.api.calling import SILENCE, as_bytes, calls, expect_results
from wsconform.contract.model import ApiClause
from wsconform.script import steps

__all__ = ["keepalive"]

_DISCONNECTS = (("ended TCP with FIN", steps.Disconnect()), ("reset TCP", steps.Disconnect(steps.End.RST)))
#: Name in the view, and the effect of a vanished client in the view.
_NOTICED = (
    ("wait", "wait() returns None"),
    ("wait-30", "wait(timeout=30) returns None"),
    ("iteration", "a loop over the WebSocket ends"),
    ("read", "read() raises no exception, and is_closed() becomes True"),
    ("count_messages", "count_messages() raises no exception, and is_closed() becomes True"),
    ("is_closed", "is_closed() becomes True, even in a view that never reads"),
)
#: Name in the view, and its activity.
_RECEIVING = (
    ("wait", "calls wait()"),
    ("wait-30", "calls wait(timeout=30)"),
    ("iteration", "loops over the WebSocket"),
    ("read", "polls read()"),
)
_POLLING = (
    ("is_closed", "only polls is_closed()"),
    ("count_messages", "only polls count_messages()"),
    ("has_messages", "only polls has_messages()"),
)
_MESSAGE: tuple[steps.Step, ...] = (steps.Send(b"one"), steps.ExpectMessage("heard"))
_NOTED = steps.ExpectNotes({"messages": [as_bytes("one")], "closed": True, "raised": None})


def keepalive() -> Iterator[ApiClause]:
    """Yield clauses about clients that have vanished, then about pings and pongs."""
    yield from _disconnects()
    yield from _in_the_middle()
    yield from _pongs()
    yield from _pings()
    yield from _pings_of_the_server()


def _disconnects() -> Iterator[ApiClause]:
    for how, vanish in _DISCONNECTS:
        for by, phrase in _NOTICED:
            takes = by in dict(_RECEIVING)
            yield clause(
                f"When the client has {how} without a Close, {phrase}.",
                open_websocket(f"stays?by={by}"),
                _MESSAGE if takes else (),
                SILENCE,
                vanish,
                _NOTED if takes else steps.ExpectNotes({"closed": True, "raised": None}),
                bases=usage(22),
            )
        yield clause(
            f"When the client has {how} without a Close, send() raises WebSocketClosed in a view that only sends.",
            open_websocket("pushes"),
            steps.ExpectMessage("tick"),
            vanish,
            steps.ExpectNotes({"ended by": "WebSocketClosed"}),
            bases=ruling(9, 22),
        )
        for view, phrase in (
            ("stays?by=wait", "calls wait()"),
            ("stays?by=iteration", "loops"),
            ("pushes", "only sends"),
        ):
            yield clause(
                f"When the client of a view that {phrase} has {how} without a Close, no error is logged.",
                open_websocket(view),
                (steps.ExpectMessage("tick"),) if view == "pushes" else (),
                vanish,
                steps.ExpectNotes(),
                bases=usage(22),
                silent=True,
            )


def _in_the_middle() -> Iterator[ApiClause]:
    yield clause(
        "wait() returns the messages that arrived before the client ended TCP, then None.",
        calls("wait wait wait"),
        steps.Send(b"one"),
        steps.Send(b"two"),
        steps.Disconnect(),
        expect_results(as_bytes("one"), as_bytes("two"), None),
        bases=(*readmes("WebSocket.wait()"), *usage(22)),
    )
    yield clause(
        "wait() returns None if the client ends TCP in the middle of a message.",
        calls("wait is_closed"),
        steps.SendFragment(b"begun ", first=True),
        SILENCE,
        steps.Disconnect(),
        expect_results(None, True),
        bases=usage(22),
    )


def _pongs() -> Iterator[ApiClause]:
    for by, phrase in _RECEIVING:
        yield clause(
            f"An unsolicited pong is ignored while a view {phrase}.",
            open_websocket(f"stays?by={by}"),
            steps.Pong(b"unasked"),
            steps.Pong(),
            SILENCE,
            _MESSAGE,
            close_handshake,
            _NOTED,
            bases=usage(21),
        )
    yield clause(
        "An unsolicited pong is ignored while a view only sends.",
        open_websocket("pushes"),
        steps.ExpectMessage("tick"),
        steps.Pong(b"unasked"),
        steps.ExpectMessage("tick"),
        close_handshake,
        bases=usage(21),
    )
    yield clause(
        "An unsolicited pong is ignored between the fragments of a message.",
        calls("wait"),
        steps.SendFragment("whole, ", first=True),
        steps.Pong(b"unasked"),
        steps.SendFragment("in two fragments", last=True),
        steps.ExpectClose(),
        expect_results("whole, in two fragments"),
        bases=usage(19, 21),
    )


def _pings() -> Iterator[ApiClause]:
    longest = bytes(range(125))
    for by, phrase in (*_RECEIVING, *_POLLING):
        yield clause(
            f"Pings are answered while a view {phrase}, and do not appear as messages.",
            open_websocket(f"stays?by={by}"),
            steps.Ping(b"are you there?"),
            steps.ExpectPong(b"are you there?"),
            steps.Ping(longest),
            steps.ExpectPong(longest),
            steps.Ping(),
            steps.ExpectPong(),
            close_handshake,
            steps.ExpectNotes({"messages": [], "closed": True, "raised": None}),
        )
    yield clause(
        "A ping between the fragments of a message is answered, and the message stays whole.",
        calls("wait"),
        steps.SendFragment("whole, ", first=True),
        steps.Ping(b"between"),
        steps.ExpectPong(b"between"),
        steps.SendFragment("in two fragments", last=True),
        steps.ExpectClose(),
        expect_results("whole, in two fragments"),
    )


def _pings_of_the_server() -> Iterator[ApiClause]:
    for by, phrase in (*_RECEIVING[:3],):
        yield clause(
            f"WEBSOCKET_PING_INTERVAL and WEBSOCKET_PING_TIMEOUT end the connection of a silent client while a view "
            f"{phrase}.",
            open_websocket(f"stays?by={by}", origin=""),
            steps.ExpectNotes({"messages": [], "closed": True, "raised": None}),
            bases=ruling(22),
            site="strict",
        )
    yield clause(
        "close_code is 1006 after a client has not answered a ping in time.",
        calls("wait close_code", origin=""),
        expect_results(None, 1006),
        site="strict",
    )
    yield clause(
        "A client that sends nothing but pongs stays connected.",
        calls("wait", origin=""),
        steps.ExpectSilence(1.5),
        steps.Send(b"still there"),
        steps.ExpectClose(),
        expect_results(as_bytes("still there")),
        bases=ruling(22),
        site="strict",
        slow=True,
    )
