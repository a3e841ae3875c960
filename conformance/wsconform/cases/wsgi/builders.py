"""Parts of conversations of family W: opening, echo, closing, plain requests."""

from __future__ import annotations

from wsconform.cases.builders import text
from wsconform.script import steps
from wsconform.script.stream import KEY
from wsconform.wire.frames import encode_frame

__all__ = [
    "HELLO",
    "HELLO_BYTES",
    "NORMAL",
    "OPEN",
    "REFUSAL",
    "UNHURRIED",
    "Steps",
    "close_handshake",
    "closing",
    "echo",
    "get",
    "open_websocket",
]

Steps = tuple[steps.Step, ...]

NORMAL = 1000
#: Seconds for an end that waits for time limits of the target's own, which are a second each.
UNHURRIED = 8.0

#: Any refusal that names the client as its cause.
REFUSAL = steps.ExpectResponse(range(400, 500))
HELLO = text("Hello")
#: The same on the wire, to be cut.
HELLO_BYTES = encode_frame(HELLO, KEY)


def open_websocket(path: str = "/echo") -> Steps:
    """An opening handshake that succeeds."""
    return steps.Request(path), steps.ExpectUpgrade()


OPEN = open_websocket()


def echo(message: str = "Hello") -> Steps:
    """A message and its echo."""
    return steps.Send(message), steps.ExpectMessage(message)


def close_handshake(code: int | None = NORMAL) -> Steps:
    """We close and the server answers, with our code or the usual one or none."""
    return steps.Close(code), steps.ExpectClose(tuple(dict.fromkeys((code, NORMAL, None))))


def closing(code: int | None = NORMAL) -> Steps:
    """We close, the server answers and ends TCP."""
    return *close_handshake(code), steps.ExpectEnd()


def get(path: str = "/health", body: bytes | None = b"ok") -> Steps:
    """A plain request and its response."""
    return steps.Request(path, websocket=False), steps.ExpectResponse(body=body)
