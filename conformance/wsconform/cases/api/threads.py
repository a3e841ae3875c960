"""Threads and greenlets: one WebSocket in several of them, and several WebSockets in one.

Threads of a view are greenlets where the server has patched `threading`.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.cases.api.builders import on, opened, over, row, said
from wsconform.cases.api.calling import octets
from wsconform.contract.model import (
    ApiClause,
    ApiStep,
    Closed,
    Hear,
    HearJson,
    HearNumbered,
    Notes,
    On,
    Say,
    Stream,
    Vanish,
)

__all__ = ["threads"]

_WELL: dict[str, object] = {"failures": [], "raised": None}
_LARGE = 128 * 1024
_LARGE_AND_SMALL = HearNumbered(("s", "t", "L" * _LARGE, "M" * _LARGE), 100, within=30.0)

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
        Stream(3000),
        HearNumbered(("a", "b"), 50_000),
        Closed(),
        Notes({"in order": True, **_WELL}),
        bases=row(7, 8),
        alone=True,
    )
    yield said(
        "Four threads send messages of 1 octet and of 128 KiB at the same time: none is torn, lost or out of order.",
        opened("large-and-small?count=100"),
        Say("go"),
        _LARGE_AND_SMALL,
        Say(b"all"),
        Closed(),
        Notes({"waited": octets("all"), **_WELL}),
        bases=row(7),
        alone=True,
    )
    yield said(
        "No Pong is put into a message while threads send messages of 1 octet and of 128 KiB.",
        opened("large-and-small?count=100"),
        Say("go"),
        Stream(2000, pings=True),
        _LARGE_AND_SMALL,
        bases=row(7, 8),
        alone=True,
    )
    yield said(
        "One thread loops over the WebSocket, another sends, a third asks is_closed() and count_messages(): all of it "
        "works, and the third learns of the client's Close.",
        opened("three-at-once?count=1000"),
        Stream(1000),
        HearNumbered(("sender",), 1000, within=30.0),
        Hear("all"),
        over,
        Notes({"in order": True, "asked": [True, "closed"], **_WELL}),
        bases=row(8),
        alone=True,
    )
    yield said(
        "Two threads that wait get each message once.",
        opened("two-takers?expected=500"),
        Stream(500),
        Hear("all"),
        over,
        Notes({"each once": True, **_WELL}),
        bases=row(8),
    )


def _beside_wait() -> Iterator[ApiClause]:
    for call, words, value in _BESIDE:
        yield said(
            f"While the view waits, {words} in another thread at once, which can send.",
            opened(f"beside-wait?do={call}"),
            Hear("done"),
            Say(b"one"),
            Closed(),
            Notes({"beside": value, "waited": octets("one"), **_WELL}),
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
            Closed((3001,), "from elsewhere"),
            Notes({"gave": value, "closed": True, **_WELL}),
            bases=row(8),
        )
    for words, leaves in (("has closed", over), ("has vanished", (Vanish(reset=True),))):
        yield said(
            f"send() in another thread of the view returns False when the client {words}.",
            opened("sends-elsewhere"),
            leaves,
            Notes({"elsewhere": False, **_WELL}),
        )


_JOINS: tuple[ApiStep, ...] = (*opened("joins"), Hear("joined"))


def _several() -> Iterator[ApiClause]:
    for query, words in (("", "another view"), ("?thread", "a thread of another view")):
        yield said(
            f"send() to a client of another view from {words} arrives, and each goes on.",
            _JOINS,
            on(2, *opened(f"tells{query}"), Say("go")),
            Hear("news"),
            on(2, HearJson({"raised": []}), Say("go")),
            Hear("news"),
            on(2, HearJson({"raised": []}), *over),
            over,
            Notes({"raised": None}),
            bases=row(7),
        )
    yield said(
        "Two views send messages of 128 KiB to the client of a third one at the same time: none is torn, lost or out "
        "of order.",
        _JOINS,
        on(2, *opened("sends-to-others?name=b&count=100")),
        on(3, *opened("sends-to-others?name=c&count=100"), Say("go")),
        on(2, Say("go")),
        HearNumbered(("b" * _LARGE, "c" * _LARGE), 100, within=30.0),
        on(2, Closed()),
        on(3, Closed()),
        over,
        Notes({"raised": None}),
        bases=row(7),
        alone=True,
    )
    yield said(
        "WebSockets of several views are told apart in dicts, in sets and by !=.",
        _JOINS,
        on(2, *_JOINS),
        on(3, *opened("knows-others"), Closed()),
        over,
        on(2, *over),
        Notes({"in a dict": [0, 1, 2], "in a set": 3, "others": 2, "raised": None}),
        bases=row(7),
    )


def _gone() -> Iterator[ApiClause]:
    """Clients that have left, and are still in a list."""
    for words, leaves in (
        ("has closed", over),
        ("has vanished by FIN", (Vanish(),)),
        ("has vanished by RST", (Vanish(reset=True),)),
    ):
        yield said(
            f"send() to a client of another view that {words} does not raise there, and that view goes on.",
            _JOINS,
            on(2, *opened("tells")),
            leaves,
            on(2, Say("go"), HearJson({"raised": []}), Say("go"), HearJson({"raised": []}), *over),
            Notes(),
            bases=row(7),
        )
    yield said(
        "send() to a client of another view returns True while it is there, and False when it has left.",
        _JOINS,
        on(2, *opened("tells"), Say("go")),
        Hear("news"),
        on(2, HearJson({"told": [True]})),
        over,
        on(2, Say("go"), HearJson({"told": [False]}), *over),
        Notes({"raised": None}),
    )
    yield said(
        "Of two clients that a view sends to, the second gets its message also when the first has left.",
        _JOINS,
        on(2, *_JOINS),
        over,
        on(3, *opened("tells"), Say("go")),
        On(2, Hear("news")),
        on(3, HearJson({"raised": []}), *over),
        on(2, *over),
        Notes(),
        bases=row(7),
    )
