"""Family R, group 9: what one client does, others do not notice. Any echo server can be tested."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from wsconform.cases.builders import binary, close, cont, ping, text
from wsconform.cases.wsgi.builders import HELLO_BYTES, Steps
from wsconform.model import Fill, Frame, KiB, Level, MiB, Opcode, OpenFrame, Verdict
from wsconform.script import steps
from wsconform.script.model import Log, ScriptCase
from wsconform.script.stream import KEY
from wsconform.wire.frames import encode_frame, encode_open_frame

__all__ = ["cases"]

OTHERS = "robust-others"
NOT_MIXED = OTHERS, "6455-5.4-6"
OPEN = steps.Request(""), steps.ExpectUpgrade()
FIN, RST = steps.Disconnect(steps.End.FIN), steps.Disconnect(steps.End.RST)
#: Receive buffer in bytes; Linux doubles it, and this is about the minimum.
LITTLE = 2 * KiB

_case = partial(ScriptCase, "", log=Log.ANY, clauses=(OTHERS, "6455-10.4-3"), own_server=False, needs=2)


def cases() -> Iterator[ScriptCase]:
    """Yield group R.9; cases are numbered in order."""
    for n, case in enumerate((*_at_once(), *_after_violations(), *_vanished(), *_slow(), *_many(), *_busy()), 1):
        yield replace(case, id=f"R.9.{n}")


#: Its answer shows that the server has read what was sent before it.
_READ: Steps = (steps.Ping(b"read"), steps.ExpectPong(b"read"))


def _echo(message: str, number: int) -> Steps:
    return steps.on(number, steps.Send(message), steps.ExpectMessage(message))


def _at_once() -> Iterator[ScriptCase]:
    """Yield two clients whose messages are under way at the same time."""
    first, last = {1: ("Hel", "lo"), 2: ("wor", "ld")}, ("begin", "end")
    yield _case(
        "Two clients that each send half of a message, then the rest: each gets its own echo.",
        (
            *OPEN,
            *steps.on(2, *OPEN),
            *(step for n in (1, 2) for step in steps.on(n, steps.SendRaw((text(first[n][0], fin=False),)), *_READ)),
            *(steps.On(n, steps.SendRaw((cont(first[n][1]),))) for n in (1, 2)),
            *(steps.On(n, steps.ExpectMessage("".join(first[n]))) for n in (1, 2)),
        ),
        clauses=NOT_MIXED,
    )
    yield _case(
        "Client that has sent half of a frame, while another client gets echoes: then its frame is echoed.",
        (
            *OPEN,
            steps.SendRaw((ping("read"), HELLO_BYTES[:7])),  # its answer shows that the server has read the segment
            steps.ExpectPong(b"read"),
            *steps.on(2, *OPEN, steps.Send("other"), steps.ExpectMessage("other")),
            steps.SendRaw((HELLO_BYTES[7:],)),
            steps.ExpectMessage("Hello"),
        ),
        clauses=NOT_MIXED,
    )
    yield _case(
        "Client amid a text message, while another one sends a binary message: both are echoed with their type.",
        (
            *OPEN,
            *steps.on(2, *OPEN),
            steps.SendRaw((text(last[0], fin=False),)),
            *_READ,
            *steps.on(2, steps.SendRaw((binary(b"\xff\x00"),)), steps.ExpectMessage(b"\xff\x00")),
            steps.SendRaw((cont(last[1]),)),
            steps.ExpectMessage("".join(last)),
        ),
        clauses=NOT_MIXED,
    )
    yield _case(
        "Client that has closed, while another one goes on: the other one gets its echoes.",
        (
            *OPEN,
            *steps.on(2, *OPEN),
            *_echo("before", 2),
            steps.Close(),
            steps.ExpectClose((1000, None)),
            steps.ExpectEnd(steps.ANY_END),
            *_echo("after", 2),
            *steps.on(2, steps.Ping(b"after"), steps.ExpectPong(b"after")),
        ),
    )


#: Longer than the frame of 69 bytes that its first bytes announce.
HTTP = b"GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: a client that speaks HTTP, not WebSocket\r\n\r\n"
#: What a client may do wrong, and what it is called.
VIOLATIONS: tuple[tuple[str, steps.Raw], ...] = (
    ("text message without a mask", (text("Hello", key=b""),)),
    ("frame with a reserved opcode", (Frame(11, b"bad"),)),
    ("frame with a reserved bit", (text("bad", rsv=2),)),
    ("text message that is not UTF-8", (text(b"\xff"),)),
    ("continuation of no message", (cont("bad"),)),
    ("second message within the first", (text("Hel", fin=False), text("lo"))),
    ("ping with FIN 0", (ping("bad", fin=False),)),
    ("ping of 126 bytes", (ping(b"*" * 126),)),
    ("Close with code 1005", (close(1005),)),
    ("Close with a body of one byte", (Frame(Opcode.CLOSE, b"a"),)),
    ("length of 2^63 + 5 bytes", (encode_open_frame(OpenFrame(Opcode.TEXT, 2**63 + 5), KEY), b"Hello")),
    ("length of 2^64 - 1 bytes", (encode_open_frame(OpenFrame(Opcode.BINARY, 2**64 - 1), KEY), b"Hello")),
    ("length of 2^62 bytes", (encode_open_frame(OpenFrame(Opcode.BINARY, 2**62), KEY), b"Hello")),
    ("request in HTTP instead of a frame", (HTTP,)),
    ("record of TLS instead of a frame", (bytes.fromhex("160301020001000001fc0303") + bytes(range(200)),)),
)


def _after_violations() -> Iterator[ScriptCase]:
    """Yield violations: a client that is there, and one that comes, are served."""
    for what, raw in VIOLATIONS:
        yield _case(
            f"One client sends a {what}: another one amid a message is served, and so is a new one.",
            (
                *OPEN,
                *steps.on(2, *OPEN, steps.SendRaw((text("Hel", fin=False),)), *_READ),
                steps.SendRaw(raw),
                steps.AwaitEnd(),
                *steps.on(3, *OPEN),
                *_echo("third", 3),
                *steps.on(2, steps.SendRaw((cont("lo"),)), steps.ExpectMessage("Hello")),
            ),
            clauses=(OTHERS, "6455-10.7-1", "6455-10.4-3"),
            needs=3,
        )


def _vanished() -> Iterator[ScriptCase]:
    """Yield clients that vanish."""
    for what, before in (
        ("within a frame", (*OPEN, steps.SendRaw((HELLO_BYTES[:8],)))),
        ("within a message", (*OPEN, steps.SendRaw((text("Hel", fin=False),)))),
        ("within the opening handshake", (steps.Request("", only=60),)),
    ):
        for how, end in (("ends TCP", FIN), ("resets TCP", RST)):
            yield _case(
                f"One client {how} {what}: another one is served, and so is a new one.",
                (
                    *steps.on(2, *OPEN),
                    *_echo("before", 2),
                    *before,
                    end,
                    *_echo("after", 2),
                    *steps.on(3, *OPEN),
                    *_echo("third", 3),
                ),
                needs=3,
            )


def _slow() -> Iterator[ScriptCase]:
    """Yield clients that stay, and read nothing or send little."""
    yield _case(
        "Client that does not read its 8 MiB of echoes: another one is served, and so is a new one.",
        (
            *steps.on(2, *OPEN),
            steps.Request("", receive_buffer=LITTLE),
            steps.ExpectUpgrade(),
            steps.Flood((binary(Fill(b"m", 64 * KiB)),), 8 * MiB // (64 * KiB)),
            steps.On(2, steps.ExpectEchoes(40, within=3.0)),
            *steps.on(3, *OPEN),
            *_echo("third", 3),
        ),
        needs=3,
    )
    yield _case(
        "Client that reads no pongs for its 4 MiB of pings: another one is served, and so is a new one.",
        (
            *steps.on(2, *OPEN),
            steps.Request("", receive_buffer=LITTLE),
            steps.ExpectUpgrade(),
            steps.Flood((ping(Fill(b"p", 125)),), 4 * MiB // 131),
            steps.On(2, steps.ExpectEchoes(40, within=3.0)),
            *steps.on(3, *OPEN),
            *_echo("third", 3),
        ),
        needs=3,
    )
    dripped = [
        step
        for octet in HELLO_BYTES
        for step in (steps.SendRaw((bytes((octet,)),)), steps.On(2, steps.ExpectEchoes(2, apart=0.0)))
    ]
    yield _case(
        "Client that sends a frame byte by byte: another one gets echoes meanwhile, and the frame is echoed.",
        (*OPEN, *steps.on(2, *OPEN), *dripped, steps.ExpectMessage("Hello")),
    )
    yield _case(
        "Client that sends half of an opening handshake and stays: another one is served, and so is a new one.",
        (
            *steps.on(2, *OPEN),
            steps.Request("", only=60),
            *_echo("second", 2),
            *steps.on(3, *OPEN),
            *_echo("third", 3),
        ),
        needs=3,
    )


def _many() -> Iterator[ScriptCase]:
    """Yield very many clients that come and go."""
    half_frame, half_message = steps.SendRaw((HELLO_BYTES[:8],)), steps.SendRaw((text("Hel", fin=False),))
    dropped = (
        (steps.Request("", only=0),),
        (steps.Request("", only=60),),
        OPEN,
        (*OPEN, half_frame),
        (*OPEN, half_message),
        (*OPEN, steps.Send("Hello")),
        (*OPEN, steps.Close()),
    )
    ways: tuple[Steps, ...] = tuple((*before, end) for before in dropped for end in (FIN, RST))
    closed = (*OPEN, steps.Close(), steps.ExpectClose((1000, None)), steps.ExpectEnd(steps.ANY_END))
    yield _case(
        "200 clients that come and go, most without a word: new ones are served afterwards.",
        (
            steps.Crowd(200, 2, (*ways, closed), within=20.0),
            *(step for number in (1, 2, 3) for step in steps.on(number, *OPEN)),
            *(step for number in (1, 2, 3) for step in _echo(f"client {number}", number)),
        ),
        clauses=(OTHERS, "6455-10.4-3"),
        needs=3,
    )


#: Pieces of a slow frame, the seconds between them, and the bytes of each. It lasts longer than a missing pong is
#: borne by the servers that the suite starts (`SCRIPT_SETTINGS`).
PIECES, APART, PIECE = 9, 0.5, 7_000


def _busy() -> Iterator[ScriptCase]:
    """Yield a client that cannot answer a ping, since it is sending a frame."""
    payload = bytes(n % 251 for n in range(PIECES * PIECE))
    octets = encode_frame(binary(payload), KEY)
    pieces = [octets[at : at + PIECE] for at in range(0, len(octets), PIECE)]
    slowly = [step for piece in pieces[1:] for step in (steps.ExpectSilence(APART), steps.SendRaw((piece,)))]
    yield _case(
        f"Client that sends a frame for {PIECES * APART:g} seconds, and so answers no pings meanwhile: it is echoed.",
        (
            *(steps.Request("", mute=True), steps.ExpectUpgrade(), steps.SendRaw((pieces[0],)), *slowly),
            steps.ExpectMessage(payload),
        ),
        clauses=("robust-busy", "6455-5.5.2-3"),
        level=Level.SHOULD,
        worst=Verdict.NON_STRICT,
        needs=1,
        slow=True,
    )
