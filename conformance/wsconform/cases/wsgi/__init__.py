"""Family W: traces of WebSockets under a WSGI server, on the wire, in the log and in the process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from wsconform.cases.builders import binary
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
from wsconform.model import Fill, KiB
from wsconform.script import steps
from wsconform.script.model import Log, ScriptCase

__all__ = ["cases"]


def cases() -> Iterator[ScriptCase]:
    """Yield family W; within a group, cases are numbered in order."""
    for group, members in enumerate((ends, starts, plain_http, refusals, disconnects, idle, resources, sigterm), 1):
        for n, case in enumerate(members(), 1):
            yield replace(case, id=f"W.{group}.{n}")


# W.5: the client vanishes

FIN, RST = steps.Disconnect(steps.End.FIN), steps.Disconnect(steps.End.RST)
#: The server may send any frames to a client that has gone, but must end the connection.
GONE: Steps = (steps.ExpectEnd(steps.ANY_END, UNHURRIED, frames=True),)
HALF = steps.SendRaw((HELLO_BYTES[:5],))
STOP: Steps = (*open_websocket("/w/closes"), *echo("stop"), steps.ExpectClose((3001,)))

#: The outcome, as titles end.
ENDED = "the server releases the connection and logs no error"
_disconnect = partial(ScriptCase, "", clauses=("6455-7.1.1-6", "wsgi-log"))


def disconnects() -> Iterator[ScriptCase]:
    """Yield clients that vanish: the view ends, the connection is released, the server goes on without an error."""
    for phrase, before in (
        ("while the view waits", (*OPEN, *echo())),
        ("in the middle of a frame", (*OPEN, *echo(), HALF)),
        ("right after the 101", OPEN),
        ("while the view sends", open_websocket("/w/flood")),
        ("instead of answering the server's Close", STOP),
    ):
        yield _disconnect(f"The client closes TCP with FIN {phrase}: {ENDED}.", (*before, FIN, *GONE))
        yield _disconnect(f"The client resets TCP {phrase}: {ENDED}.", (*before, RST))
    yield _disconnect(
        f"The client resets TCP before reading the 101: {ENDED}.",
        (steps.Request(), steps.Disconnect(steps.End.RST, unread=True)),
    )
    yield _disconnect(
        "The client stays connected but answers no pings: the view ends, and the server closes the connection.",
        (steps.Request(mute=True), steps.ExpectUpgrade(), *echo(), *GONE, steps.ExpectRelease(UNHURRIED)),
        slow=True,
    )


# W.6: idle


def idle() -> Iterator[ScriptCase]:
    """Yield an idle WebSocket, which no time limit of the server may end."""
    yield ScriptCase(
        "",
        "Ten seconds without a message: the WebSocket stays open and still echoes.",
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
    """Yield many connections, whose resources must be freed at their end."""
    yield ScriptCase(
        "",
        "200 connections that end in all ways: no thread, process, descriptor or greenlet is left over.",
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
    """Yield open WebSockets while the server is stopped; it must end in bounded time."""
    for count, phrase in ((1, "one open WebSocket"), (3, "three open WebSockets")):
        numbers = range(1, count + 1)
        opened = tuple(step for number in numbers for step in steps.on(number, *OPEN, *echo()))
        left = tuple(step for number in numbers for step in steps.on(number, steps.ExpectGoodbye()))
        yield ScriptCase(
            "",
            f"SIGTERM with {phrase}: every connection ends, and the server exits in time.",
            (*opened, steps.Terminate(), *left, steps.ExpectExit()),
            ("wsgi-stop", "6455-7.4.1-1"),
            log=Log.STOPPING,
            needs=count,
        )
    yield ScriptCase(
        "",
        "SIGTERM while the server sends to a client that does not read: the server exits in time.",
        (
            *(steps.Request(receive_buffer=2 * KiB), steps.ExpectUpgrade()),
            steps.Flood((binary(Fill(b"m", 64 * KiB)),), 256),
            *steps.on(2, *OPEN, steps.ExpectEchoes(40)),
            *(steps.Terminate(), steps.On(2, steps.ExpectGoodbye()), steps.ExpectExit()),
        ),
        ("wsgi-stop",),
        log=Log.STOPPING,
        needs=2,
    )
