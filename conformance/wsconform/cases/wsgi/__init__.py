"""Family W: what WebSockets leave behind under a WSGI server, on the wire, in the log and in the process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from wsconform.cases.wsgi.builders import (
    HELLO_BYTES,
    NORMAL,
    OPEN,
    REFUSAL,
    UNHURRIED,
    Steps,
    closing,
    echo,
    open_websocket,
)
from wsconform.cases.wsgi.ends import ends, starts
from wsconform.cases.wsgi.http import plain_http, refusals
from wsconform.script import steps
from wsconform.script.model import Log, ScriptCase

__all__ = ["cases"]


def cases() -> Iterator[ScriptCase]:
    """Yield all of family W; within a group the numbers follow the order."""
    for group, members in enumerate((ends, starts, plain_http, refusals, disconnects, idle, resources, sigterm), 1):
        for n, case in enumerate(members(), 1):
            yield replace(case, id=f"W.{group}.{n}")


# W.5: the client vanishes

FIN, RST = steps.Disconnect(steps.End.FIN), steps.Disconnect(steps.End.RST)
#: The server may send what it likes to a client that has gone, but it must end.
GONE: Steps = (steps.ExpectEnd(steps.ANY_END, UNHURRIED, frames=True),)
HALF = steps.SendRaw((HELLO_BYTES[:5],))
STOP: Steps = (*open_websocket("/w/closes"), *echo("stop"), steps.ExpectClose((3001,)))

_disconnect = partial(ScriptCase, "", clauses=("6455-7.1.1-6", "wsgi-log"))


def disconnects() -> Iterator[ScriptCase]:
    """The view ends, the connection is let go, the log is clean, the server serves on."""
    for phrase, before in (
        ("while the view waits", (*OPEN, *echo())),
        ("in the middle of a frame", (*OPEN, *echo(), HALF)),
        ("at once behind the 101", OPEN),
        ("while the view sends", open_websocket("/w/flood")),
        ("instead of answering the server's Close", STOP),
    ):
        yield _disconnect(f"The client ends TCP with FIN {phrase}.", (*before, FIN, *GONE))
        yield _disconnect(f"The client resets TCP {phrase}.", (*before, RST))
    yield _disconnect(
        "The client resets TCP before it has read the 101.",
        (steps.Request(), steps.Disconnect(steps.End.RST, unread=True)),
    )
    yield _disconnect(
        "The client stays and answers no Ping: the view ends, and the server lets go.",
        (steps.Request(mute=True), steps.ExpectUpgrade(), *echo(), *GONE, steps.ExpectRelease(UNHURRIED)),
        slow=True,
    )


# W.6: idle


def idle() -> Iterator[ScriptCase]:
    """No time limit of a server cuts a WebSocket that is in order."""
    yield ScriptCase(
        "",
        "Ten seconds without a message, then an echo.",
        (*OPEN, *echo(), steps.ExpectSilence(10.0), *echo(), *closing()),
        ("wsgi-idle",),
        slow=True,
    )


# W.7: resources

WAYS: tuple[Steps, ...] = (
    (*OPEN, *echo(), *closing()),
    (*STOP, steps.Close(3001), steps.ExpectEnd()),
    (
        *open_websocket("/w/at-once"),
        steps.ExpectClose((NORMAL,)),
        steps.Close(NORMAL),
        steps.ExpectEnd(),
    ),
    (*OPEN, *echo(), FIN, *GONE),
    (*OPEN, *echo(), RST),
    (*OPEN, *echo(), HALF, RST),
    (steps.Request(headers=(("Sec-WebSocket-Key", None),)), REFUSAL),
)
AT_ONCE = 10


def resources() -> Iterator[ScriptCase]:
    """What a connection takes, its end gives back."""
    yield ScriptCase(
        "",
        "200 connections in every way of ending leave no thread, process, descriptor or greenlet behind.",
        (
            steps.Crowd(4 * AT_ONCE, 2 * AT_ONCE, WAYS),  # pools have grown then to what they need
            steps.CountResources(),
            steps.Crowd(200, AT_ONCE, WAYS),
            steps.ExpectSameResources(),
        ),
        ("wsgi-resources", "wsgi-let-go"),
        slow=True,
    )


# W.8: SIGTERM


def sigterm() -> Iterator[ScriptCase]:
    """A server that is stopped is gone in bounded time, whatever its clients do."""
    for count, phrase in ((1, "one open WebSocket"), (3, "three open WebSockets")):
        numbers = range(1, count + 1)
        opened = tuple(step for number in numbers for step in steps.on(number, *OPEN, *echo()))
        left = tuple(step for number in numbers for step in steps.on(number, steps.ExpectGoodbye()))
        yield ScriptCase(
            "",
            f"SIGTERM with {phrase}: every client sees an end, and the server is gone in time.",
            (*opened, steps.Terminate(), *left, steps.ExpectExit()),
            ("wsgi-stop", "6455-7.4.1-1"),
            log=Log.STOPPING,
            needs=count,
        )
