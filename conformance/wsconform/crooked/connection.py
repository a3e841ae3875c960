"""A connection of a crooked server after the opening handshake: frames in, echoes out."""

from __future__ import annotations

import codecs
import socket
import struct
from collections.abc import Callable

from wsconform.crooked.deflate import BrokenError, Codec
from wsconform.crooked.rules import Crooked
from wsconform.model import Opcode
from wsconform.wire.frames import Decoder, Received
from wsconform.wire.reader import may_be_sent

__all__ = ["Connection"]

CONTROL = Opcode.CLOSE, Opcode.PING, Opcode.PONG
KNOWN = (*CONTROL, Opcode.CONTINUATION, Opcode.TEXT, Opcode.BINARY)
RSV1 = 4


class _ViolationError(Exception):
    def __init__(self, code: int) -> None:
        self.code = code


class _ConnectionOverError(Exception):
    """The connection must end."""


class Connection:
    """A connection.

    Args:
        sock: the socket.
        how: what to do wrong.
        codec: the negotiated compression; None if there is none.
        echoed: the messages that were echoed on any connection.
        die: ends the server.
    """

    def __init__(
        self, sock: socket.socket, how: Crooked, *, codec: Codec | None, echoed: set[bytes], die: Callable[[], None]
    ) -> None:
        self._sock, self._how, self._codec, self._echoed, self._die = sock, how, codec, echoed, die
        self._frames = Decoder()
        self._opcode: Opcode | None = None
        self._compressed = False
        self._parts: list[bytes] = []
        self._utf8 = codecs.getincrementaldecoder("utf-8")()
        self._messages = self._octets = 0

    def serve(self, early: bytes) -> None:
        """Echo until either side closes; `early` are the bytes that came with the handshake."""
        data = early
        if self._how.greeting:
            self._send(Opcode.TEXT, self._how.greeting)
        while True:
            if data and self._how.drops_at_once:
                return
            try:
                self._take(self._frames.feed(data))
            except _ViolationError as violation:
                self._fail(violation.code)
                return
            except _ConnectionOverError:
                return
            data = self._sock.recv(1 << 16)
            if not data:
                return

    def _take(self, frames: list[Received]) -> None:
        pings = [frame for frame in frames if frame.opcode == Opcode.PING]
        for frame in frames:
            if self._how.detects:
                self._check(frame)
            if frame.opcode == Opcode.PING:
                if self._how.pongs and not (self._how.newest_pong_only and frame is not pings[-1]):
                    marked = self._codec is not None and self._how.deflate.marks_pongs
                    self._send(Opcode.PONG, frame.payload, rsv=RSV1 if marked else 0)
            elif frame.opcode == Opcode.CLOSE:
                self._close(frame.payload)
            elif frame.opcode < Opcode.CLOSE:
                self._data(frame)

    def _check(self, frame: Received) -> None:
        control = frame.opcode in CONTROL
        if frame.rsv & ~self._legal_bits(frame) or frame.opcode not in KNOWN or not frame.masked or not frame.minimal:
            raise _ViolationError(1002)
        if control and (not frame.fin or len(frame.payload) > 125):
            raise _ViolationError(1002)
        if not control and (frame.opcode == Opcode.CONTINUATION) is (self._opcode is None):
            raise _ViolationError(1002)

    def _legal_bits(self, frame: Received) -> int:
        """Return the RSV bits that a frame may have: RSV1 on the first of a compressed message (RFC 7692 section 6)."""
        how = self._how.deflate
        if self._codec is None:
            return 0
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY):
            return RSV1 if how.takes_marked else 0
        return 7 if how.takes_other_bits and frame.rsv & RSV1 else RSV1

    def _data(self, frame: Received) -> None:
        if not frame.fin and self._how.dies_on_fragment:
            self._die()
        if frame.opcode != Opcode.CONTINUATION or self._opcode is None:
            self._opcode = Opcode.BINARY if frame.opcode == Opcode.BINARY else Opcode.TEXT
            marked = bool(frame.rsv & RSV1) or self._how.deflate.inflates_all
            self._compressed = marked and self._codec is not None
        elif self._compressed and self._how.deflate.drops_empty_end and not frame.payload:
            return
        self._parts.append(frame.payload)
        if not self._compressed:
            self._check_text(frame.payload, final=frame.fin)
        if frame.fin:
            payload, opcode = b"".join(self._parts), self._opcode
            if self._compressed:
                payload = self._inflate(payload)
            self._opcode, self._parts = None, []
            if self._how.echoes:
                self._echo(opcode, payload)

    def _inflate(self, payload: bytes) -> bytes:
        """Return an inflated message; text is checked after inflating (RFC 7692 section 6)."""
        assert self._codec is not None
        how = self._how.deflate
        if how.utf8_first:
            self._check_text(payload, final=True)
        try:
            message = self._codec.inflate(payload)
        except BrokenError as broken:
            if self._how.detects and not how.echoes_broken:
                raise _ViolationError(broken.code) from None
            message = broken.so_far
        if not how.utf8_never:
            self._check_text(message, final=True)
        return message

    def _check_text(self, octets: bytes, *, final: bool) -> None:
        if self._opcode != Opcode.TEXT or not self._how.detects:
            return
        try:
            self._utf8.decode(octets, final)
        except UnicodeDecodeError:
            raise _ViolationError(1007) from None

    def _echo(self, opcode: int, payload: bytes) -> None:
        is_new = payload not in self._echoed
        self._echoed.add(payload)
        wrong = self._how.corrupts or (self._how.corrupts_once and is_new)
        if self._codec is not None:
            payload, wrong = payload[: self._how.deflate.longest or None], wrong or self._is_due()
            self._octets += len(payload)
            self._messages += 1
        self._send_message(opcode, _corrupted(payload) if wrong else payload)

    def _is_due(self) -> bool:
        """Tell whether echoes must be wrong by now."""
        how = self._how.deflate
        return 0 < how.wrong_from <= self._messages + 1 or 0 < how.wrong_after < self._octets

    def _send_message(self, opcode: int, message: bytes) -> None:
        if self._codec is None or self._how.deflate.never_compresses:
            self._send(opcode, message)
            return
        payload = self._codec.compress(message)
        if self._how.deflate.marks_continuations:
            half = len(payload) // 2
            self._send(opcode, payload[:half], fin=False, rsv=RSV1)
            opcode, payload = Opcode.CONTINUATION, payload[half:]
        self._send(opcode, payload, rsv=RSV1)

    def _close(self, body: bytes) -> None:
        if not self._how.closes:
            return
        if self._how.detects and self._how.checks_close:
            _check_close(body)
        answer = body[:2] if self._how.answer_code is None else self._how.answer_code.to_bytes(2, "big")
        self._send(Opcode.CLOSE, answer if len(answer) > 1 else b"")
        raise _ConnectionOverError

    def _fail(self, code: int) -> None:
        chosen = self._how.error_code
        if chosen is not None:
            self._send(Opcode.CLOSE, (chosen or code).to_bytes(2, "big"))

    def _send(self, opcode: int, payload: bytes, *, fin: bool = True, rsv: int = 0) -> None:
        size, first = len(payload), fin << 7 | rsv << 4 | opcode
        bit = 0x80 if self._how.masks else 0
        if size < 126:
            header = bytes((first, bit | size))
        elif size < 1 << 16:
            header = struct.pack("!BBH", first, bit | 126, size)
        else:
            header = struct.pack("!BBQ", first, bit | 127, size)
        self._sock.sendall(header + (bytes(4) if bit else b"") + payload)


def _corrupted(payload: bytes) -> bytes:
    """Return the payload with its last byte changed."""
    return payload[:-1] + (b"?" if payload[-1:] == b"!" else b"!") if payload else payload


def _check_close(body: bytes) -> None:
    if body and not (len(body) > 1 and may_be_sent(int.from_bytes(body[:2], "big"))):
        raise _ViolationError(1002)
    try:
        body[2:].decode()
    except UnicodeDecodeError:
        raise _ViolationError(1007) from None
