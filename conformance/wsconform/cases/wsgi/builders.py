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
#: Seconds for an end that has to wait for the target's own time limits, which are a second each.
UNHURRIED = 8.0

#: Any HTTP error that blames the client.
REFUSAL = steps.ExpectResponse(range(400, 500))
HELLO = text("Hello")
#: The same as bytes, to be split.
HELLO_BYTES = encode_frame(HELLO, KEY)


def open_websocket(path: str = "/echo") -> Steps:
    """An opening handshake that succeeds."""
    return steps.Request(path), steps.ExpectUpgrade()


OPEN = open_websocket()


def echo(message: str = "Hello") -> Steps:
    """A message and its echo."""
    return steps.Send(message), steps.ExpectMessage(message)


def close_handshake(code: int | None = NORMAL) -> Steps:
    """We close, and the server answers with our code, with 1000 or without a code."""
    return steps.Close(code), steps.ExpectClose(tuple(dict.fromkeys((code, NORMAL, None))))


def closing(code: int | None = NORMAL) -> Steps:
    """We close, the server answers and ends TCP."""
    return *close_handshake(code), steps.ExpectEnd()


def get(path: str = "/health", body: bytes | None = b"ok") -> Steps:
    """A plain request and its response."""
    return steps.Request(path, websocket=False), steps.ExpectResponse(body=body)
