"""Families 3 and 4: reserved bits and reserved opcodes (RFC 6455 section 5.2)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from wsconform.cases.builders import binary, close, ping, text
from wsconform.conversation.model import PROTOCOL_ERROR, Case, Chop, Tolerance
from wsconform.model import Frame, Message, Verdict

HELLO = b"Hello, world!"
OCTETS = bytes.fromhex("00fffefdfcfb00ff")
RESERVED = b"reserved opcode payload"

BITS = "6455-5.2-2", "6455-5.8-1", "6455-7.1.7-1"
OPCODES = "6455-5.2-4", "6455-11.8-1", "6455-7.1.7-1"

#: The RFC does not require the echo of an earlier message before the failure.
NO_ECHO = Tolerance(
    (), Verdict.PASS, "the connection failed before the valid message was echoed, which no clause forbids"
)

_failure = partial(Case, closing=PROTOCOL_ERROR, closes_when_seen=False)


def cases() -> Iterator[Case]:
    """Yield families 3 and 4."""
    yield from _reserved_bits()
    yield from _reserved_opcodes()


def _reserved_bits() -> Iterator[Case]:
    yield _failure(
        "3.1", "Text message with RSV3 set: the server fails the connection.", (text(HELLO, rsv=1),), clauses=BITS
    )
    for id_, rsv, title, chop in (
        ("3.2", 2, "RSV2", Chop.WHOLE),
        # Autobahn says frame by frame, but its first write still waits in Twisted's buffer when the
        # second is made. The echo of the valid message depends on that, so we do the same.
        ("3.3", 3, "RSV2 and RSV3", Chop.PAIR_FIRST),
        ("3.4", 4, "RSV1", Chop.OCTETS),
    ):
        yield _after_a_good_one(id_, f"a text message with {title} set", text(HELLO, rsv=rsv), chop, BITS)
    yield _failure(
        "3.5",
        "Binary message with RSV1 and RSV3 set: the server fails the connection.",
        (binary(OCTETS, rsv=5),),
        clauses=BITS,
    )
    yield _failure(
        "3.6",
        "Binary message with RSV1 and RSV2 set: the server fails the connection.",
        (binary(HELLO, rsv=6),),
        clauses=BITS,
    )
    yield _failure(
        "3.7",
        "Close with all three RSV bits set: the server fails the connection.",
        (Frame(close().opcode, rsv=7),),
        clauses=BITS,
    )


def _reserved_opcodes() -> Iterator[Case]:
    for section, opcodes in (("4.1", range(3, 8)), ("4.2", range(11, 16))):
        for n, opcode in enumerate(opcodes, 1):
            title = f"frame with reserved opcode {opcode}"
            if n <= 2:
                frame = Frame(opcode, RESERVED if n == 2 else b"")
                yield _failure(
                    f"{section}.{n}", f"F{title[1:]}: the server fails the connection.", (frame,), clauses=OPCODES
                )
            else:
                frame = Frame(opcode, HELLO if n > 3 else b"")
                chop = Chop.OCTETS if n == 5 else Chop.WHOLE
                yield _after_a_good_one(f"{section}.{n}", f"a {title}", frame, chop, OPCODES)


def _after_a_good_one(id_: str, title: str, bad: Frame, chop: Chop, clauses: tuple[str, ...]) -> Case:
    return _failure(
        id_,
        f"Valid text message, then {title}, then a ping: the server fails the connection at the second frame.",
        send=(text(HELLO), bad, ping()),
        expect=(Message(HELLO),),
        tolerate=NO_ECHO,
        chop=chop,
        clauses=(*clauses, "6455-7.1.7-4"),
    )
