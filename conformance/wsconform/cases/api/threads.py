"""Threads and greenlets: one WebSocket in several of them, and several WebSockets in one.

Threads of a view are greenlets where the server has patched `threading`.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.cases.api.builders import opened, over, row, said
from wsconform.cases.api.calling import octets
from wsconform.contract.model import ApiClause
from wsconform.script import steps

__all__ = ["threads"]

_WELL: dict[str, object] = {"failures": [], "raised": None}
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
    yield from _gone()


def _senders() -> Iterator[ApiClause]:
    yield said(
        "Two threads send 50,000 messages each while the view takes 3,000 of the client: none is torn, lost or out "
        "of order.",
        opened("two-senders?count=50000&expected=3000"),
        steps.SendNumbered(3000),
        steps.ExpectNumbered(("a", "b"), 50_000),
        steps.ExpectClose(),
        steps.ExpectNotes({"in order": True, **_WELL}),
        bases=row(7, 8),
        alone=True,
    )
    yield said(
        "Four threads send messages of 1 octet and of 128 KiB at the same time: none is torn, lost or out of order.",
        opened("large-and-small?count=100"),
        steps.Send("go"),
        _LARGE_AND_SMALL,
        steps.Send(b"all"),
        steps.ExpectClose(),
        steps.ExpectNotes({"waited": octets("all"), **_WELL}),
        bases=row(7),
        alone=True,
    )
    yield said(
        "No Pong is put into a message while threads send messages of 1 octet and of 128 KiB.",
        opened("large-and-small?count=100"),
        steps.Send("go"),
        steps.SendNumbered(2000, pings=True),
        _LARGE_AND_SMALL,
        bases=row(7, 8),
        alone=True,
    )
    yield said(
        "One thread loops over the WebSocket, another sends, a third asks is_closed() and count_messages(): all of it "
        "works, and the third learns of the client's Close.",
        opened("three-at-once?count=1000"),
        steps.SendNumbered(1000),
        steps.ExpectNumbered(("sender",), 1000, within=30.0),
        steps.ExpectMessage("all"),
        over,
        steps.ExpectNotes({"in order": True, "asked": [True, "closed"], **_WELL}),
        bases=row(8),
        alone=True,
    )
    yield said(
        "Two threads that wait get each message once.",
        opened("two-takers?expected=500"),
        steps.SendNumbered(500),
        steps.ExpectMessage("all"),
        over,
        steps.ExpectNotes({"each once": True, **_WELL}),
        bases=row(8),
    )


def _beside_wait() -> Iterator[ApiClause]:
    for call, words, value in _BESIDE:
        yield said(
            f"While the view waits, {words} in another thread at once, which can send.",
            opened(f"beside-wait?do={call}"),
            steps.ExpectMessage("done"),
            steps.Send(b"one"),
            steps.ExpectClose(),
            steps.ExpectNotes({"beside": value, "waited": octets("one"), **_WELL}),
            bases=row(8),
        )


def _ends() -> Iterator[ApiClause]:
    for by, words, value in (
        ("wait", "A view that waits gets None", None),
        ("wait-30", "A view that waits for a time gets None", None),
        ("next", "A loop over the WebSocket ends", "the end"),
    ):
        yield said(
            f"{words} when another thread closes.",
            opened(f"closed-elsewhere?by={by}"),
            steps.ExpectClose((3001,), "from elsewhere"),
            steps.ExpectNotes({"gave": value, "closed": True, **_WELL}),
            bases=row(8),
        )
    for words, leaves in (("has closed", over), ("has vanished", (steps.Disconnect(steps.End.RST),))):
        yield said(
            f"send() in another thread of the view returns False when the client {words}.",
            opened("sends-elsewhere"),
            leaves,
            steps.ExpectNotes({"elsewhere": False, **_WELL}),
        )


_JOINS: tuple[steps.Step, ...] = (*opened("joins"), steps.ExpectMessage("joined"))


def _several() -> Iterator[ApiClause]:
    for query, words in (("", "another view"), ("?thread", "a thread of another view")):
        yield said(
            f"send() to a client of another view from {words} arrives, and each goes on.",
            _JOINS,
            steps.on(2, *opened(f"tells{query}"), steps.Send("go")),
            steps.ExpectMessage("news"),
            steps.on(2, steps.ExpectJson({"raised": []}), steps.Send("go")),
            steps.ExpectMessage("news"),
            steps.on(2, steps.ExpectJson({"raised": []}), *over),
            over,
            steps.ExpectNotes({"raised": None}),
            bases=row(7),
        )
    yield said(
        "Two views send messages of 128 KiB to the client of a third one at the same time: none is torn, lost or out "
        "of order.",
        _JOINS,
        steps.on(2, *opened("sends-to-others?name=b&count=100")),
        steps.on(3, *opened("sends-to-others?name=c&count=100"), steps.Send("go")),
        steps.on(2, steps.Send("go")),
        steps.ExpectNumbered(("b" * _LARGE, "c" * _LARGE), 100, within=30.0),
        steps.on(2, steps.ExpectClose()),
        steps.on(3, steps.ExpectClose()),
        over,
        steps.ExpectNotes({"raised": None}),
        bases=row(7),
        alone=True,
    )
    yield said(
        "WebSockets of several views are told apart in dicts, in sets and by !=.",
        _JOINS,
        steps.on(2, *_JOINS),
        steps.on(3, *opened("knows-others"), steps.ExpectClose()),
        over,
        steps.on(2, *over),
        steps.ExpectNotes({"in a dict": [0, 1, 2], "in a set": 3, "others": 2, "raised": None}),
        bases=row(7),
    )


def _gone() -> Iterator[ApiClause]:
    """Clients that have left, and are still in a list."""
    for words, leaves in (
        ("has closed", over),
        ("has vanished by FIN", (steps.Disconnect(),)),
        ("has vanished by RST", (steps.Disconnect(steps.End.RST),)),
    ):
        yield said(
            f"send() to a client of another view that {words} does not raise there, and that view goes on.",
            _JOINS,
            steps.on(2, *opened("tells")),
            leaves,
            steps.on(
                2,
                steps.Send("go"),
                steps.ExpectJson({"raised": []}),
                steps.Send("go"),
                steps.ExpectJson({"raised": []}),
                *over,
            ),
            steps.ExpectNotes(),
            bases=row(7),
        )
    yield said(
        "send() to a client of another view returns True while it is there, and False when it has left.",
        _JOINS,
        steps.on(2, *opened("tells"), steps.Send("go")),
        steps.ExpectMessage("news"),
        steps.on(2, steps.ExpectJson({"told": [True]})),
        over,
        steps.on(2, steps.Send("go"), steps.ExpectJson({"told": [False]}), *over),
        steps.ExpectNotes({"raised": None}),
    )
    yield said(
        "Of two clients that a view sends to, the second gets its message also when the first has left.",
        _JOINS,
        steps.on(2, *_JOINS),
        over,
        steps.on(3, *opened("tells"), steps.Send("go")),
        steps.On(2, steps.ExpectMessage("news")),
        steps.on(3, steps.ExpectJson({"raised": []}), *over),
        steps.on(2, *over),
        steps.ExpectNotes(),
        bases=row(7),
    )
