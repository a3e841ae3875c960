"""A connection of a crooked server after the opening handshake: frames in, echoes out."""

from __future__ import annotations

import codecs
import socket
import struct
from collections.abc import Callable

from wsconform.crooked.deflate import BrokenError, Codec
from wsconform.crooked.frames import CrookedDecoder
from wsconform.crooked.rules import Crooked, Framing
from wsconform.crooked.shared import Shared
from wsconform.model import Opcode
from wsconform.wire.frames import Received
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
        shared: what all connections have in common.

    Attributes:
        client_ended: the client has ended its half of TCP.
    """

    def __init__(
        self,
        sock: socket.socket,
        how: Crooked,
        *,
        codec: Codec | None,
        echoed: set[bytes],
        die: Callable[[], None],
        shared: Shared,
    ) -> None:
        self._sock, self._how, self._codec, self._echoed, self._die = sock, how, codec, echoed, die
        self._faults, self._shared = how.framing, shared
        self._frames = CrookedDecoder(how.framing)
        self._seen = self._controls = self._fragments = self._fragmented = 0
        self.client_ended = False
        self._opcode: Opcode | None = None
        self._compressed = False
        self._parts: list[bytes] = shared.parts if how.framing.shares else []
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
                frames = self._frames.feed(data)
                with self._shared.turn(self._faults, unfinished=bool(self._frames.unfinished)):
                    self._take(frames)
                    data = self._sock.recv(1 << 16)
            except _ViolationError as violation:
                self._fail(violation.code)
                self._shared.violated(self._faults, self._sock)
                while self._faults.waits_for_close and self._sock.recv(1 << 16):
                    pass
                return
            except _ConnectionOverError:
                return
            if not data:
                self.client_ended = True
                return

    def _take(self, frames: list[Received]) -> None:
        pings = [frame for frame in frames if frame.opcode == Opcode.PING]
        late: _ViolationError | None = None
        for frame in frames:
            if self._how.detects:
                try:
                    self._check(frame)
                except _ViolationError as violation:
                    if not self._faults.goes_on:
                        raise
                    late = late or violation
                    continue
            self._seen += 1
            if frame.opcode in CONTROL:
                self._controls += self._seen == 1
                if self._faults.control_ends:
                    self._opcode, self._parts = None, []
            if frame.opcode == Opcode.PING:
                if self._how.pongs and not (self._how.newest_pong_only and frame is not pings[-1]):
                    marked = self._codec is not None and self._how.deflate.marks_pongs
                    payload = frame.payload[: self._faults.short_control or None]
                    self._send(Opcode.PONG, payload, rsv=RSV1 if marked else 0)
            elif frame.opcode == Opcode.CLOSE:
                self._close(frame.payload)
            elif frame.opcode < Opcode.CLOSE:
                self._data(frame)
        if late is not None:
            raise late

    def _check(self, frame: Received) -> None:
        control = frame.opcode in CONTROL
        faults = self._faults
        bare = not frame.masked and frame.opcode not in faults.unmasked and not (faults.checks_first and self._seen)
        longer = not frame.minimal and not faults.long_lengths
        if frame.rsv & ~self._legal_bits(frame) or frame.opcode not in KNOWN or bare or longer or frame.too_long:
            raise _ViolationError(1002)
        takes_fragmented = faults.takes_fragmented and frame.opcode == Opcode.CLOSE
        size = frame.refused or len(frame.payload)
        if control and ((not frame.fin and not takes_fragmented) or (size > 125 and not faults.answers_long)):
            raise _ViolationError(1002)
        if frame.refused or 0 < faults.refuses_from <= len(frame.payload) + sum(map(len, self._parts)):
            raise _ViolationError(1009)
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
            self._fragments = 0
        elif self._compressed and self._how.deflate.drops_empty_end and not frame.payload:
            return
        self._count(frame)
        self._parts.append(frame.payload)
        if not self._compressed:
            self._check_text(frame.payload, final=frame.fin or self._faults.splits_text)
        if frame.fin:
            payload, opcode = b"".join(self._parts), self._opcode
            if self._compressed:
                payload = self._inflate(payload)
            self._opcode = None
            if self._faults.shares:
                self._parts.clear()
            else:
                self._parts = []
            if self._how.echoes and not (self._faults.mute_after_control and self._controls):
                self._echo(opcode, payload)

    def _count(self, frame: Received) -> None:
        self._fragments += 1
        self._fragmented += not frame.fin and frame.opcode != Opcode.CONTINUATION
        if 0 < self._faults.most_fragments < self._fragments or (self._faults.no_second and self._fragmented > 1):
            raise _ViolationError(1009)

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
        faults = self._faults
        if faults.drops_mark and opcode == Opcode.TEXT:
            payload = payload.removeprefix(b"\xef\xbb\xbf")
        if 0 < faults.swaps * 2 <= len(payload):
            size = faults.swaps
            payload = payload[size : 2 * size] + payload[:size] + payload[2 * size :]
        payload = payload[: faults.longest or None]
        wrong = wrong or 0 < faults.wrong_from <= self._messages + 1 or 0 < faults.wrong_after < self._octets
        if self._codec is None:
            self._octets, self._messages = self._octets + len(payload), self._messages + 1
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
        faults = self._faults
        if not self._how.closes or (faults.waits_for_end and self._opcode is not None):
            return
        if self._how.detects and self._how.checks_close:
            _check_close(body, faults)
        if faults.echoes_partial and self._opcode is not None:
            self._send(self._opcode, b"".join(self._parts))
        answer = body[:2] if self._how.answer_code is None else self._how.answer_code.to_bytes(2, "big")
        answer = body if faults.echoes_reason else answer
        for _ in range(faults.close_answers):
            self._send(Opcode.CLOSE, answer if len(answer) > 1 else b"")
        if faults.after_close:
            self._answer_late()
        while faults.client_first and self._sock.recv(1 << 16):
            pass
        raise _ConnectionOverError

    def _answer_late(self) -> None:
        """Answer what came behind the Close."""
        decoder = CrookedDecoder(self._faults)
        for frame in decoder.feed(self._frames.stray):
            if frame.opcode == Opcode.PING:
                self._send(Opcode.PONG, frame.payload)
            elif frame.opcode in (Opcode.TEXT, Opcode.BINARY) and self._faults.after_close > 1:
                self._send(frame.opcode, frame.payload)

    def _fail(self, code: int) -> None:
        chosen = self._how.error_code
        if chosen is not None:
            self._send(Opcode.CLOSE, (chosen or code).to_bytes(2, "big"))

    def _send(self, opcode: int, payload: bytes, *, fin: bool = True, rsv: int = 0) -> None:
        size, first = len(payload), fin << 7 | rsv << 4 | opcode
        bit = 0x80 if self._how.masks else 0
        longer = 0 < self._faults.wide_from <= size
        if size < 126 and not longer:
            header = bytes((first, bit | size))
        elif size < (126 if longer and self._faults.wide_from > 125 else 1 << 16):
            header = struct.pack("!BBH", first, bit | 126, size)
        else:
            header = struct.pack("!BBQ", first, bit | 127, size)
        self._sock.sendall(header + (bytes(4) if bit else b"") + payload)


def _corrupted(payload: bytes) -> bytes:
    """Return the payload with its last byte changed."""
    return payload[:-1] + (b"?" if payload[-1:] == b"!" else b"!") if payload else payload


def _check_close(body: bytes, faults: Framing) -> None:
    code = int.from_bytes(body[:2], "big")
    known = (may_be_sent(code) and code not in faults.illegal_codes) or code in faults.legal_codes
    if body and not (len(body) > 1 and known):
        raise _ViolationError(1002)
    if faults.any_reason:
        return
    try:
        body[2:].decode()
    except UnicodeDecodeError:
        raise _ViolationError(1007) from None
