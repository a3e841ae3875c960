"""Short conversations for the tests of a run, and its frames and events as values that are easy to compare."""

from __future__ import annotations

from conformance.tests.support.in_memory import MemoryShell, server_frame
from wsconform.cases import WEBSOCKET_CASES
from wsconform.conversation.model import Case, Event
from wsconform.conversation.transcript import Transcript
from wsconform.model import Frame, Message, Opcode

__all__ = ["ECHO", "HELLO", "NORMAL", "PROTOCOL_ERROR", "VIOLATION", "close", "events", "sent"]

ECHO = Case("", "An echo.", (Frame(Opcode.TEXT, b"Hello"),), (Message(b"Hello"),))
VIOLATION = WEBSOCKET_CASES["3.1"]

# Frames of the peer.
HELLO = server_frame(Opcode.TEXT, b"Hello")
NORMAL = server_frame(Opcode.CLOSE, b"\x03\xe8")
PROTOCOL_ERROR = server_frame(Opcode.CLOSE, b"\x03\xea")


def sent(shell: MemoryShell) -> list[tuple[int, bytes]]:
    """Take what was sent, as opcodes and payloads."""
    return [(frame.opcode, frame.payload) for frame in shell.frames()]


def close(code: int | None) -> list[tuple[int, bytes]]:
    """Return what `sent` returns for a single Close frame."""
    return [(Opcode.CLOSE, b"" if code is None else code.to_bytes(2, "big"))]


def events(transcript: Transcript) -> list[Event]:
    """Return the events without their times."""
    return [seen.event for seen in transcript.events]
