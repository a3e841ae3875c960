"""The example views of public guides, used as the guides describe."""

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
    """Yield clauses about the example views of the guides."""
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
    yield clause("The view of the how-to returns its page to a browser.", get("howto", body=b"our client"), bases=bases)
    yield clause(
        "The view of the how-to receives a message, sends it back and closes the connection.",
        open_websocket("howto"),
        steps.Send("Hello"),
        steps.ExpectMessage("Hello"),
        steps.ExpectClose(),
        bases=bases,
    )


def _chat() -> Iterator[ApiClause]:
    bases = (tutorial("Step 3: Create the WebSocket View"),)
    yield clause(
        "The tutorial's chat_view answers each message with 'You said: ' and the message.",
        open_websocket("chat"),
        steps.Send("Hello"),
        steps.ExpectMessage("You said: Hello"),
        steps.Send("wörld"),
        steps.ExpectMessage("You said: wörld"),
        close_handshake,
        bases=bases,
    )
    yield clause(
        "The tutorial's chat_view continues after a silence and after an empty message.",
        open_websocket("chat"),
        steps.ExpectSilence(0.25),
        steps.Send(""),
        steps.ExpectSilence(0.25),
        steps.Send("Hello"),
        steps.ExpectMessage("You said: Hello"),
        close_handshake,
        bases=bases,
    )
    yield clause("The tutorial's chat_view answers a plain request with 400.", get("chat", 400), bases=bases)


#: The view is waiting, since it answers pings only then.
_waits: tuple[steps.Step, ...] = (steps.Ping(b"there?"), steps.ExpectPong(b"there?"))
#: Two clients that are both in the list.
_joined: tuple[steps.Step, ...] = (
    *open_websocket("broadcast"),
    *_waits,
    *steps.on(2, *open_websocket("broadcast"), *_waits),
)


def _broadcast() -> Iterator[ApiClause]:
    """Yield clauses about one list of clients, so that nothing else may join it meanwhile."""
    bases = (tutorial("Broadcasting to All Clients"),)
    yield clause(
        "The tutorial's broadcasting chat sends each message to the other client.",
        _joined,
        steps.Send("Hello"),
        steps.on(2, steps.ExpectMessage("Hello"), steps.Send("How are you?")),
        steps.ExpectMessage("How are you?"),
        close_handshake,
        steps.on(2, *close_handshake),
        bases=bases,
        alone=True,
    )
    yield clause(
        "The tutorial's broadcasting chat does not send a message back to its sender.",
        _joined,
        steps.Send("Hello"),
        steps.on(2, steps.ExpectMessage("Hello")),
        steps.ExpectSilence(0.25),
        close_handshake,
        steps.on(2, *close_handshake),
        bases=bases,
        alone=True,
    )
    yield clause(
        "The tutorial's broadcasting chat continues when a client leaves and when another joins.",
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
        alone=True,
    )
