"""Short words for writing raw cases of WebSockets and HTTP on one connection."""

from __future__ import annotations

from wsconform.cases.builders import close, text
from wsconform.model import Frame, Message
from wsconform.script import steps
from wsconform.wire.frames import encode_frame

__all__ = ["HELLO", "HELLO_OCTETS", "NORMAL", "OPEN", "UNHURRIED", "Steps", "bye", "closing", "echo", "get", "on"]

Steps = tuple[steps.Step, ...]

NORMAL = 1000
#: Seconds for an end that waits for time limits of the target's own, which are a second each.
UNHURRIED = 8.0

OPEN: Steps = (steps.Request(), steps.ExpectUpgrade())
HELLO = text("Hello")
#: The same on the wire, to be cut.
HELLO_OCTETS = encode_frame(HELLO, steps.KEY)


def echo(frame: Frame = HELLO) -> Steps:
    """A message and its echo."""
    return steps.SendRaw((frame,)), steps.ExpectMessage(Message(frame.payload))


def bye(code: int | None = NORMAL) -> Steps:
    """We close and the server answers, with our code or the usual one or none."""
    return steps.SendRaw((close(code),)), steps.ExpectClose(tuple(dict.fromkeys((code, NORMAL, None))))


def closing(code: int | None = NORMAL) -> Steps:
    """We close, the server answers and ends TCP."""
    return *bye(code), steps.ExpectEnd()


def get(path: str = "/health", body: bytes | None = b"ok") -> Steps:
    """A plain request and its answer."""
    return steps.Request(path, websocket=False), steps.ExpectResponse(body=body)


def on(connection: int, *taken: steps.Step) -> Steps:
    """The same steps on another connection."""
    return tuple(steps.On(connection, step) for step in taken)
