"""A connection of a correct echo server after the opening handshake: frames in, echoes out.

A crooked server has a subclass that overrides what it does wrong; see `wsconform.crooked.faults`.
"""

from __future__ import annotations

import codecs
import socket
import struct
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any, NoReturn

from wsconform.crooked.deflate import BrokenError, Codec
from wsconform.crooked.frames import FrameDecoder
from wsconform.crooked.shared import Shared
from wsconform.model import Opcode
from wsconform.wire.frames import Received, encode_header, masked
from wsconform.wire.reader import may_be_sent

__all__ = [
    "BINARY",
    "CLOSE",
    "CONTINUATION",
    "CONTROL",
    "KNOWN",
    "PING",
    "PONG",
    "RSV1",
    "TEXT",
    "Connection",
    "OverError",
    "ViolationError",
]

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = Opcode
CONTROL = CLOSE, PING, PONG
KNOWN = tuple(Opcode)
RSV1 = 4
CHUNK = 1 << 16


class ViolationError(Exception):
    """The client broke a rule; the connection fails with this close code."""

    def __init__(self, code: int) -> None:
        self.code = code


class OverError(Exception):
    """The connection must end."""


class Connection:
    """A connection, served in a thread of its own.

    Args:
        sock: the socket.
        codec: the negotiated compression; None if there is none.
        shared: what all connections have in common.

    Attributes:
        decoder: reads frames.
        detects: fails the connection at a violation; otherwise nothing is a violation.
        frames: the decoder of this connection.
        batch: the frames that came together with the current one.
        opcode: the opcode of the message that is being assembled; None between messages.
        compressed: that message is compressed.
        parts: its fragments so far.
        pending: bytes of them.
        seen: frames so far.
        messages: messages that were echoed so far.
        octets: bytes of them.
        client_ended: the client has ended its half of TCP.
        closing: the close code with which the server ended the connection; None if it did not.
    """

    decoder: type[FrameDecoder] = FrameDecoder
    detects = True

    def __init__(self, sock: socket.socket, codec: Codec | None, shared: Shared) -> None:
        self.sock, self.codec, self.shared = sock, codec, shared
        self.frames = self.decoder()
        self.batch: list[Received] = []
        self.opcode: Opcode | None = None
        self.compressed = False
        self.parts: list[bytes] = []
        self.pending = 0
        self.utf8 = self.new_utf8()
        self.seen = self.messages = self.octets = 0
        self.client_ended = False
        self.closing: int | None = None
        self.note: dict[str, Any] = {}

    # From the start to the end

    def serve(self, early: bytes) -> None:
        """Echo until either side closes; ``early`` are the bytes that came with the handshake."""
        data = early
        self.begin()
        while True:
            try:
                frames = self.frames.feed(data)
                with self.turn():
                    self.take(frames)
                    self.peek()
                    data = self.read()
            except ViolationError as violation:
                self.fail(violation.code)
                self.failed()
                return
            except OverError:
                return
            if not data:
                self.client_ended = True
                return

    def begin(self) -> None:
        """Do something before the first frame comes."""

    def turn(self) -> AbstractContextManager[None]:
        """Return what is entered while frames are handled and further bytes awaited."""
        return nullcontext()

    def read(self) -> bytes:
        """Wait for bytes of the client; nothing at the end of TCP."""
        return self.sock.recv(CHUNK)

    def fail(self, code: int) -> None:
        """Fail the connection (RFC 6455 section 7.1.7)."""
        self.send_close(code.to_bytes(2, "big"))

    def failed(self) -> None:
        """Do something after the connection has failed."""

    def end(self) -> None:
        """End TCP: first our half, then wait for the client's."""
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)
            self.drain()

    def drain(self) -> None:
        """Read until the client ends TCP."""
        while self.sock.recv(CHUNK):
            pass

    def reset(self) -> None:
        """End TCP with RST."""
        with suppress(OSError):
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.sock.close()

    # Frames

    def take(self, frames: list[Received]) -> None:
        """Handle frames that came together."""
        self.batch = frames
        for frame in frames:
            self.handle(frame)

    def handle(self, frame: Received) -> None:
        """Check a frame and do what it asks for."""
        if self.detects:
            self.check(frame)
        self.seen += 1
        if frame.opcode == PING:
            self.ping(frame)
        elif frame.opcode == PONG:
            self.pong(frame)
        elif frame.opcode == CLOSE:
            self.close(frame.payload)
        elif frame.opcode < CLOSE:
            self.data(frame)

    def check(self, frame: Received) -> None:
        """Raise ViolationError if a frame is illegal (RFC 6455 section 5)."""
        if (
            frame.rsv & ~self.legal_bits(frame)
            or not self.is_known(frame.opcode)
            or self.is_bare(frame)
            or self.is_wide(frame)
            or frame.too_long
        ):
            raise ViolationError(1002)
        if frame.opcode in CONTROL and self.is_bad_control(frame):
            raise ViolationError(1002)
        if frame.refused or self.is_too_large(self.pending + len(frame.payload)):
            raise ViolationError(1009)
        if frame.opcode not in CONTROL and self.is_out_of_order(frame):
            raise ViolationError(1002)

    def legal_bits(self, frame: Received) -> int:
        """Return the RSV bits that a frame may have: RSV1 on the first of a compressed message (RFC 7692 section 6)."""
        return RSV1 if self.codec is not None and frame.opcode in (TEXT, BINARY) else 0

    def is_known(self, opcode: int) -> bool:
        """Whether an opcode is defined."""
        return opcode in KNOWN

    def is_bare(self, frame: Received) -> bool:
        """Whether a frame is unmasked and must not be."""
        return not frame.masked

    def is_wide(self, frame: Received) -> bool:
        """Whether a length has more bytes than it may."""
        return not frame.minimal

    def is_bad_control(self, frame: Received) -> bool:
        """Whether a control frame is fragmented or too long."""
        return not frame.fin or (frame.refused or len(frame.payload)) > 125

    def is_too_large(self, size: int) -> bool:
        """Whether a message of this many bytes is above the limit."""
        return False

    def is_out_of_order(self, frame: Received) -> bool:
        """Whether a data frame continues no message, or begins one within another."""
        return (frame.opcode == CONTINUATION) is (self.opcode is None)

    def ping(self, frame: Received) -> None:
        """Answer a Ping."""
        self.send(PONG, frame.payload)

    def pong(self, frame: Received) -> None:
        """Take a Pong."""

    # Messages

    def data(self, frame: Received) -> None:
        """Take a data frame."""
        if frame.opcode != CONTINUATION or self.opcode is None:
            self.start(frame)
        self.parts.append(frame.payload)
        self.pending += len(frame.payload)
        if not self.compressed:
            self.check_text(frame.payload, final=self.text_ends(frame))
        if frame.fin:
            self.finish()

    def start(self, frame: Received) -> None:
        """Begin a message."""
        self.opcode = BINARY if frame.opcode == BINARY else TEXT
        self.compressed = self.is_marked(frame) and self.codec is not None

    def is_marked(self, frame: Received) -> bool:
        """Whether the first frame of a message says that it is compressed."""
        return bool(frame.rsv & RSV1)

    def text_ends(self, frame: Received) -> bool:
        """Whether text must be complete at the end of this frame."""
        return frame.fin

    def finish(self) -> None:
        """Echo the message that is complete."""
        payload, opcode = b"".join(self.parts), self.opcode
        assert opcode is not None, "a frame began it"
        if self.compressed:
            payload = self.inflate(payload)
        self.opcode = None
        self.forget()
        self.message(opcode, payload)

    def forget(self) -> None:
        """Let go of the fragments of a message."""
        self.parts, self.pending = [], 0

    def inflate(self, payload: bytes) -> bytes:
        """Return an inflated message; text is checked after inflating (RFC 7692 section 6)."""
        assert self.codec is not None, "it was negotiated"
        try:
            message = self.codec.inflate(payload)
        except BrokenError as broken:
            message = self.broken(broken)
        self.check_text(message, final=True)
        return message

    def broken(self, error: BrokenError) -> bytes:
        """Handle compressed data that cannot be inflated; return what to take for the message."""
        if self.detects:
            raise ViolationError(error.code) from None
        return error.so_far

    def new_utf8(self) -> codecs.IncrementalDecoder:
        """Return a decoder for a text message."""
        return codecs.getincrementaldecoder("utf-8")()

    def check_text(self, octets: bytes, *, final: bool) -> None:
        """Raise ViolationError if a part of a text message is not UTF-8."""
        if self.opcode != TEXT or not self.detects:
            return
        try:
            self.utf8.decode(octets, final)
        except UnicodeDecodeError:
            self.bad_text()

    def bad_text(self) -> None:
        """Handle text that is not UTF-8."""
        raise ViolationError(1007) from None

    def peek(self) -> None:
        """Look at a text frame that is not complete: its text may be wrong already."""
        start = self.frames.unfinished
        if len(start) < 2 or not self.detects:
            return
        opcode, rsv = start[0] & 0x0F, start[0] >> 4 & 7
        head = {126: 4, 127: 10}.get(start[1] & 0x7F, 2)
        begins = opcode == TEXT and self.opcode is None
        continues = opcode == CONTINUATION and self.opcode == TEXT and not self.compressed
        if rsv or not (begins or continues):
            return
        state = self.utf8.getstate()
        try:
            self.utf8.decode(masked(start[head + 4 :], start[head : head + 4]))
        except UnicodeDecodeError:
            self.bad_text()
        self.utf8.setstate(state)

    def message(self, opcode: int, payload: bytes) -> None:
        """Echo a message."""
        self.octets, self.messages = self.octets + len(payload), self.messages + 1
        self.echo(opcode, payload)

    def echo(self, opcode: int, payload: bytes) -> None:
        """Send a message, compressed if that was negotiated."""
        if self.codec is None:
            self.send(opcode, payload)
        else:
            self.send(opcode, self.codec.compress(payload), rsv=RSV1)

    # The closing handshake

    def close(self, body: bytes) -> NoReturn:
        """Answer a Close frame (RFC 6455 section 5.5.1)."""
        if self.detects:
            self.check_close(body)
        self.answer_close(body)
        self.closed()
        raise OverError

    def check_close(self, body: bytes) -> None:
        """Raise ViolationError if the body of a Close frame is wrong."""
        if body and not (len(body) > 1 and self.is_legal_code(int.from_bytes(body[:2], "big"))):
            raise ViolationError(1002)
        if not self.is_legal_reason(body[2:]):
            raise ViolationError(1007)

    def is_legal_code(self, code: int) -> bool:
        """Whether a client may close with a code."""
        return may_be_sent(code)

    def is_legal_reason(self, reason: bytes) -> bool:
        """Whether a reason is UTF-8."""
        try:
            reason.decode()
        except UnicodeDecodeError:
            return False
        return True

    def answer_close(self, body: bytes) -> None:
        """Send the Close that answers one with this body."""
        self.send_close(body[:2] if len(body) > 1 else b"")

    def closed(self) -> None:
        """Do something after the Close was answered."""

    # Sending

    def send_close(self, body: bytes) -> None:
        """Send a Close frame."""
        self.send(CLOSE, body)

    def send(self, opcode: int, payload: bytes, *, fin: bool = True, rsv: int = 0) -> None:
        """Send a frame."""
        self.write(self.header(opcode, len(payload), fin=fin, rsv=rsv) + payload)

    def header(self, opcode: int, size: int, *, fin: bool, rsv: int) -> bytes:
        """Return the header of a frame."""
        return encode_header(opcode, size, b"", fin=fin, rsv=rsv, mask=False)

    def write(self, octets: bytes) -> None:
        """Write bytes."""
        self.sock.sendall(octets)
