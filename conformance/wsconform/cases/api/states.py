"""Every method in every state of a connection: a table of the results."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from wsconform.cases.api.builders import clause, dwebsocket, readmes, ruling, tutorial, usage
from wsconform.cases.api.calling import SILENCE, as_bytes, calls, exception, expect_results
from wsconform.contract.model import ApiClause, Basis
from wsconform.script import steps

__all__ = ["states"]

#: The states that the documents distinguish: open, closed by the view, closed by the client, lost.
Kind = Literal["open", "closed", "left", "lost"]


@dataclass(frozen=True, slots=True)
class _State:
    """A state, and how to reach it.

    Attributes:
        phrase: the state as the end of a sentence.
        before: what the client does before the call.
        prepare: what the view does before the call.
        after: what the client sees after the call.
    """

    phrase: str
    kind: Kind
    before: tuple[steps.Step, ...] = ()
    prepare: str = ""
    after: tuple[steps.Step, ...] = ()


_CLIENT_CLOSES = (steps.Close(3000, "bye"), steps.ExpectClose((3000,)))
_STATES = (
    _State("on an open connection without a message", "open", after=(steps.ExpectClose(),)),
    _State(
        "on an open connection with one unread message",
        "open",
        (steps.Send(b"one"),),
        "until-1",
        (steps.ExpectClose(),),
    ),
    _State("after the view's close()", "closed", prepare="closing", after=(steps.ExpectClose(),)),
    _State("after the client's Close", "left", _CLIENT_CLOSES, "until-closed"),
    _State(
        "after the client's Close with one unread message",
        "left",
        (steps.Send(b"one"), *_CLIENT_CLOSES),
        "until-closed",
    ),
    _State("after the client ends TCP with FIN", "lost", (steps.Disconnect(),), "until-closed"),
    _State("after the client resets TCP", "lost", (steps.Disconnect(steps.End.RST),), "until-closed"),
)

_ONE = as_bytes("one")
_RAISES_CLOSED = exception("WebSocketClosed")
#: It waits for a message.
_WAITS = object()
#: Undefined: the client's answer may or may not have arrived.
_OPEN_QUESTION = object()
_END = "the end"
_FALLBACK = "nothing"

#: The result of each call in each state, in the order of the states.
_TABLE: dict[str, tuple[object, ...]] = {
    "wait": (_WAITS, _ONE, None, None, _ONE, None, None),
    "wait-0.05": (None, _ONE, None, None, _ONE, None, None),
    "read": (None, _ONE, None, None, _ONE, None, None),
    "read-or": (_FALLBACK, _ONE, _FALLBACK, _FALLBACK, _ONE, _FALLBACK, _FALLBACK),
    "count_messages": (0, 1, 0, 0, 1, 0, 0),
    "has_messages": (False, True, False, False, True, False, False),
    "next": (_WAITS, _ONE, _END, _END, _ONE, _END, _END),
    "send": (True, True, _RAISES_CLOSED, _RAISES_CLOSED, _RAISES_CLOSED, _RAISES_CLOSED, _RAISES_CLOSED),
    "close": (None,) * 7,
    "disconnect": (None,) * 7,
    "is_closed": (False, False, True, True, True, True, True),
    "connected": (True, True, False, False, False, False, False),
    "close_code": (None, None, _OPEN_QUESTION, 3000, 3000, 1006, 1006),
    "close_reason": ("", "", _OPEN_QUESTION, "bye", "bye", "", ""),
}

#: Results that the client has sent.
_WORDS = {3000: "the client's code 3000", "bye": "the client's reason 'bye'"}

#: The source text of a call.
_CALLS = {
    "wait": "wait()",
    "wait-0.05": "wait(timeout=0.05)",
    "read": "read()",
    "read-or": "read('nothing')",
    "count_messages": "count_messages()",
    "has_messages": "has_messages()",
    "next": "next(iter(websocket), 'the end')",
    "send": "send()",
    "close": "close()",
    "disconnect": "disconnect()",
    "is_closed": "is_closed()",
    "connected": "connected",
    "close_code": "close_code",
    "close_reason": "close_reason",
}

_WAIT = readmes("WebSocket.wait()")
_READ = readmes("WebSocket.read()")
_COUNT = readmes("WebSocket.count_messages()")
_HAS = readmes("WebSocket.has_messages()")
_ITER = readmes("WebSocket.__iter__()")
_CONNECTED = tutorial("request.websocket.connected"), *usage(16)
_CLOSED = (dwebsocket("WebSocket.is_closed()"),)
#: The documents, by kind of state.
_BASES: dict[str, dict[Kind, tuple[Basis, ...]]] = {
    "wait": {"open": _WAIT, "left": _WAIT, "lost": usage(22)},
    "read": {"open": _READ, "closed": usage(14), "left": usage(14), "lost": usage(14, 22)},
    "count_messages": {"open": _COUNT, "closed": usage(14), "left": usage(14), "lost": usage(14)},
    "has_messages": {"open": _HAS, "closed": usage(14), "left": usage(14), "lost": usage(14)},
    "next": {"open": _ITER, "left": _ITER, "lost": usage(22)},
    "send": {"closed": ruling(9), "left": ruling(9), "lost": ruling(9)},
    "close": {"open": usage(10), "closed": usage(10), "left": usage(10), "lost": usage(10)},
    "disconnect": {"open": (tutorial("request.websocket.disconnect()"), *usage(16))},
    "is_closed": {"open": _CLOSED, "closed": _CLOSED, "left": _CLOSED, "lost": (*_CLOSED, *usage(22))},
    "connected": {"open": _CONNECTED, "closed": _CONNECTED, "left": _CONNECTED, "lost": _CONNECTED},
}


def states() -> Iterator[ApiClause]:
    """Yield a clause for each cell of the table."""
    for call, row_of_table in _TABLE.items():
        for state, value in zip(_STATES, row_of_table, strict=True):
            if value is not _OPEN_QUESTION:
                yield _cell(call, state, value)


def _cell(call: str, state: _State, value: object) -> ApiClause:
    waits = value is _WAITS
    return clause(
        f"{_CALLS[call]} {_outcome(call, value)} {state.phrase}.",
        calls(f"{state.prepare} {call}"),
        state.before,
        (SILENCE, steps.Send(b"one")) if waits else (),
        (steps.ExpectMessage("sent"),) if call == "send" and state.kind == "open" else (),
        state.after,
        expect_results(_ONE if waits else value),
        bases=_BASES.get(call, {}).get(state.kind, ()),
    )


def _outcome(call: str, value: object) -> str:
    verb = "returns" if _CALLS[call].endswith(")") else "is"
    if value is _WAITS:
        return "waits for a message"
    if value is _ONE:
        return f"{verb} the message"
    if value is _RAISES_CLOSED:
        return "raises WebSocketClosed"
    return f"{verb} {_WORDS.get(value, repr(value))}"
