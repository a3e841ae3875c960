"""The views of the guides that people follow, used as the guides say."""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.cases.api.builders import (
    clause,
    close_handshake,
    django_websocket,
    dwebsocket,
    howto,
    open_websocket,
    tutorial,
)
from wsconform.cases.api.http_steps import get
from wsconform.contract.model import ApiClause, Basis
from wsconform.script import steps

__all__ = ["guides"]


def guides() -> Iterator[ApiClause]:
    """What the guides promise of their own views."""
    yield from _examples("", "README of dwebsocket", (dwebsocket("Examples"),))
    yield from _examples("old-", "README of django-websocket", (django_websocket("Examples"),))
    yield from _howto()
    yield from _chat()
    yield from _broadcast()


def _examples(prefix: str, guide: str, bases: tuple[Basis, ...]) -> Iterator[ApiClause]:
    yield clause(
        f"echo_once, as in the {guide}, sends one message back and closes the connection.",
        open_websocket(f"{prefix}echo-once"),
        steps.Send("Hello"),
        steps.ExpectMessage("Hello"),
        steps.ExpectClose(),
        bases=bases,
    )
    yield clause(
        f"echo_once, as in the {guide}, rejects a normal HTTP request.",
        get(f"{prefix}echo-once", 400),
        bases=bases,
    )
    yield clause(
        f"lower_case, as in the {guide}, sends each message back in lower case.",
        open_websocket(f"{prefix}lower-case"),
        steps.Send("Hello"),
        steps.ExpectMessage("hello"),
        steps.Send("GOOD BYE"),
        steps.ExpectMessage("good bye"),
        close_handshake,
        bases=bases,
    )
    yield clause(
        f"lower_case, as in the {guide}, answers a GET with the message in lower case.",
        get(f"{prefix}lower-case?message=Hello", body=b"hello"),
        bases=bases,
    )


def _howto() -> Iterator[ApiClause]:
    bases = (howto("4. Dry Goods"),)
    yield clause("The how-to's view gives its page to a browser.", get("howto", body=b"our client"), bases=bases)
    yield clause(
        "The how-to's view receives a message, sends it back and closes the connection.",
        open_websocket("howto"),
        steps.Send("Hello"),
        steps.ExpectMessage("Hello"),
        steps.ExpectClose(),
        bases=bases,
    )


def _chat() -> Iterator[ApiClause]:
    bases = (tutorial("Step 3: Create the WebSocket View"),)
    yield clause(
        "The tutorial's chat_view answers each message by You said.",
        open_websocket("chat"),
        steps.Send("Hello"),
        steps.ExpectMessage("You said: Hello"),
        steps.Send("wörld"),
        steps.ExpectMessage("You said: wörld"),
        close_handshake,
        bases=bases,
    )
    yield clause(
        "The tutorial's chat_view does not mind a silence, nor an empty message.",
        open_websocket("chat"),
        steps.ExpectSilence(0.25),
        steps.Send(""),
        steps.ExpectSilence(0.25),
        steps.Send("Hello"),
        steps.ExpectMessage("You said: Hello"),
        close_handshake,
        bases=bases,
    )
    yield clause("The tutorial's chat_view is for WebSockets only: a browser gets 400.", get("chat", 400), bases=bases)


#: The view waits, and has done what it does before: else it would not answer.
_waits: tuple[steps.Step, ...] = (steps.Ping(b"there?"), steps.ExpectPong(b"there?"))
#: Both are in the list of clients.
_joined: tuple[steps.Step, ...] = (
    *open_websocket("broadcast"),
    *_waits,
    *steps.on(2, *open_websocket("broadcast"), *_waits),
)


def _broadcast() -> Iterator[ApiClause]:
    bases = (tutorial("Broadcasting to All Clients"),)
    yield clause(
        "The tutorial's broadcasting chat sends what one client says to the other.",
        _joined,
        steps.Send("Hello"),
        steps.on(2, steps.ExpectMessage("Hello"), steps.Send("How are you?")),
        steps.ExpectMessage("How are you?"),
        close_handshake,
        steps.on(2, *close_handshake),
        bases=bases,
    )
    yield clause(
        "The tutorial's broadcasting chat does not send a client what it has said itself.",
        _joined,
        steps.Send("Hello"),
        steps.on(2, steps.ExpectMessage("Hello")),
        steps.ExpectSilence(0.25),
        close_handshake,
        steps.on(2, *close_handshake),
        bases=bases,
    )
    yield clause(
        "The tutorial's broadcasting chat goes on when a client has left, and when one comes.",
        _joined,
        steps.on(2, *close_handshake),
        steps.Send("anybody there?"),
        _waits,
        steps.on(3, *open_websocket("broadcast"), *_waits),
        steps.Send("welcome"),
        steps.on(3, steps.ExpectMessage("welcome"), steps.Send("thanks")),
        steps.ExpectMessage("thanks"),
        close_handshake,
        steps.on(3, *close_handshake),
        bases=bases,
    )
