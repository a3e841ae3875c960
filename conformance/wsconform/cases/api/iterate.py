"""`for message in request.websocket`."""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.cases.api.builders import clause, close_handshake, open_websocket, readmes, usage
from wsconform.cases.api.calling import ONE_TWO_THREE, SILENCE, as_bytes, calls, expect_results, thousand_messages
from wsconform.contract.model import ApiClause
from wsconform.script import steps

__all__ = ["iterate"]

_ITER = readmes("WebSocket.__iter__()")


def iterate() -> Iterator[ApiClause]:
    """Yield clauses about the messages of a loop and its end."""
    yield clause(
        "A loop over the WebSocket yields each message in order of arrival, and ends after the client's Close.",
        open_websocket("iterates"),
        ONE_TWO_THREE,
        close_handshake,
        steps.ExpectNotes(
            {"messages": [as_bytes("one"), as_bytes("two"), as_bytes("three")], "then": "went on", "raised": None}
        ),
        bases=(*_ITER, *usage(1)),
    )
    yield clause(
        "A loop over the WebSocket yields only messages, and no None after the client's Close.",
        calls("list"),
        steps.Send(b"one"),
        steps.Send(b"two"),
        close_handshake,
        expect_results([as_bytes("one"), as_bytes("two")]),
        bases=_ITER,
    )
    yield clause(
        "A loop over the WebSocket waits for the next message.",
        calls("loop-once tell"),
        SILENCE,
        steps.Send(b"late"),
        steps.ExpectMessage("done"),
        steps.ExpectClose(),
        expect_results(as_bytes("late")),
        bases=_ITER,
    )
    yield clause(
        "A loop over the WebSocket yields an empty message and continues.",
        open_websocket("iterates"),
        steps.Send(b"one"),
        steps.Send(b""),
        steps.Send(b"three"),
        close_handshake,
        steps.ExpectNotes(
            {"messages": [as_bytes("one"), as_bytes(""), as_bytes("three")], "then": "went on", "raised": None}
        ),
        bases=_ITER,
    )
    yield clause(
        "A loop over the WebSocket yields a fragmented message as one message.",
        open_websocket("iterates"),
        steps.Send(b'{"large": "JSON"}', fragments=5),
        close_handshake,
        steps.ExpectNotes({"messages": [as_bytes('{"large": "JSON"}')], "raised": None}),
        bases=(*_ITER, *usage(19)),
    )
    yield clause(
        "After a break out of a loop, wait(), read() and another loop get the following messages.",
        calls("until-3 loop-once wait loop-once until-1 read"),
        ONE_TWO_THREE,
        steps.Send(b"four"),
        steps.ExpectClose(),
        expect_results(as_bytes("one"), as_bytes("two"), as_bytes("three"), as_bytes("four")),
        bases=_ITER,
    )
    yield clause(
        "A loop over a closed WebSocket yields nothing.",
        calls("until-closed loop-once list"),
        close_handshake,
        expect_results("the end", []),
        bases=_ITER,
    )
    yield clause(
        "An exhausted iterator over the WebSocket stays exhausted.",
        open_websocket("one-iterator"),
        steps.Send(b"one"),
        close_handshake,
        steps.ExpectNotes({"messages": [as_bytes("one")], "then": ["the end", "the end"], "raised": None}),
        bases=_ITER,
    )
    yield clause(
        "A loop over the WebSocket yields text as str, so comparison, json.loads(), lower() and find() work.",
        open_websocket("as-text"),
        steps.Send('{"name": "Ü"}'),
        steps.ExpectJson({"name": "Ü", "at": 2, "lower": '{"name": "ü"}'}),
        steps.Send("quit"),
        steps.ExpectClose(),
        steps.ExpectNotes({"quit": True, "raised": None}),
        bases=usage(2),
    )
    yield clause(
        "A loop over the WebSocket yields text messages as str and binary messages as bytes.",
        calls("list"),
        steps.Send("text"),
        steps.Send(b"binary"),
        close_handshake,
        expect_results(["text", as_bytes("binary")]),
    )
    yield thousand_messages("A loop over the WebSocket yields", "iteration", _ITER)
