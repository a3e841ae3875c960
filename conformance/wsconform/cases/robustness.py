"""Family R: hostile clients, and their effect on other clients and on the memory of the server.

Every case needs a server that can hold at least two connections. Cases that mostly wait are played at the same time as
others; cases that measure memory are played alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from wsconform.cases.blocks import TAIL, deflated
from wsconform.cases.builders import binary, cont, ping, text
from wsconform.cases.wsgi.builders import HELLO_BYTES, OPEN, Steps, echo, get, open_websocket
from wsconform.model import Fill, KiB, Level, MiB, Verdict
from wsconform.script import steps
from wsconform.script.model import Log, ScriptCase

__all__ = ["MESSAGE_LIMIT", "cases"]

#: Bytes of the longest message that the server accepts in these cases.
MESSAGE_LIMIT = 4 * MiB

OTHERS, RELEASE, LIMITS = "robust-others", "robust-release", "6455-10.4-1"
#: Receive buffer in bytes; Linux doubles it, and this is about the minimum.
LITTLE = 2 * KiB
#: Number of echoes, a hundredth of a second apart, that outlast the effect of an attack.
LONG = 60
#: Seconds for the server to release the connection; its send timeout is set to two seconds.
LET_GO = 6.0
#: Seconds for a broadcast that has to wait for a client that does not read.
HELD_UP = 8.0
#: Bytes of memory growth to ignore: some servers need this much for a thread.
NOISE = 32 * MiB

_case = partial(ScriptCase, "", log=Log.ANY)
_others = partial(_case, clauses=(OTHERS,))
_measured = partial(_case, clauses=(LIMITS, OTHERS), slow=True)
_release = partial(_case, clauses=(RELEASE,), level=Level.SHOULD, worst=Verdict.NON_STRICT, slow=True)


def cases() -> Iterator[ScriptCase]:
    """Yield family R; within a group, cases are numbered in order."""
    for group, members in enumerate((silent, slow, floods, bombs, fragments, vanishing, broadcasts), 1):
        for n, case in enumerate(members(), 1):
            yield replace(case, id=f"R.{group}.{n}")


def others_are_served(first: int = 2, echoes: int = 20) -> Steps:
    """Expect echoes for another client, on connection `first`, and a page for a third one."""
    return (
        *steps.on(first, *OPEN, steps.ExpectEchoes(10)),
        *steps.on(first + 1, *get()),
        steps.On(first, steps.ExpectEchoes(echoes)),
    )


def _reads_nothing(path: str = "/echo") -> Steps:
    return steps.Request(path, receive_buffer=LITTLE), steps.ExpectUpgrade()


# R.1: clients that do not read

PINGS = steps.Flood((ping(Fill(b"p", 125)),), 8 * MiB // 131)
MEGABYTES = steps.Flood((binary(Fill(b"m", 64 * KiB)),), 256)


def silent() -> Iterator[ScriptCase]:
    """Yield clients that do not read: they delay no other client, and are disconnected after a while."""
    for what, path, flood in (
        ("its 16 MiB of echoes", "/echo", MEGABYTES),
        ("the pongs for its 8 MiB of pings to a waiting view", "/echo", PINGS),
        ("the pongs for its 8 MiB of pings to a polling view", "/w/polls", PINGS),
    ):
        attack = (*_reads_nothing(path), flood)
        yield _measured(
            f"Client that does not read {what}: other clients are served, memory stays bounded.",
            (steps.CountResources(), *attack, *others_are_served(echoes=LONG), steps.ExpectMemory(NOISE)),
            needs=3,
        )
        yield _release(
            f"Client that does not read {what}: the server disconnects it.", (*attack, steps.ExpectRelease(LET_GO))
        )


# R.2: clients that are slow

STAYING = 10


def slow() -> Iterator[ScriptCase]:
    """Yield clients that send slowly or stop halfway: they delay no other client."""
    dripped = [
        step
        for octet in HELLO_BYTES
        for step in (steps.SendRaw((bytes((octet,)),)), steps.On(2, steps.ExpectEchoes(2, apart=0.0)))
    ]
    yield _others(
        "Client that sends a frame byte by byte: another client gets echoes meanwhile, and the frame is echoed.",
        (*OPEN, *steps.on(2, *OPEN), *dripped, steps.ExpectMessage("Hello"), *steps.on(3, *get())),
        needs=3,
    )
    for what, octets in (("connect and send nothing", 0), ("send half an opening handshake", 60)):
        staying = [steps.On(number, steps.Request(only=octets)) for number in range(1, STAYING + 1)]
        yield _others(
            f"{STAYING} clients that {what}: other clients are served.",
            (*staying, *others_are_served(STAYING + 1)),
            needs=STAYING + 2,
            slow=True,
        )
    half_frame = steps.SendRaw((HELLO_BYTES[:5],))
    yield _others(
        f"{STAYING} clients that send half a frame: other clients are served.",
        (
            *(step for number in range(1, STAYING + 1) for step in steps.on(number, *OPEN, half_frame)),
            *others_are_served(STAYING + 1),
        ),
        needs=STAYING + 2,
        slow=True,
    )


# R.3: floods


def floods() -> Iterator[ScriptCase]:
    """Yield floods of small messages: they delay no other client, and memory stays bounded."""
    tiny = steps.Flood((text("x"),), 8 * MiB // 7, drain=True)
    for what, path in (("that echoes", "/echo"), ("that only polls", "/w/polls"), ("that only sends", "/w/ticks")):
        yield _measured(
            f"8 MiB of one-byte messages to a view {what}: other clients are served, memory stays bounded.",
            (
                steps.CountResources(),
                *open_websocket(path),
                tiny,
                *others_are_served(echoes=LONG),
                steps.ExpectMemory(NOISE),
            ),
            needs=3,
        )


# R.4: compressed bombs

RSV1 = 4
ZEROS = deflated(bytes(1 * MiB)) + TAIL
BOMB = Fill(ZEROS, 33 * len(ZEROS) - len(TAIL))
UNFINISHED = Fill(ZEROS, 3 * len(ZEROS))
_OFFER = (("Sec-WebSocket-Extensions", "permessage-deflate"),)
COMPRESSED: Steps = (steps.Request(headers=_OFFER), steps.ExpectUpgrade(extension="permessage-deflate"))


def bombs() -> Iterator[ScriptCase]:
    """Yield compression bombs: the server refuses them before it uses the memory."""
    bomb = steps.SendRaw((binary(BOMB, rsv=RSV1),))
    refused = steps.ExpectClose((1009,))
    for count in (1, 16):
        numbers = range(1, count + 1)
        who = "Client that sends" if count == 1 else f"{count} clients that each send"
        yield _measured(
            f"{who} 34 KB that inflate to 33 MiB: refused as too long, other clients are served, memory stays bounded.",
            (
                *(step for number in numbers for step in steps.on(number, *COMPRESSED)),
                steps.CountResources(),
                *(steps.On(number, bomb) for number in numbers),
                *others_are_served(count + 1),
                *(steps.On(number, refused) for number in numbers),
                steps.ExpectMemory(NOISE + 2 * count * MESSAGE_LIMIT),
            ),
            needs=count + 2,
        )
    count = 20
    begun = steps.SendRaw((binary(UNFINISHED, fin=False, rsv=RSV1),))
    yield _measured(
        f"{count} clients that each leave a message unfinished after 3 MiB of inflated data: other clients are served, "
        "memory stays bounded.",
        (
            *(step for number in range(1, count + 1) for step in steps.on(number, *COMPRESSED)),
            steps.CountResources(),
            *(steps.On(number, begun) for number in range(1, count + 1)),
            *others_are_served(count + 1),
            steps.ExpectMemory(NOISE + count * MESSAGE_LIMIT * 3 // 2),
        ),
        needs=count + 2,
    )


# R.5: fragments


def fragments() -> Iterator[ScriptCase]:
    """Yield messages in very many fragments, which cost no more than their content."""
    empty = steps.Flood((cont(b"", fin=False),), 100_000, last=(cont("lo"),))
    yield _measured(
        "Message with 100,000 empty fragments: other clients are served, memory stays bounded.",
        (
            *OPEN,
            steps.CountResources(),
            steps.SendRaw((text("Hel", fin=False),)),
            empty,
            *others_are_served(),
            steps.ExpectMemory(NOISE),
        ),
        needs=3,
    )
    single = steps.Flood((cont(b"x", fin=False),), 1_000_000)
    yield _measured(
        "Message with a million fragments and no end: other clients are served, memory stays bounded.",
        (
            *OPEN,
            steps.CountResources(),
            steps.SendRaw((text("x", fin=False),)),
            single,
            *others_are_served(),
            steps.ExpectMemory(NOISE),
        ),
        needs=3,
    )


# R.6: clients that vanish

_FIN, _RST = steps.Disconnect(steps.End.FIN), steps.Disconnect(steps.End.RST)
WAYS: tuple[Steps, ...] = tuple(
    (*before, end)
    for before in (
        (steps.Request(only=0),),
        (steps.Request(only=60),),
        (steps.Request(only=140),),
        (*OPEN, steps.SendRaw((HELLO_BYTES[:1],))),
        (*OPEN, steps.SendRaw((HELLO_BYTES[:8],))),
        (*OPEN, steps.SendRaw((text("Hel", fin=False),))),
    )
    for end in (_FIN, _RST)
)
AT_ONCE = 12


def vanishing() -> Iterator[ScriptCase]:
    """Yield clients that vanish in the middle of something; the server must free their resources."""
    yield _measured(
        "120 clients that vanish amid an opening handshake, a frame or a message: all their resources are freed.",
        (
            steps.Crowd(4 * AT_ONCE, 2 * AT_ONCE, WAYS),  # fill thread and worker pools first
            steps.CountResources(),
            steps.Crowd(120, AT_ONCE, WAYS),
            steps.ExpectSameResources(),
            *others_are_served(1),
        ),
        needs=2,
    )


# R.7: broadcasts

LARGE = "x" * (2 * MiB)  # text, which dwebsocket 0.5 receives and sends as bytes
COUNT = 4


def _joined(room: str, number: int, receive_buffer: int = 0) -> Steps:
    request = steps.Request(f"/w/room?name={room}", receive_buffer=receive_buffer)
    return steps.on(number, request, steps.ExpectUpgrade(), steps.ExpectMessage("joined"))


def broadcasts() -> Iterator[ScriptCase]:
    """Yield broadcasts to a client that does not read; the others wait at most the send timeout."""
    told = steps.On(2, steps.Flood((text(LARGE),), COUNT))
    yield _release(
        "Client that does not read a broadcast: the other clients receive all of it.",
        (
            *_joined("hear", 1, receive_buffer=LITTLE),
            *_joined("hear", 2),
            *_joined("hear", 3),
            told,
            *(steps.On(3, steps.ExpectMessage(LARGE, within=HELD_UP)) for _ in range(COUNT)),
            *steps.on(3, *echo("from the third")[:1]),
            *steps.on(2, *echo("from the third")[1:]),
        ),
        needs=3,
    )
    yield _release(
        "Client that does not read a broadcast: the server disconnects it.",
        (*_joined("release", 1, receive_buffer=LITTLE), *_joined("release", 2), told, steps.ExpectRelease(LET_GO)),
        needs=2,
    )
