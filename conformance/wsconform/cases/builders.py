"""Functions that build the frames of cases."""

from __future__ import annotations

from typing import Any

from wsconform.conversation.model import Case, Closing, Tolerance
from wsconform.model import Fill, Frame, Message, Opcode, Payload, Side, Verdict

__all__ = ["LIMIT", "binary", "close", "cont", "echo", "ping", "pong", "stars", "text"]

#: A server may limit the size of messages and the number of fragments (RFC 6455 section 10.4). Its Close says so.
LIMIT = Tolerance(
    (),
    Verdict.DECLINED,
    "a limit of the server, which may have one",
    parity=False,
    closing=Closing(Side.PEER, (1009, 1008), clean=False),
    limit=True,
)


def _octets(data: str | Payload) -> Payload:
    return data.encode() if isinstance(data, str) else data


def text(data: str | Payload, **bits: Any) -> Frame:
    """A text frame; ``bits`` are ``fin`` and ``rsv``."""
    return Frame(Opcode.TEXT, _octets(data), **bits)


def binary(data: Payload, **bits: Any) -> Frame:
    """A binary frame."""
    return Frame(Opcode.BINARY, data, **bits)


def cont(data: str | Payload, **bits: Any) -> Frame:
    """A continuation frame."""
    return Frame(Opcode.CONTINUATION, _octets(data), **bits)


def ping(data: str | Payload = b"", **bits: Any) -> Frame:
    """A ping frame."""
    return Frame(Opcode.PING, _octets(data), **bits)


def pong(data: str | Payload = b"", **bits: Any) -> Frame:
    """A pong frame."""
    return Frame(Opcode.PONG, _octets(data), **bits)


def close(code: int | None = None, reason: Payload = b"") -> Frame:
    """A Close frame; without a code its body is only the reason."""
    return Frame(Opcode.CLOSE, (code.to_bytes(2, "big") if code is not None else b"") + bytes(reason))


def echo(id: str, title: str, payload: Payload, *, is_binary: bool = False, **rest: Any) -> Case:  # noqa: A002 (the name of the field)
    """A case that sends one message and expects its echo."""
    frame = binary(payload) if is_binary else text(payload)
    return Case(id, title, (frame,), (Message(payload, is_binary),), **rest)


def stars(size: int) -> Fill:
    """The payload that Autobahn sends where the content does not matter."""
    return Fill(b"*", size)
