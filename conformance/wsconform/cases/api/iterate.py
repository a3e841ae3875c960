"""`for message in request.websocket`."""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.cases.api.builders import opened, over, readmes, row, said
from wsconform.cases.api.calling import NOTHING, ONE_TWO_THREE, a_thousand, calls, gave, octets
from wsconform.contract.model import ApiClause, Closed, Hear, HearJson, Notes, Say

__all__ = ["iterating"]

_ITER = readmes("WebSocket.__iter__()")


def iterating() -> Iterator[ApiClause]:
    """`for message in request.websocket`."""
    yield said(
        "A loop over the WebSocket yields each message, in the order in which they came, and ends after the "
        "client's Close.",
        opened("iterates"),
        ONE_TWO_THREE,
        over,
        Notes({"messages": [octets("one"), octets("two"), octets("three")], "then": "went on", "raised": None}),
        bases=(*_ITER, *row(1)),
    )
    yield said(
        "A loop over the WebSocket yields nothing but messages: no None when the client has closed.",
        calls("list"),
        Say(b"one"),
        Say(b"two"),
        over,
        gave([octets("one"), octets("two")]),
        bases=_ITER,
    )
    yield said(
        "A loop over the WebSocket waits for the next message.",
        calls("loop-once tell"),
        NOTHING,
        Say(b"late"),
        Hear("done"),
        Closed(),
        gave(octets("late")),
        bases=_ITER,
    )
    yield said(
        "A loop over the WebSocket yields an empty message, and goes on.",
        opened("iterates"),
        Say(b"one"),
        Say(b""),
        Say(b"three"),
        over,
        Notes({"messages": [octets("one"), octets(""), octets("three")], "then": "went on", "raised": None}),
        bases=_ITER,
    )
    yield said(
        "A loop over the WebSocket yields what came in fragments as one message.",
        opened("iterates"),
        Say(b'{"large": "JSON"}', fragments=5),
        over,
        Notes({"messages": [octets('{"large": "JSON"}')], "raised": None}),
        bases=(*_ITER, *row(19)),
    )
    yield said(
        "After a break, wait(), read() and another loop get the messages that follow.",
        calls("until-3 loop-once wait loop-once until-1 read"),
        ONE_TWO_THREE,
        Say(b"four"),
        Closed(),
        gave(octets("one"), octets("two"), octets("three"), octets("four")),
        bases=_ITER,
    )
    yield said(
        "A loop over the WebSocket has nothing to yield when the connection is closed.",
        calls("until-closed loop-once list"),
        over,
        gave("the end", []),
        bases=_ITER,
    )
    yield said(
        "An iterator stays at its end.",
        opened("one-iterator"),
        Say(b"one"),
        over,
        Notes({"messages": [octets("one")], "then": ["the end", "the end"], "raised": None}),
        bases=_ITER,
    )
    yield said(
        "A loop over the WebSocket yields text as str: comparisons, json.loads(), lower() and find() work.",
        opened("as-text"),
        Say('{"name": "Ü"}'),
        HearJson({"name": "Ü", "at": 2, "lower": '{"name": "ü"}'}),
        Say("quit"),
        Closed(),
        Notes({"quit": True, "raised": None}),
        bases=row(2),
    )
    yield said(
        "A loop over the WebSocket yields text as str and binary as bytes.",
        calls("list"),
        Say("text"),
        Say(b"binary"),
        over,
        gave(["text", octets("binary")]),
    )
    yield a_thousand("A loop over the WebSocket", "iteration", _ITER)
