"""Threads and greenlets: one WebSocket in several of them, and several WebSockets in one.

Threads of a view are greenlets where the server has patched `threading`.
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

#: A call made in one thread while another waits for a message, and what it gives.
_BESIDE: tuple[tuple[str, str, object], ...] = (
    ("count_messages", "count_messages() is 0", 0),
    ("has_messages", "has_messages() is False", False),
    ("is_closed", "is_closed() is False", False),
    ("connected", "connected is True", True),
    ("read", "read() is None", None),
    ("wait-0.05", "wait(timeout=0.05) is None", None),
)


def threads() -> Iterator[ApiClause]:
    """One WebSocket first, then several."""
    yield from _senders()
    yield from _beside_wait()
    yield from _ends()
    yield from _several()
    yield from _departed_clients()


def _senders() -> Iterator[ApiClause]:
    yield clause(
        "Two threads send 50,000 messages each while the view takes 3,000 of the client: none is torn, lost or out "
        "of order.",
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
        "Four threads send messages of 1 octet and of 128 KiB at the same time: none is torn, lost or out of order.",
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
        "No Pong is put into a message while threads send messages of 1 octet and of 128 KiB.",
        open_websocket("large-and-small?count=100"),
        steps.Send("go"),
        steps.SendNumbered(2000, pings=True),
        _LARGE_AND_SMALL,
        bases=usage(7, 8),
        alone=True,
    )
    yield clause(
        "One thread loops over the WebSocket, another sends, a third asks is_closed() and count_messages(): all of it "
        "works, and the third learns of the client's Close.",
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
        "Two threads that wait get each message once.",
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
            f"While the view waits, {phrase} in another thread at once, which can send.",
            open_websocket(f"beside-wait?do={call}"),
            steps.ExpectMessage("done"),
            steps.Send(b"one"),
            steps.ExpectClose(),
            steps.ExpectNotes({"beside": value, "waited": as_bytes("one"), **_NO_FAILURES}),
            bases=usage(8),
        )


def _ends() -> Iterator[ApiClause]:
    for by, phrase, value in (
        ("wait", "A view that waits gets None", None),
        ("wait-30", "A view that waits for a time gets None", None),
        ("next", "A loop over the WebSocket ends", "the end"),
    ):
        yield clause(
            f"{phrase} when another thread closes.",
            open_websocket(f"closed-elsewhere?by={by}"),
            steps.ExpectClose((3001,), "from elsewhere"),
            steps.ExpectNotes({"gave": value, "closed": True, **_NO_FAILURES}),
            bases=usage(8),
        )
    for phrase, leaves in (("has closed", close_handshake), ("has vanished", (steps.Disconnect(steps.End.RST),))):
        yield clause(
            f"send() in another thread of the view returns False when the client {phrase}.",
            open_websocket("sends-elsewhere"),
            leaves,
            steps.ExpectNotes({"elsewhere": False, **_NO_FAILURES}),
        )


_JOINS: tuple[steps.Step, ...] = (*open_websocket("joins"), steps.ExpectMessage("joined"))


def _several() -> Iterator[ApiClause]:
    for query, phrase in (("", "another view"), ("?thread", "a thread of another view")):
        yield clause(
            f"send() to a client of another view from {phrase} arrives, and each goes on.",
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
        "Two views send messages of 128 KiB to the client of a third one at the same time: none is torn, lost or out "
        "of order.",
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
        "WebSockets of several views are told apart in dicts, in sets and by !=.",
        _JOINS,
        steps.on(2, *_JOINS),
        steps.on(3, *open_websocket("knows-others"), steps.ExpectClose()),
        close_handshake,
        steps.on(2, *close_handshake),
        steps.ExpectNotes({"in a dict": [0, 1, 2], "in a set": 3, "others": 2, "raised": None}),
        bases=usage(7),
    )


def _departed_clients() -> Iterator[ApiClause]:
    """Clients that have left, and are still in a list."""
    for phrase, leaves in (
        ("has closed", close_handshake),
        ("has vanished by FIN", (steps.Disconnect(),)),
        ("has vanished by RST", (steps.Disconnect(steps.End.RST),)),
    ):
        yield clause(
            f"send() to a client of another view that {phrase} does not raise there, and that view goes on.",
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
        "send() to a client of another view returns True while it is there, and False when it has left.",
        _JOINS,
        steps.on(2, *open_websocket("tells"), steps.Send("go")),
        steps.ExpectMessage("news"),
        steps.on(2, steps.ExpectJson({"told": [True]})),
        close_handshake,
        steps.on(2, steps.Send("go"), steps.ExpectJson({"told": [False]}), *close_handshake),
        steps.ExpectNotes({"raised": None}),
    )
    yield clause(
        "Of two clients that a view sends to, the second gets its message also when the first has left.",
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
