"""Family C: the closing handshake and the end of TCP (RFC 6455 sections 5.5.1 and 7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from wsconform.cases.builders import binary, close, cont, ping, pong, text
from wsconform.cases.closing import answered_with
from wsconform.conversation.model import Case, Closing, Step, Tolerance
from wsconform.model import Frame, KiB, Level, Message, Opcode, Pong, Side, Verdict
from wsconform.script import steps
from wsconform.script.model import Log, ScriptCase

__all__ = ["cases", "scripts"]

ANSWER = "6455-5.5.1-7", "6455-5.5.1-10", "6455-5.5.1-11"
IGNORED = "6455-5.5.1-15", *ANSWER
FRAGMENTED = "6455-5.5-2", "6455-5.4-4"
NOT_UTF8 = "6455-8.1-4", "6455-5.5.1-3", "6455-8.1-1"
AMID = "6455-5.4-7", *ANSWER
FAILED = Closing(Side.US, (1002,), clean=False)

_case = partial(Case, "", closes_when_seen=False, closing=answered_with(1000))


def cases() -> Iterator[Case]:
    """Yield the cases of family C that are conversations; within a group, they are numbered in order."""
    for group, members in enumerate((_fragmented, _codes, _bad_codes, _reasons, _amid, _crossing), 1):
        for n, case in enumerate(members(), 1):
            yield replace(case, id=f"C.{group}.{n}")


# C.1: Close frames in fragments


def _fragmented() -> Iterator[Case]:
    """Yield Close frames without FIN: control frames are never fragmented."""
    body = (1000).to_bytes(2, "big")
    for what, send in (
        ("with code 1000 and FIN 0", (Frame(Opcode.CLOSE, body, fin=False),)),
        ("without a code and with FIN 0", (Frame(Opcode.CLOSE, fin=False),)),
        (
            "in two frames, the code in the first and the reason in the second",
            (Frame(Opcode.CLOSE, body, fin=False), cont("reason")),
        ),
        (
            "in two frames, the code in the second",
            (Frame(Opcode.CLOSE, fin=False), cont(body)),
        ),
        (
            "and FIN 0 between two fragments of a message",
            (text("Hel", fin=False), Frame(Opcode.CLOSE, body, fin=False), cont("lo")),
        ),
        (
            "with FIN 0, then a whole one",
            (Frame(Opcode.CLOSE, body, fin=False), Frame(Opcode.CLOSE, body)),
        ),
    ):
        yield _case(
            f"Close {what}: the server fails the connection.",
            send,
            closing=FAILED,
            clauses=(*FRAGMENTED, "6455-7.1.7-1"),
        )


# C.2: codes that may be sent

#: The codes of RFC 6455 with a reason; 7.7 sends them without.
WITH_REASON = 1000, 1001, 1011, 1002, 1003, 1007, 1008, 1009, 1010, 3000, 3003, 3008, 3999, 4000, 4999
#: Registered with IANA after RFC 6455.
REGISTERED = 1012, 1013, 1014


def _codes() -> Iterator[Case]:
    """Yield the codes that a Close may have."""
    for code in REGISTERED:
        yield _case(
            f"Close with code {code}, registered after RFC 6455: answered with a Close.",
            (close(code),),
            closing=replace(answered_with(1000, code), clean=False),
            clauses=("IANA-close-codes-1", *ANSWER),
        )
    for code in WITH_REASON:
        yield _case(
            f"Close with code {code} and a reason: answered with a Close.",
            (close(code, b"a reason"),),
            closing=answered_with(*dict.fromkeys((1000, code))),
            clauses=(
                "6455-7.4.2-3" if code >= 3000 else "6455-7.4.1-1",
                *(("IANA-close-codes-4",) if code in (3003, 3008) else ()),
                *ANSWER,
            ),
        )


# C.3: codes that must not be sent

NEVER = {1015: "6455-7.4.1-4", 1005: "6455-7.4.1-2", 1006: "6455-7.4.1-3"}
UNDEFINED = 5000, 32768, 65535
UNUSED = 1, 500, 998


def _bad_codes() -> Iterator[Case]:
    """Yield codes that a Close must not have; no server may send one back."""
    for code, clause in NEVER.items():
        yield _case(
            f"Close with code {code} and a reason: the server fails the connection.",
            (close(code, b"a reason"),),
            closing=replace(FAILED, acceptable=(1000,)),
            clauses=(clause, "IANA-close-codes-2" if code == 1015 else "6455-7.1.5-1", "6455-11.7-1"),
        )
    for code in UNUSED:
        yield _case(
            f"Close with code {code}, which is below the range of close codes: the server fails the connection.",
            (close(code),),
            closing=replace(FAILED, acceptable=(1000,)),
            clauses=("6455-7.4.2-1", "6455-11.7-1"),
        )
    for code in UNDEFINED:
        yield _case(
            f"Close with code {code}, which is above the range of close codes: not sent back.",
            (close(code),),
            closing=Closing(Side.US, (1000, 1001, 1002, 1007, 1008, 1011), clean=False),
            clauses=("6455-7.4.2-4", "6455-11.7-1"),
        )


# C.4: reasons

GOOD_REASONS = (
    ("with characters of two, three and four bytes", "größer als 5 € 🌍".encode()),
    ("of 123 bytes in 41 characters", "€".encode() * 41),
    ("with a null and a byte order mark", "\ufeffa\0b".encode()),
    ("of one byte", b"x"),
)
BAD_REASONS = (
    ("that ends within a character", "größer als 5 €".encode()[:-1]),
    ("of 123 bytes that ends within a character", b"*" * 122 + b"\xc3"),
    ("with an overlong slash", b"a\xc0\xafb"),
    ("with a surrogate", b"a\xed\xa0\x80b"),
    ("that begins with a continuation byte", b"\x80abc"),
    ("with a byte that UTF-8 never has", b"abc\xff"),
    ("with a character beyond U+10FFFF", b"\xf4\x90\x80\x80"),
)


def _reasons() -> Iterator[Case]:
    """Yield reasons: any UTF-8 is right, and anything else is not."""
    for what, reason in GOOD_REASONS:
        yield _case(
            f"Close with a reason {what}: answered with a Close.",
            (close(1000, reason),),
            clauses=("6455-5.5.1-3", *ANSWER),
        )
    for what, reason in BAD_REASONS:
        yield _case(
            f"Close with a reason {what}: the server fails the connection.",
            (close(1000, reason),),
            closing=answered_with(1007, 1002, clean=False),
            clauses=NOT_UTF8,
        )


# C.5: Close amid a message


def _amid() -> Iterator[Case]:
    """Yield a Close before a message has ended: it is answered at once, and the message never echoed."""
    for what, send in (
        ("Close after the first fragment of a text message", (text("Hel", fin=False), close(1000))),
        ("Close after the first fragment of a binary message", (binary(b"Hel", fin=False), close(1001))),
        ("Close without a code after two fragments", (text("Hel", fin=False), cont("l", fin=False), close())),
        ("Close after an empty first fragment", (text("", fin=False), close(1000))),
        (
            "Close after half a character",
            (text(b"\xe2\x82", fin=False), close(1000)),
        ),
    ):
        yield _case(
            f"{what}: answered at once, and nothing is echoed.",
            send,
            closing=answered_with(1000, 1001, undecided=(1002,)),
            clauses=AMID,
        )
    yield _case(
        "First fragment, ping and Close: the pong may come before the Close, the message may not.",
        (text("Hel", fin=False), ping("before"), close(1000)),
        (Pong(b"before"),),
        Tolerance((), Verdict.INFO, "the server answered the Close first"),
        clauses=AMID,
    )
    yield _case(
        "Message of 64 KiB and Close at once: echoed whole before the Close, or not at all.",
        (binary(bytes(range(256)) * 256), close(1000)),
        (Message(bytes(range(256)) * 256, binary=True),),
        Tolerance((), Verdict.INFO, "the server sent nothing before its Close"),
        within=5.0,
        clauses=("6455-5.5.1-9", "6455-5.5.1-6", *ANSWER),
    )


# C.6: Close frames and other frames that cross


def _crossing() -> Iterator[Case]:
    """Yield frames right before and after a Close."""
    yield _case(
        "Ping and Close at once: the pong may come before the Close.",
        (ping("before"), close(1000)),
        (Pong(b"before"),),
        Tolerance((), Verdict.INFO, "the server answered the Close first"),
        clauses=("6455-5.5.2-2", *ANSWER),
    )
    ignored: tuple[tuple[str, tuple[Step, ...]], ...] = (
        ("Close with another code", (close(1000), close(1001))),
        ("Ten more Close frames", (close(1000), *(close(4000 + n) for n in range(10)))),
        ("Pong", (close(1000), pong("late"))),
        ("Ping and text message", (close(1000), ping("late"), text("late"))),
        ("Frame with a reserved opcode", (close(1000), Frame(11, b"late"))),
        ("Text message without a mask", (close(1000), text("late", key=b""))),
        ("First fragment of a message", (close(1000), text("late", fin=False))),
        ("Message of 64 KiB", (close(1000), binary(bytes(64 * KiB)))),
        ("Close with an illegal code", (close(1000), close(1005))),
        ("Text that is not UTF-8", (close(1000), text(b"\xff"))),
    )
    for what, send in ignored:
        yield _case(f"{what} after a Close: ignored, and the Close is answered once.", send, clauses=IGNORED)
    for what, frame in (
        ("a reserved opcode", Frame(11, b"bad")),
        ("a reserved bit", text("bad", rsv=2)),
        ("text that is not UTF-8", text(b"\xff")),
    ):
        yield _case(
            f"Frame with {what} and Close 1001 at once: the server fails the connection and does not answer the Close.",
            (frame, close(1001)),
            # Text may be looked at when the message has ended and the Close has been answered.
            closing=Closing(Side.US, (1007,), clean=False, acceptable=(1000,)) if "UTF-8" in what else FAILED,
            clauses=("6455-7.1.7-4", "6455-7.1.7-1", "6455-5.5.1-14"),
        )


# C.7 and C.8: the end of TCP

_script = partial(ScriptCase, "", log=Log.ANY, own_server=False)
_OPEN = steps.Request(""), steps.ExpectUpgrade()
_FIN, _RST = steps.Disconnect(steps.End.FIN), steps.Disconnect(steps.End.RST)
_ECHO = steps.Send("Hello"), steps.ExpectMessage("Hello")
#: However it ends: our end of TCP has been closed.
_ENDS = steps.ExpectEnd(steps.ANY_END, within=5.0, frames=True)
VANISHED = "6455-7.1.1-6", "6455-7.2.2-1"


def scripts() -> Iterator[ScriptCase]:
    """Yield the cases of family C that are scripts."""
    for group, members in enumerate((_half_closed, _failing), 7):
        for n, case in enumerate(members(), 1):
            yield replace(case, id=f"C.{group}.{n}")


def _half_closed() -> Iterator[ScriptCase]:
    """Yield clients that end their half of TCP, and go on reading: the server ends its own."""
    half = partial(_script, clauses=("6455-7.1.1-6",), level=Level.SHOULD, worst=Verdict.NON_STRICT)
    before: tuple[steps.Step, ...]
    for what, before in (
        ("after an echo", _ECHO),
        ("within a frame", (steps.SendRaw((text("Hello"), b"\x81\x85\x01\x02\x03")), steps.ExpectMessage("Hello"))),
        ("within a message", (steps.SendRaw((text("Hello"), text("Hel", fin=False))), steps.ExpectMessage("Hello"))),
        ("right after the opening handshake", ()),
    ):
        yield half(
            f"The client ends its half of TCP {what}, without a Close: the server ends TCP.",
            (*_OPEN, *before, _FIN, _ENDS),
        )
    yield _script(
        "The client sends Close and ends its half of TCP at once: the Close is answered, and the server ends TCP.",
        (*_OPEN, steps.Close(), _FIN, steps.ExpectClose(()), _ENDS),
        clauses=ANSWER,
        # The client should have left the end of TCP to the server (section 7.1.1), and a proxy may pass it on first.
        level=Level.SHOULD,
        worst=Verdict.NON_STRICT,
    )
    yield _script(
        "The client ends its half of TCP within the opening handshake: the server ends TCP.",
        (steps.Request("", only=60), _FIN, steps.ExpectEnd(steps.ANY_END, within=5.0, frames=True)),
        clauses=("6455-7.2.2-1",),
        level=Level.SHOULD,
        worst=Verdict.NON_STRICT,
    )
    for what, before in (
        ("within a frame", (steps.SendRaw((b"\x81\x85\x01\x02\x03",)),)),
        ("within a message", (steps.SendRaw((text("Hel", fin=False),)),)),
        ("after its Close", (steps.Close(),)),
    ):
        yield _script(
            f"The client resets TCP {what}: others are served.",
            (*_OPEN, *before, _RST, *steps.on(2, *_OPEN, *_ECHO)),
            clauses=("robust-others", "6455-7.1.1-6"),
            needs=2,
        )


def _failing() -> Iterator[ScriptCase]:
    """Yield violations after which the client stays silent: the server ends TCP and waits for no Close."""
    for what, frame, codes in (
        ("a reserved opcode", Frame(11, b"bad"), (1002,)),
        ("text that is not UTF-8", text(b"\xff"), (1007,)),
    ):
        yield _script(
            f"The client sends {what} and does not answer the Close: the server ends TCP.",
            (*_OPEN, steps.SendRaw((frame,)), steps.ExpectClose(codes), steps.ExpectEnd(steps.ANY_END, within=3.0)),
            clauses=("6455-7.1.7-1", "6455-7.1.7-4"),
            level=Level.SHOULD,
            worst=Verdict.NON_STRICT,
        )
    yield _script(
        "The client closes and does not end TCP: the server ends it first.",
        (*_OPEN, steps.Close(), steps.ExpectClose((1000, None)), steps.ExpectEnd(within=3.0)),
        clauses=("6455-5.5.1-11", "6455-7.1.1-3"),
    )
