"""Family M: the masking of our frames (RFC 6455 sections 5.1 and 5.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from wsconform.cases.builders import binary, close, cont, ping, pong, text
from wsconform.conversation.model import PROTOCOL_ERROR, Await, Case, Chop, Closing, Tolerance
from wsconform.model import Frame, Message, Pong, Side, Verdict

__all__ = ["cases"]

UNMASKED = "6455-5.1-3", "6455-7.1.7-1"
XOR = "6455-5.3-5", "6455-6.2-5", "6455-5.3-6"
HELLO = "Hello"
#: Each distinct, so that a byte that is out of place shows.
OCTETS = bytes(range(256))
#: A server may fail the connection before it has sent the echo of what came before.
NO_ECHO = Tolerance((), Verdict.INFO, "the server failed the connection before it sent the echo")
#: How a Close that breaks a rule is answered; 1000 says that the rule was not looked at, but TCP ends all the same.
BAD_CLOSE = Closing(Side.US, (1002,), clean=False, acceptable=(1000,))

_violation = partial(Case, closing=PROTOCOL_ERROR, clauses=UNMASKED)


def bare(frame: Frame) -> Frame:
    """Return a frame without its mask."""
    return replace(frame, key=b"")


def keyed(frame: Frame, key: bytes) -> Frame:
    """Return a frame with this masking key."""
    return replace(frame, key=key)


def cases() -> Iterator[Case]:
    """Yield family M; within a group, cases are numbered in order."""
    for group, members in enumerate((_alone, _after_masked, _keys), 1):
        for n, case in enumerate(members(), 1):
            yield replace(case, id=f"M.{group}.{n}")


def _alone() -> Iterator[Case]:
    """Yield a frame without a mask as the first one on the connection, of each opcode and form of length."""
    for what, frame in (
        ("Text message", text(HELLO)),
        ("Ping", ping(HELLO)),
        ("Binary message", binary(b"\x00\xff\xfe")),
        ("Pong", pong(HELLO)),
        ("Empty text message", text("")),
        ("Empty ping", ping()),
        ("First fragment of a text message", text("Hel", fin=False)),
        ("Message of 126 bytes", binary(OCTETS[:126])),
        ("Message of 65,536 bytes", binary(OCTETS * 256)),
    ):
        yield _violation("", f"{what} without a mask: the server fails the connection.", (bare(frame),))
    for what, frame in (("Close 1000", close(1000)), ("Close without a code", close())):
        yield Case(
            "",
            f"{what} without a mask: the server fails the connection.",
            (bare(frame),),
            closes_when_seen=False,
            closing=BAD_CLOSE,
            clauses=UNMASKED,
        )


def _after_masked() -> Iterator[Case]:
    """Yield a frame without a mask after masked ones: a server may look at the first frame only."""
    first = text("masked")
    for what, frame in (
        ("text message", text(HELLO)),
        ("ping", ping(HELLO)),
        ("binary message", binary(b"\x00\xff")),
        ("pong", pong()),
    ):
        yield _violation(
            "",
            f"Masked text message, after its echo a {what} without a mask: the server fails the connection.",
            (first, Await(1), bare(frame)),
            (Message(b"masked"),),
        )
    yield Case(
        "",
        "Masked text message, after its echo a Close without a mask: the server fails the connection.",
        (first, Await(1), bare(close(1000))),
        (Message(b"masked"),),
        closes_when_seen=False,
        closing=BAD_CLOSE,
        clauses=UNMASKED,
    )
    yield _violation(
        "",
        "Masked ping, after its pong a text message without a mask: the server fails the connection.",
        (ping("masked"), Await(1), bare(text(HELLO))),
        (Pong(b"masked"),),
    )
    for what, frame in (
        ("a continuation", cont("lo")),
        ("an empty continuation", cont("")),
        ("a ping", ping(HELLO)),
    ):
        yield _violation(
            "",
            f"Masked first fragment, then {what} without a mask: the server fails the connection.",
            (text("Hel", fin=False), bare(frame)),
        )
    yield _violation(
        "",
        "First fragment without a mask, then a masked continuation: the server fails the connection.",
        (bare(text("Hel", fin=False)), cont("lo")),
    )
    yield _violation(
        "",
        "Text message without a mask, then a masked message and a masked ping: the server fails the connection and "
        "answers none of them.",
        (bare(text(HELLO)), text("masked"), ping("masked")),
        clauses=(*UNMASKED, "6455-7.1.7-4"),
    )
    yield _violation(
        "",
        "Text message and ping, masked; in the same segment a text message without a mask: the server fails the "
        "connection.",
        (first, bare(text(HELLO))),
        (Message(b"masked"),),
        tolerate=NO_ECHO,
        closes_when_seen=False,
    )


#: Keys that are as legal as any other.
KEYS = (
    ("zero", bytes(4)),
    ("of ones", b"\xff" * 4),
    ("01 02 03 04", b"\x01\x02\x03\x04"),
    ("zero but for its last byte", b"\x00\x00\x00\xff"),
    ("zero but for its first byte", b"\xff\x00\x00\x00"),
    ("of four spaces", b"    "),
)


def _keys() -> Iterator[Case]:
    """Yield legal keys: whatever the key, the length and the segments are, the message is the same."""
    sizes = range(18)
    for what, key in KEYS:
        yield Case(
            "",
            f"18 messages of 0 to 17 bytes with the masking key {what}: all echoed.",
            tuple(keyed(binary(OCTETS[:size]), key) for size in sizes),
            tuple(Message(OCTETS[:size], binary=True) for size in sizes),
            clauses=XOR,
        )
    yield Case(
        "",
        "Text message and ping with the masking key zero: echoed and answered.",
        (keyed(text(HELLO), bytes(4)), Await(1), keyed(ping(HELLO), bytes(4))),
        (Message(b"Hello"), Pong(b"Hello")),
        clauses=XOR,
    )
    yield Case(
        "",
        "Close with the masking key zero: answered with a Close.",
        (keyed(close(1000), bytes(4)),),
        closes_when_seen=False,
        clauses=(*XOR, "6455-5.5.1-7"),
    )
    yield Case(
        "",
        "Message that is masked with its own bytes, so that it is zero on the wire: echoed.",
        (keyed(binary(b"abcdabcdab"), b"abcd"),),
        (Message(b"abcdabcdab", binary=True),),
        clauses=XOR,
    )
    yield Case(
        "",
        "Text message that is not UTF-8 as long as it is masked: echoed.",
        (keyed(text("Hello Hello"), b"\xff\xfe\xc0\xf5"),),
        (Message(b"Hello Hello"),),
        clauses=XOR,
    )
    yield Case(
        "",
        "Two messages with the same masking key: both echoed.",
        (keyed(text("first"), b"\x12\x34\x56\x78"), keyed(text("second"), b"\x12\x34\x56\x78")),
        (Message(b"first"), Message(b"second")),
        clauses=XOR,
    )
    parts = OCTETS[:5], OCTETS[5:11], OCTETS[11:18], OCTETS[18:256]
    keys = bytes(4), b"\xff" * 4, b"\x01\x02\x03\x04", b"\x80\x00\x00\x01"
    yield Case(
        "",
        "Message in fragments of 5, 6, 7 and 238 bytes with four masking keys: echoed whole.",
        tuple(
            keyed(Frame(0 if n else 2, part, fin=n == 3), key)
            for n, (part, key) in enumerate(zip(parts, keys, strict=True))
        ),
        (Message(OCTETS, binary=True),),
        clauses=XOR,
    )
    for how, chop in (("byte by byte", Chop.OCTETS), ("in segments of 3 bytes", 3), ("in segments of 7 bytes", 7)):
        yield Case(
            "",
            f"Message of 256 different bytes, sent {how}: echoed.",
            (binary(OCTETS),),
            (Message(OCTETS, binary=True),),
            chop=chop,
            within=2.0,
            clauses=(*XOR, "6455-2.1-1"),
        )
