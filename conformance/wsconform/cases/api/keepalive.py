"""Peers that vanish, and peers that only keep the connection alive."""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.cases.api.builders import opened, over, readmes, row, ruled, said
from wsconform.cases.api.calling import NOTHING, calls, gave, octets
from wsconform.contract.model import ApiClause
from wsconform.script import steps

__all__ = ["peers"]

_HOW = (("FIN", steps.Disconnect()), ("RST", steps.Disconnect(steps.End.RST)))
#: Name in the view, and what happens in a view when its client is gone.
_NOTICED = (
    ("wait", "wait() returns None"),
    ("wait-30", "wait(timeout=30) returns None"),
    ("iteration", "a loop over the WebSocket ends"),
    ("read", "read() raises nothing, and is_closed() becomes True"),
    ("count_messages", "count_messages() raises nothing, and is_closed() becomes True"),
    ("is_closed", "is_closed() becomes True, also if nothing is read"),
)
#: Name in the view, and what a view does.
_TAKING = (
    ("wait", "waits"),
    ("wait-30", "waits for a time"),
    ("iteration", "loops over the WebSocket"),
    ("read", "reads without waiting"),
)
_ASKING = (
    ("is_closed", "only asks is_closed()"),
    ("count_messages", "only asks count_messages()"),
    ("has_messages", "only asks has_messages()"),
)
_MESSAGE: tuple[steps.Step, ...] = (steps.Send(b"one"), steps.ExpectMessage("heard"))
_NOTED = steps.ExpectNotes({"messages": [octets("one")], "closed": True, "raised": None})


def peers() -> Iterator[ApiClause]:
    """First those that are gone, then those that are not."""
    yield from _vanishing()
    yield from _in_the_middle()
    yield from _pongs()
    yield from _pings()
    yield from _pings_of_the_server()


def _vanishing() -> Iterator[ApiClause]:
    for how, vanish in _HOW:
        for by, words in _NOTICED:
            takes = by in dict(_TAKING)
            yield said(
                f"When the client has vanished by {how}, {words}.",
                opened(f"stays?by={by}"),
                _MESSAGE if takes else (),
                NOTHING,
                vanish,
                _NOTED if takes else steps.ExpectNotes({"closed": True, "raised": None}),
                bases=row(22),
            )
        yield said(
            f"When the client has vanished by {how}, send() raises WebSocketClosed in a view that only sends.",
            opened("pushes"),
            steps.ExpectMessage("tick"),
            vanish,
            steps.ExpectNotes({"ended by": "WebSocketClosed"}),
            bases=ruled(9, 22),
        )
        for view, words in (("stays?by=wait", "waits"), ("stays?by=iteration", "loops"), ("pushes", "only sends")):
            yield said(
                f"When the client of a view that {words} has vanished by {how}, the log has no word of it.",
                opened(view),
                (steps.ExpectMessage("tick"),) if view == "pushes" else (),
                vanish,
                steps.ExpectNotes(),
                bases=row(22),
                silent=True,
            )


def _in_the_middle() -> Iterator[ApiClause]:
    yield said(
        "wait() returns the messages that came before the client vanished, and then None.",
        calls("wait wait wait"),
        steps.Send(b"one"),
        steps.Send(b"two"),
        steps.Disconnect(),
        gave(octets("one"), octets("two"), None),
        bases=(*readmes("WebSocket.wait()"), *row(22)),
    )
    yield said(
        "wait() returns None, and nothing of a message in whose middle the client vanished.",
        calls("wait is_closed"),
        steps.SendFragment(b"begun ", first=True),
        NOTHING,
        steps.Disconnect(),
        gave(None, True),
        bases=row(22),
    )


def _pongs() -> Iterator[ApiClause]:
    for by, words in _TAKING:
        yield said(
            f"A Pong that nobody asked for is ignored while a view {words}.",
            opened(f"stays?by={by}"),
            steps.Pong(b"unasked"),
            steps.Pong(),
            NOTHING,
            _MESSAGE,
            over,
            _NOTED,
            bases=row(21),
        )
    yield said(
        "A Pong that nobody asked for is ignored while a view only sends.",
        opened("pushes"),
        steps.ExpectMessage("tick"),
        steps.Pong(b"unasked"),
        steps.ExpectMessage("tick"),
        over,
        bases=row(21),
    )
    yield said(
        "A Pong that nobody asked for is ignored between the fragments of a message.",
        calls("wait"),
        steps.SendFragment("whole, ", first=True),
        steps.Pong(b"unasked"),
        steps.SendFragment("in two fragments", last=True),
        steps.ExpectClose(),
        gave("whole, in two fragments"),
        bases=row(19, 21),
    )


def _pings() -> Iterator[ApiClause]:
    longest = bytes(range(125))
    for by, words in (*_TAKING, *_ASKING):
        yield said(
            f"Pings are answered while a view {words}, and are no messages.",
            opened(f"stays?by={by}"),
            steps.Ping(b"are you there?"),
            steps.ExpectPong(b"are you there?"),
            steps.Ping(longest),
            steps.ExpectPong(longest),
            steps.Ping(),
            steps.ExpectPong(),
            over,
            steps.ExpectNotes({"messages": [], "closed": True, "raised": None}),
        )
    yield said(
        "A Ping is answered between the fragments of a message, which stays whole.",
        calls("wait"),
        steps.SendFragment("whole, ", first=True),
        steps.Ping(b"between"),
        steps.ExpectPong(b"between"),
        steps.SendFragment("in two fragments", last=True),
        steps.ExpectClose(),
        gave("whole, in two fragments"),
    )


def _pings_of_the_server() -> Iterator[ApiClause]:
    for by, words in (*_TAKING[:3],):
        yield said(
            f"A view that {words} notices by WEBSOCKET_PING_INTERVAL and WEBSOCKET_PING_TIMEOUT that its client is "
            "silent.",
            opened(f"stays?by={by}", origin=""),
            steps.ExpectNotes({"messages": [], "closed": True, "raised": None}),
            bases=ruled(22),
            site="strict",
        )
    yield said(
        "close_code is 1006 when a silent client has been given up.",
        calls("wait close_code", origin=""),
        gave(None, 1006),
        site="strict",
    )
    yield said(
        "A client that says nothing and answers the server's Pings is not given up.",
        calls("wait", origin=""),
        steps.ExpectSilence(1.5),
        steps.Send(b"still there"),
        steps.ExpectClose(),
        gave(octets("still there")),
        bases=ruled(22),
        site="strict",
        slow=True,
    )
