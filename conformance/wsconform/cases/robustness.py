"""Family R: hostile clients, each judged by what it does to another client, and to the memory of the server.

Every case is played on a server that must hold at least two connections. A case that only waits is played beside
others; one that measures memory is played alone.
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

#: What the longest message may have where these cases are played.
MESSAGE_LIMIT = 4 * MiB

OTHERS, RELEASE, LIMITS = "robust-others", "robust-release", "6455-10.4-1"
#: The system doubles it, and takes no less than about this.
LITTLE = 2 * KiB
#: Echoes, a hundredth of a second apart, until an attack has had its effect.
LONG = 60
#: Seconds within which the server lets go; it is set to two for a message that is not taken.
LET_GO = 6.0
#: Seconds until a broadcast is through that waits for one that does not read.
HELD_UP = 8.0
#: What no server needs for a connection, and some need for a thread.
NOISE = 32 * MiB

_case = partial(ScriptCase, "", log=Log.ANY)
_others = partial(_case, clauses=(OTHERS,))
_measured = partial(_case, clauses=(LIMITS, OTHERS), slow=True)
_release = partial(_case, clauses=(RELEASE,), level=Level.SHOULD, worst=Verdict.NON_STRICT, slow=True)


def cases() -> Iterator[ScriptCase]:
    """Yield all of family R; within a group the numbers follow the order."""
    for group, members in enumerate((silent, slow, floods, bombs, fragments, vanishing, broadcasts), 1):
        for n, case in enumerate(members(), 1):
            yield replace(case, id=f"R.{group}.{n}")


def others_are_served(first: int = 2, echoes: int = 20) -> Steps:
    """Another client has its echoes, and a third one its page; the numbers are of their connections."""
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
    """A client that does not read delays no other client, and is disconnected after a while."""
    for what, path, flood in (
        ("16 MiB of echoes", "/echo", MEGABYTES),
        ("the answers to 8 MiB of Pings to a view that waits", "/echo", PINGS),
        ("the answers to 8 MiB of Pings to a view that polls", "/w/polls", PINGS),
    ):
        attack = (*_reads_nothing(path), flood)
        yield _measured(
            f"A client does not read {what}: others are served, and memory is bounded.",
            (steps.CountResources(), *attack, *others_are_served(echoes=LONG), steps.ExpectMemory(NOISE)),
            needs=3,
        )
        yield _release(
            f"A client does not read {what}: the server lets go of it.", (*attack, steps.ExpectRelease(LET_GO))
        )


# R.2: clients that are slow

STAYING = 10


def slow() -> Iterator[ScriptCase]:
    """Who has not said all holds up nobody."""
    dripped = [
        step
        for octet in HELLO_BYTES
        for step in (steps.SendRaw((bytes((octet,)),)), steps.On(2, steps.ExpectEchoes(2, apart=0.0)))
    ]
    yield _others(
        "A client sends a frame octet by octet: another has its echoes between any two, and so has it in the end.",
        (*OPEN, *steps.on(2, *OPEN), *dripped, steps.ExpectMessage("Hello"), *steps.on(3, *get())),
        needs=3,
    )
    for what, octets in (("have connected and say nothing", 0), ("have sent half an opening handshake", 60)):
        staying = [steps.On(number, steps.Request(only=octets)) for number in range(1, STAYING + 1)]
        yield _others(
            f"{STAYING} clients {what}: others are served.",
            (*staying, *others_are_served(STAYING + 1)),
            needs=STAYING + 2,
        )
    half_frame = steps.SendRaw((HELLO_BYTES[:5],))
    yield _others(
        f"{STAYING} clients have sent half a frame: others are served.",
        (
            *(step for number in range(1, STAYING + 1) for step in steps.on(number, *OPEN, half_frame)),
            *others_are_served(STAYING + 1),
        ),
        needs=STAYING + 2,
    )


# R.3: floods


def floods() -> Iterator[ScriptCase]:
    """A million small messages hold up nobody, and take no more memory than they may."""
    tiny = steps.Flood((text("x"),), 8 * MiB // 7, drain=True)
    for what, path in (("echoes", "/echo"), ("only polls", "/w/polls"), ("only sends", "/w/ticks")):
        yield _measured(
            f"8 MiB of messages of one byte to a view that {what}: others are served, and memory is bounded.",
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
    """What inflates to more than a message may have is refused before it has taken that memory."""
    bomb = steps.SendRaw((binary(BOMB, rsv=RSV1),))
    refused = steps.ExpectClose((1009,))
    for count in (1, 16):
        numbers = range(1, count + 1)
        who = "A client sends" if count == 1 else f"{count} clients send"
        yield _measured(
            f"{who} 34 KB that inflate to 33 MiB, which is too big: others are served, and memory is bounded.",
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
        f"{count} clients begin a message that inflates to 3 MiB so far, and stay: others are served, and memory is "
        "bounded.",
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
    """Fragments cost what is in them."""
    empty = steps.Flood((cont(b"", fin=False),), 100_000, last=(cont("lo"),))
    yield _measured(
        "A message with 100,000 empty fragments: others are served, and memory is bounded.",
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
        "A message in a million fragments that does not end: others are served, and memory is bounded.",
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
    """Those who leave in the middle of something leave nothing behind."""
    yield _measured(
        "120 clients vanish in the middle of an opening handshake, a frame or a message: they leave nothing behind.",
        (
            steps.Crowd(4 * AT_ONCE, 2 * AT_ONCE, WAYS),  # pools have grown then to what they need
            steps.CountResources(),
            steps.Crowd(120, AT_ONCE, WAYS),
            steps.ExpectSameResources(),
            *others_are_served(1),
        ),
        needs=2,
    )


# R.7: broadcasts

LARGE = "x" * (2 * MiB)  # text, which dwebsocket 0.5 gives and takes as bytes
COUNT = 4


def _joined(room: str, number: int, receive_buffer: int = 0) -> Steps:
    request = steps.Request(f"/w/room?name={room}", receive_buffer=receive_buffer)
    return steps.on(number, request, steps.ExpectUpgrade(), steps.ExpectMessage("joined"))


def broadcasts() -> Iterator[ScriptCase]:
    """Who does not read what all are told keeps the others waiting no longer than the limit for sending."""
    told = steps.On(2, steps.Flood((text(LARGE),), COUNT))
    yield _release(
        "A client does not read what a view sends to all: the others hear all of it.",
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
        "A client does not read what a view sends to all: the server lets go of it.",
        (*_joined("release", 1, receive_buffer=LITTLE), *_joined("release", 2), told, steps.ExpectRelease(LET_GO)),
        needs=2,
    )
