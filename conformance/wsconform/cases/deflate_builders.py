"""Functions that build cases of family P: the offer, compressed frames, the samples of RFC 7692."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from wsconform.cases.blocks import counted
from wsconform.cases.builders import binary, text
from wsconform.conversation.model import Answer, Case, Event, Tolerance
from wsconform.model import Frame, Message, Payload, Verdict

__all__ = [
    "COUNTED",
    "EMPTY",
    "FINAL",
    "FROM_WINDOW",
    "HELLO",
    "NO_ECHO",
    "OFFER",
    "ONE_BLOCK",
    "OTHER",
    "RSV1",
    "STORED",
    "TWO_BLOCKS",
    "compressed",
    "compressed_binary",
    "deflate_case",
    "echoed",
    "failed",
    "pongs_first",
]

RSV1 = 4
OFFER = "permessage-deflate"

HELLO = b"Hello"
#: Its compressed forms in RFC 7692 section 7.2.3. The second is valid only after the first.
ONE_BLOCK, FROM_WINDOW = bytes.fromhex("f248cdc9c90700"), bytes.fromhex("f200110000")
STORED = bytes.fromhex("000500faff48656c6c6f00")
FINAL = bytes.fromhex("f348cdc9c9070000")
TWO_BLOCKS = bytes.fromhex("f24805000000ffffcac9c90700")
EMPTY = b"\x00"  # an empty message

COUNTED, OTHER = counted(600), counted(400, 5000)

NO_ECHO = Tolerance(
    (), Verdict.PASS, "the connection failed before the valid message was echoed, which no clause forbids"
)

deflate_case = partial(Case, offers=(OFFER,), answer=Answer.AGREED)
failed = partial(deflate_case, closes_when_seen=False)


def pongs_first(*events: Event) -> Tolerance:
    """Accept the order of a server that answers pings at once and messages in turn."""
    return Tolerance(
        events, Verdict.PASS, "pongs came before the echoes of earlier messages, which is allowed", parity=False
    )


def compressed(data: Payload, **bits: bool) -> Frame:
    """A text frame with RSV1; ``data`` must already be compressed."""
    return text(data, rsv=RSV1, **bits)


def compressed_binary(data: Payload, **bits: bool) -> Frame:
    """A binary frame with RSV1; ``data`` must already be compressed."""
    return binary(data, rsv=RSV1, **bits)


def echoed(id_: str, title: str, payloads: Sequence[bytes], messages: Sequence[bytes], **rest: Any) -> Case:
    """A case of compressed binary messages and their echoes."""
    return deflate_case(
        id_,
        title,
        tuple(compressed_binary(payload) for payload in payloads),
        tuple(Message(message, binary=True) for message in messages),
        **rest,
    )
