"""Family R, group 8: faults that show only in a certain state of the connection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from wsconform.cases.builders import binary, cont, ping, pong, text
from wsconform.conversation.model import PROTOCOL_ERROR, Await, Case, Echoes, Event, RoundTrips, Step
from wsconform.model import Fill, Frame, KiB, Message, Opcode, Pong, Split

__all__ = ["cases"]

MANY = "6455-6.1-2", "6455-6.2-4"
ASSEMBLED = "6455-5.4-5", "6455-5.4-2"
BETWEEN = "6455-5.4-7", "6455-5.4-3", "6455-5.5.2-2"
UTF8 = "6455-5.6-1", "6455-5.4-14"
HELLO = b"Hello"
NUMBERS = b"".join(n.to_bytes(2, "big") for n in range(32_768))


def cases() -> Iterator[Case]:
    """Yield group R.8; cases are numbered in order."""
    members = (*_counts(), *_control_first(), *_fragments(), *_mixed())
    for n, case in enumerate(members, 1):
        yield replace(case, id=f"R.8.{n}")


def _case(
    title: str, send: tuple[Step, ...], expect: tuple[Event, ...], clauses: tuple[str, ...], within: float = 5.0
) -> Case:
    return Case("", title, send, expect, within=within, clauses=clauses)


def _counts() -> Iterator[Case]:
    """Yield many messages, bytes and fragments: beyond what fits into a byte or into 16 bits."""
    yield _case(
        "300 messages on one connection, each sent after the previous echo: all echoed.",
        (RoundTrips(b"message", 300),),
        (Echoes(300),),
        MANY,
        within=60.0,  # a slow server is not wrong, and one that stops is noticed by its silence
    )
    yield _case(
        "260 different messages at once: all echoed in order.",
        tuple(text(f"message {n}") for n in range(260)),
        tuple(Message(f"message {n}".encode()) for n in range(260)),
        MANY,
    )
    parts = tuple(NUMBERS[at : at + 1000] for at in range(0, 65_536, 1000))
    yield _case(
        "65,536 bytes in 66 different messages, then a text message and a ping: all answered.",
        (*(binary(part) for part in parts), text("after"), Await(len(parts) + 1), ping("after")),
        (*(Message(part, binary=True) for part in parts), Message(b"after"), Pong(b"after")),
        MANY,
    )
    payload = bytes(NUMBERS[:1201])
    yield _case(
        "Message in 1,202 fragments: echoed whole.",
        (Split(Opcode.BINARY, payload, 1), Await(1), ping("after")),
        (Message(payload, binary=True), Pong(b"after")),
        ASSEMBLED,
    )
    yield _case(
        "260 pings at once: the last one is answered, and then a message is echoed.",
        (*(pong(f"unasked {n}") for n in range(260)), ping("last"), Await(1), text(HELLO)),
        (Pong(b"last"), Message(HELLO)),
        ("6455-5.5.3-3", "6455-5.5.2-2"),
    )


def _control_first() -> Iterator[Case]:
    """Yield a control frame before the first message."""
    hello = Message(HELLO)
    yield _case(
        "Ping as the first frame, after its pong a text message: both answered.",
        (ping("first"), Await(1), text(HELLO)),
        (Pong(b"first"), hello),
        ("6455-5.5.2-2", "6455-6.2-2"),
    )
    yield _case(
        "Pong as the first frame, then a text message: echoed.",
        (pong("first"), text(HELLO)),
        (hello,),
        ("6455-5.5.3-3",),
    )
    yield _case(
        "Empty ping as the first frame, after its pong a fragmented message: both answered.",
        (ping(), Await(1), text("Hel", fin=False), cont("lo")),
        (Pong(), hello),
        ("6455-5.5.2-2", *ASSEMBLED),
    )
    yield _case(
        "Text message, after its echo a ping, after its pong a text message: all answered.",
        (text(HELLO), Await(1), ping("second"), Await(2), text("third")),
        (hello, Pong(b"second"), Message(b"third")),
        ("6455-5.5.2-2", "6455-6.2-4"),
    )


def _fragments() -> Iterator[Case]:
    """Yield control frames between fragments, and characters that a fragment divides."""
    words = "größer 🌍 €"
    pieces = [words.encode()[n : n + 1] for n in range(len(words.encode()))]
    yield _case(
        "Text message with each byte in a fragment, and a ping after each: all answered.",
        tuple(
            frame
            for n, piece in enumerate(pieces)
            for frame in (
                Frame(Opcode.CONTINUATION if n else Opcode.TEXT, piece, fin=n == len(pieces) - 1),
                *((ping(str(n)), Await(n + 1)) if n < len(pieces) - 1 else ()),
            )
        ),
        (*(Pong(str(n).encode()) for n in range(len(pieces) - 1)), Message(words.encode())),
        (*BETWEEN, *UTF8),
    )
    yield _case(
        "First fragment, ping, and after its pong the last fragment; then the same again: all answered.",
        (
            *(text("Hel", fin=False), ping("one"), Await(1), cont("lo"), Await(2)),
            *(text("wor", fin=False), ping("two"), Await(3), cont("ld")),
        ),
        (Pong(b"one"), Message(HELLO), Pong(b"two"), Message(b"world")),
        BETWEEN,
    )
    yield _case(
        "First fragment, ping of 125 bytes, after its pong a last fragment of 200 bytes: the message is echoed whole.",
        (binary(NUMBERS[:300], fin=False), ping(NUMBERS[1:126]), Await(1), cont(NUMBERS[300:500])),
        (Pong(NUMBERS[1:126]), Message(NUMBERS[:500], binary=True)),
        BETWEEN,
    )
    yield _case(
        "First fragment, pong, empty fragment, pong, last fragment: the message is echoed whole.",
        (text("Hel", fin=False), pong("x"), cont("", fin=False), pong("y"), cont("lo")),
        (Message(HELLO),),
        ("6455-5.5.3-3", *BETWEEN),
    )
    for size in (64 * KiB - 1, 64 * KiB - 2):
        start, end = b"*" * size + "€".encode()[:1], "€".encode()[1:] + b"*"
        yield _case(
            f"Text message of two fragments that divide a character behind {size:,} bytes: echoed whole.",
            (text(start, fin=False), cont(end)),
            (Message(start + end),),
            UTF8,
        )
    yield _case(
        "Text message of more than 64 KiB of three-byte characters in one frame: echoed whole.",
        (text("€".encode() * 22_000),),
        (Message("€".encode() * 22_000),),
        UTF8,
    )


def _mixed() -> Iterator[Case]:
    """Yield messages of different types and sizes one after the other."""
    yield _case(
        "Text, binary, fragmented text, fragmented binary, text: each echoed with its type.",
        (
            text("one"),
            binary(b"\xff\x00"),
            text("thr", fin=False),
            cont("ee"),
            binary(b"\xfe", fin=False),
            cont(b"\xfd"),
            text("five"),
        ),
        (
            Message(b"one"),
            Message(b"\xff\x00", binary=True),
            Message(b"three"),
            Message(b"\xfe\xfd", binary=True),
            Message(b"five"),
        ),
        ("6455-6.2-3", "6455-6.2-4", "6455-5.4-13"),
    )
    yield _case(
        "Message of 70,000 bytes, empty message, message of 1 byte: all echoed.",
        (binary(Fill(NUMBERS, 70_000)), binary(b""), binary(b"x")),
        (Message(Fill(NUMBERS, 70_000), binary=True), Message(b"", binary=True), Message(b"x", binary=True)),
        MANY,
    )
    yield _case(
        "Empty message, message in empty fragments, ping, text message: all answered.",
        (text(""), text("", fin=False), cont("", fin=False), cont(""), Await(2), ping("p"), Await(3), text(HELLO)),
        (Message(b""), Message(b""), Pong(b"p"), Message(HELLO)),
        ("6455-5.4-8", "6455-6.2-4"),
    )
    yield _case(
        "Binary message that is not UTF-8 after a text message, then a text message: all echoed.",
        (text("ä"), binary(b"\xe4\xff\xc0"), text("ö")),
        (Message("ä".encode()), Message(b"\xe4\xff\xc0", binary=True), Message("ö".encode())),
        ("6455-5.6-2", "6455-5.6-1"),
    )
    yield _case(
        "Text message with a byte order mark, a null, line ends and noncharacters: echoed byte for byte.",
        (text("\ufeff\0\r\n\u2028\ufffe\U0010ffff e\u0301"),),
        (Message("\ufeff\0\r\n\u2028\ufffe\U0010ffff e\u0301".encode()),),
        ("6455-5.6-3",),
    )
    yield replace(
        _case(
            "Pong with FIN 0 and nothing behind it: the server fails the connection.",
            (Frame(Opcode.PONG, b"part", fin=False),),
            (),
            ("6455-5.5-2", "6455-5.4-4", "6455-7.1.7-1"),
            within=1.0,
        ),
        closing=PROTOCOL_ERROR,
    )
