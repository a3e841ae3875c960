"""`for message in request.websocket`."""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.cases.api.builders import opened, over, readmes, row, said
from wsconform.cases.api.calling import NOTHING, ONE_TWO_THREE, a_thousand, calls, gave, octets
from wsconform.contract.model import ApiClause
from wsconform.script import steps

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
        steps.ExpectNotes(
            {"messages": [octets("one"), octets("two"), octets("three")], "then": "went on", "raised": None}
        ),
        bases=(*_ITER, *row(1)),
    )
    yield said(
        "A loop over the WebSocket yields nothing but messages: no None when the client has closed.",
        calls("list"),
        steps.Send(b"one"),
        steps.Send(b"two"),
        over,
        gave([octets("one"), octets("two")]),
        bases=_ITER,
    )
    yield said(
        "A loop over the WebSocket waits for the next message.",
        calls("loop-once tell"),
        NOTHING,
        steps.Send(b"late"),
        steps.ExpectMessage("done"),
        steps.ExpectClose(),
        gave(octets("late")),
        bases=_ITER,
    )
    yield said(
        "A loop over the WebSocket yields an empty message, and goes on.",
        opened("iterates"),
        steps.Send(b"one"),
        steps.Send(b""),
        steps.Send(b"three"),
        over,
        steps.ExpectNotes(
            {"messages": [octets("one"), octets(""), octets("three")], "then": "went on", "raised": None}
        ),
        bases=_ITER,
    )
    yield said(
        "A loop over the WebSocket yields what came in fragments as one message.",
        opened("iterates"),
        steps.Send(b'{"large": "JSON"}', fragments=5),
        over,
        steps.ExpectNotes({"messages": [octets('{"large": "JSON"}')], "raised": None}),
        bases=(*_ITER, *row(19)),
    )
    yield said(
        "After a break, wait(), read() and another loop get the messages that follow.",
        calls("until-3 loop-once wait loop-once until-1 read"),
        ONE_TWO_THREE,
        steps.Send(b"four"),
        steps.ExpectClose(),
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
        steps.Send(b"one"),
        over,
        steps.ExpectNotes({"messages": [octets("one")], "then": ["the end", "the end"], "raised": None}),
        bases=_ITER,
    )
    yield said(
        "A loop over the WebSocket yields text as str: comparisons, json.loads(), lower() and find() work.",
        opened("as-text"),
        steps.Send('{"name": "Ü"}'),
        steps.ExpectJson({"name": "Ü", "at": 2, "lower": '{"name": "ü"}'}),
        steps.Send("quit"),
        steps.ExpectClose(),
        steps.ExpectNotes({"quit": True, "raised": None}),
        bases=row(2),
    )
    yield said(
        "A loop over the WebSocket yields text as str and binary as bytes.",
        calls("list"),
        steps.Send("text"),
        steps.Send(b"binary"),
        over,
        gave(["text", octets("binary")]),
    )
    yield a_thousand("A loop over the WebSocket", "iteration", _ITER)
