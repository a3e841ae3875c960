"""Threads: one WebSocket used in several threads, and several WebSockets used in one.

On servers that patch `threading`, threads are greenlets.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.cases.api.builders import clause, close_handshake, open_websocket, usage
from wsconform.cases.api.calling import as_bytes
from wsconform.contract.model import ApiClause
from wsconform.script import steps

__all__ = ["threads"]

_NO_FAILURES: dict[str, object] = {"failures": [], "raised": None}
_LARGE = 128 * 1024
_LARGE_AND_SMALL = steps.ExpectNumbered(("s", "t", "L" * _LARGE, "M" * _LARGE), 100, within=30.0)

#: A call in one thread while another waits for a message, and its result.
_BESIDE: tuple[tuple[str, str, object], ...] = (
    ("count_messages", "count_messages() returns 0", 0),
    ("has_messages", "has_messages() returns False", False),
    ("is_closed", "is_closed() returns False", False),
    ("connected", "connected is True", True),
    ("read", "read() returns None", None),
    ("wait-0.05", "wait(timeout=0.05) returns None", None),
)


def threads() -> Iterator[ApiClause]:
    """Yield clauses about one WebSocket in several threads, then about several WebSockets."""
    yield from _senders()
    yield from _beside_wait()
    yield from _ends()
    yield from _several()
    yield from _departed_clients()


def _senders() -> Iterator[ApiClause]:
    yield clause(
        "Two threads can each send 50,000 messages while the view receives 3,000: none is mixed up, lost or reordered.",
        open_websocket("two-senders?count=50000&expected=3000"),
        steps.SendNumbered(3000),
        steps.ExpectNumbered(("a", "b"), 50_000),
        steps.ExpectClose(),
        steps.ExpectNotes({"in order": True, **_NO_FAILURES}),
        bases=usage(7, 8),
        slow=True,
        alone=True,
    )
    yield clause(
        "Four threads can send messages of 1 byte and 128 KiB at the same time: none is mixed up, lost or reordered.",
        open_websocket("large-and-small?count=100"),
        steps.Send("go"),
        _LARGE_AND_SMALL,
        steps.Send(b"all"),
        steps.ExpectClose(),
        steps.ExpectNotes({"waited": as_bytes("all"), **_NO_FAILURES}),
        bases=usage(7),
        alone=True,
    )
    yield clause(
        "Pongs do not corrupt messages of 1 byte and 128 KiB that threads send at the same time.",
        open_websocket("large-and-small?count=100"),
        steps.Send("go"),
        steps.SendNumbered(2000, pings=True),
        _LARGE_AND_SMALL,
        bases=usage(7, 8),
        alone=True,
    )
    yield clause(
        "One thread can loop over the WebSocket while another sends and a third calls is_closed() and "
        "count_messages(); the third notices the client's Close.",
        open_websocket("three-at-once?count=1000"),
        steps.SendNumbered(1000),
        steps.ExpectNumbered(("sender",), 1000, within=30.0),
        steps.ExpectMessage("all"),
        close_handshake,
        steps.ExpectNotes({"in order": True, "asked": [True, "closed"], **_NO_FAILURES}),
        bases=usage(8),
        alone=True,
    )
    yield clause(
        "When two threads call wait(), each message goes to exactly one of them.",
        open_websocket("two-takers?expected=500"),
        steps.SendNumbered(500),
        steps.ExpectMessage("all"),
        close_handshake,
        steps.ExpectNotes({"each once": True, **_NO_FAILURES}),
        bases=usage(8),
    )


def _beside_wait() -> Iterator[ApiClause]:
    for call, phrase, value in _BESIDE:
        yield clause(
            f"While the view is in wait(), {phrase} at once in another thread, and that thread can send.",
            open_websocket(f"beside-wait?do={call}"),
            steps.ExpectMessage("done"),
            steps.Send(b"one"),
            steps.ExpectClose(),
            steps.ExpectNotes({"beside": value, "waited": as_bytes("one"), **_NO_FAILURES}),
            bases=usage(8),
        )


def _ends() -> Iterator[ApiClause]:
    for by, phrase, value in (
        ("wait", "wait() returns None", None),
        ("wait-30", "wait(timeout=30) returns None", None),
        ("next", "A loop over the WebSocket ends", "the end"),
    ):
        yield clause(
            f"{phrase} when another thread calls close().",
            open_websocket(f"closed-elsewhere?by={by}"),
            steps.ExpectClose((3001,), "from elsewhere"),
            steps.ExpectNotes({"gave": value, "closed": True, **_NO_FAILURES}),
            bases=usage(8),
        )
    for phrase, leaves in (("has closed", close_handshake), ("has reset TCP", (steps.Disconnect(steps.End.RST),))):
        yield clause(
            f"send() in a thread that the view has started returns False when the client {phrase}.",
            open_websocket("sends-elsewhere"),
            leaves,
            steps.ExpectNotes({"elsewhere": False, **_NO_FAILURES}),
        )


_JOINS: tuple[steps.Step, ...] = (*open_websocket("joins"), steps.ExpectMessage("joined"))


def _several() -> Iterator[ApiClause]:
    for query, phrase in (("", "another view"), ("?thread", "a thread of another view")):
        yield clause(
            f"send() to the client of one view works from {phrase}, and both views continue.",
            _JOINS,
            steps.on(2, *open_websocket(f"tells{query}"), steps.Send("go")),
            steps.ExpectMessage("news"),
            steps.on(2, steps.ExpectJson({"raised": []}), steps.Send("go")),
            steps.ExpectMessage("news"),
            steps.on(2, steps.ExpectJson({"raised": []}), *close_handshake),
            close_handshake,
            steps.ExpectNotes({"raised": None}),
            bases=usage(7),
        )
    yield clause(
        "Two views can send messages of 128 KiB to the client of a third at the same time: none is mixed up, lost "
        "or reordered.",
        _JOINS,
        steps.on(2, *open_websocket("sends-to-others?name=b&count=100")),
        steps.on(3, *open_websocket("sends-to-others?name=c&count=100"), steps.Send("go")),
        steps.on(2, steps.Send("go")),
        steps.ExpectNumbered(("b" * _LARGE, "c" * _LARGE), 100, within=30.0),
        steps.on(2, steps.ExpectClose()),
        steps.on(3, steps.ExpectClose()),
        close_handshake,
        steps.ExpectNotes({"raised": None}),
        bases=usage(7),
        alone=True,
    )
    yield clause(
        "WebSockets of several views are distinct in dicts and sets and compare unequal.",
        _JOINS,
        steps.on(2, *_JOINS),
        steps.on(3, *open_websocket("knows-others"), steps.ExpectClose()),
        close_handshake,
        steps.on(2, *close_handshake),
        steps.ExpectNotes({"in a dict": [0, 1, 2], "in a set": 3, "others": 2, "raised": None}),
        bases=usage(7),
    )


def _departed_clients() -> Iterator[ApiClause]:
    """Yield clauses about clients that have left but are still in a list."""
    for phrase, leaves in (
        ("has closed", close_handshake),
        ("has ended TCP with FIN", (steps.Disconnect(),)),
        ("has reset TCP", (steps.Disconnect(steps.End.RST),)),
    ):
        yield clause(
            f"send() from another view to a client that {phrase} raises no exception, and that view continues.",
            _JOINS,
            steps.on(2, *open_websocket("tells")),
            leaves,
            steps.on(
                2,
                steps.Send("go"),
                steps.ExpectJson({"raised": []}),
                steps.Send("go"),
                steps.ExpectJson({"raised": []}),
                *close_handshake,
            ),
            steps.ExpectNotes(),
            bases=usage(7),
        )
    yield clause(
        "send() from another view returns True while the client is connected and False after it has left.",
        _JOINS,
        steps.on(2, *open_websocket("tells"), steps.Send("go")),
        steps.ExpectMessage("news"),
        steps.on(2, steps.ExpectJson({"told": [True]})),
        close_handshake,
        steps.on(2, steps.Send("go"), steps.ExpectJson({"told": [False]}), *close_handshake),
        steps.ExpectNotes({"raised": None}),
    )
    yield clause(
        "When a view sends to two clients and the first has left, the second still gets its message.",
        _JOINS,
        steps.on(2, *_JOINS),
        close_handshake,
        steps.on(3, *open_websocket("tells"), steps.Send("go")),
        steps.On(2, steps.ExpectMessage("news")),
        steps.on(3, steps.ExpectJson({"raised": []}), *close_handshake),
        steps.on(2, *close_handshake),
        steps.ExpectNotes(),
        bases=usage(7),
    )
