"""Parse a client's octets into messages and control frames (RFC 6455 section 5).

There is a fast path for data that is exactly one message in one frame. Everything else is unmasked, checked and
appended to a growing ``bytearray`` as it arrives. So announcing a large length allocates nothing, and memory stays
proportional to the payload even if the fragments are tiny (a list of pieces would cost about 40 octets for each).
Extensions decode each piece as it arrives, so limits apply to the decoded message and take effect before all of it has
arrived.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from struct import Struct

from .codes import CloseCode, Opcode
from .errors import Violation
from .events import Event, Message
from .extensions import Extension
from .frames import CONTROL, FIN, LONGEST, MASKED, RESERVED_BITS, read_header, rules
from .limits import Limits
from .masking import apply_mask
from .utf8 import NOT_UTF8, Utf8Check

__all__ = ["Reader"]

_WHOLE_TEXT = FIN | Opcode.TEXT
_WHOLE_BINARY = FIN | Opcode.BINARY
_WHOLE = frozenset({int(_WHOLE_TEXT), int(_WHOLE_BINARY)})
_new = object.__new__  # half the time of the constructor, which is a tenth of the fast path
_SHORT_HEADER = Struct("!BB4s").unpack_from  # first octet, length, masking key
_LONG_HEADER = Struct("!BBH4s").unpack_from
_MASKED_16 = MASKED | 126
_BY_VIEW = 16384  # octets; from this size on, making a memoryview costs less than the copy that it saves
_PIECE = 65536  # octets that an extension gets at once; it may copy those that it has not decoded yet
_TOO_LARGE = "the message exceeds the maximum size"
_REPORTED = 1 << 20  # octets; a message that takes less memory is not reported


def _unmask(data: bytes, start: int, stop: int, key: bytes) -> bytes:
    if stop - start < _BY_VIEW:
        return apply_mask(data[start:stop], key)
    return apply_mask(memoryview(data)[start:stop], key)


def _decode(extensions: Sequence[Extension], octets: bytes, *, last: bool) -> Iterable[bytes]:
    """Decode octets with the first extension, then the result with the others."""
    portions = extensions[0].decode(octets, last=last)
    return portions if len(extensions) == 1 else _decode_by_others(extensions[1:], portions, last)


def _decode_by_others(extensions: Sequence[Extension], portions: Iterable[bytes], last: bool) -> Iterator[bytes]:
    for portion in portions:
        yield from _decode(extensions, portion, last=False)
    yield from _decode(extensions, b"", last=last)


class Reader:
    """The receiving half of a connection.

    Args:
        limits: limits for what the peer sends.
        extensions: the agreed extensions, in the order of the handshake response.
        control: called with the opcode and payload of each control frame; returns its event.
        early: octets that have already arrived; they are buffered.
        hold: called with the bytes of memory that an incomplete message takes or is about to take, once per MiB.
            It may raise ``Violation``.

    Attributes:
        idle: nothing is buffered, and neither a frame nor a message is incomplete.
        pending: octets are buffered that ``feed`` has not parsed yet; ``feed(b"")`` may return events.

    """

    def __init__(
        self,
        limits: Limits,
        extensions: Sequence[Extension],
        control: Callable[[int, bytes], Event],
        early: bytes = b"",
        hold: Callable[[int], None] | None = None,
    ) -> None:
        self._control = control
        self._hold = hold
        reserved = 0
        for extension in extensions:
            reserved |= extension.reserved
        # By reserved bits, the extensions that have encoded a message: the last one decodes first.
        self._decoders = {
            bits: tuple(extension for extension in reversed(extensions) if bits & extension.reserved)
            for bits in range(0x10, 0x80, 0x10)
            if not bits & ~reserved
        }
        self._whole = _WHOLE.union(first | bits for first in _WHOLE for bits in self._decoders)
        self._between = rules(inside=False, reserved=reserved)
        self._inside = rules(inside=True, reserved=reserved)
        self._max_message = LONGEST if limits.max_message_size is None else limits.max_message_size
        self._max_frame = LONGEST if limits.max_frame_size is None else limits.max_frame_size
        # The size of the encoded message does not tell the size of the decoded one, but this much is absurd.
        self._max_encoded = 2 * self._max_message + _PIECE
        self._room_if_encoded = min(self._max_frame, self._max_encoded)
        self._max_empty = LONGEST if limits.max_empty_fragments is None else limits.max_empty_fragments
        self.idle = not early
        self.pending = bool(early)
        # From index _at on: the beginning of a frame that cannot be taken yet (at most 130 octets), or, if
        # `pending`, whatever follows the last message.
        self._buffer = early
        self._at = 0
        self._missing = 0  # octets of the current frame's payload that have not arrived
        self._key = b""  # its masking key, rotated so that key[0] is for the next octet
        self._last = False  # it ends its message
        self._await_message()

    def whole_message(self, data: bytes) -> Message | None:
        """Return the message if ``data`` is exactly one unfragmented message of at most 65535 octets.

        Call this only while ``idle``. The result is ``None`` for anything unusual or invalid, which ``feed`` then
        handles. The size of ``data`` determines the length field, so the field is compared, not decoded.

        Raises:
            Violation: an extension cannot decode the message. (``feed`` cannot retry: the extension has changed.)

        """
        size = len(data)
        if 6 <= size <= 131:
            first, second, key = _SHORT_HEADER(data)
            length, payload = size - 6, data[6:]
            whole = second == MASKED | length
        elif 134 <= size <= 65543:
            first, second, length, key = _LONG_HEADER(data)
            payload = data[8:]
            whole = second == _MASKED_16 and length == size - 8
        else:
            return None
        if not whole or length > self._room:
            return None
        if first not in _WHOLE:
            return self._decoded_message(first, apply_mask(payload, key)) if first in self._whole else None
        payload = apply_mask(payload, key)
        message = _new(Message)
        try:
            message.data = payload.decode() if first == _WHOLE_TEXT else payload
        except UnicodeDecodeError:
            return None
        return message

    def feed(self, data: bytes, events: list[Event], *, one_message: bool = False) -> None:
        """Parse the buffered octets and then ``data``; append the events to ``events``.

        Octets after a Close frame are dropped (RFC 6455 section 5.5.1).

        Args:
            data: the next octets from the peer; may be empty.
            events: the list to append to; must not end with a message.
            one_message: stop after the next message, and buffer the octets that follow it. Parse those before
                feeding more, because joining them with new data copies both.

        Raises:
            Violation: the octets break a rule; ``events`` has what was complete before.

        """
        at = self._at
        if self._buffer:
            if data:
                data, at = self._buffer[at:] + data, 0
            else:
                data = self._buffer
        self.idle = self.pending = False
        end = len(data)
        try:
            while at < end:
                take = self._take_payload if self._missing else self._take_frame
                start, at = at, take(data, at, events)
                if at == start:  # the frame's beginning has not arrived completely
                    data, at = data[at:], 0
                    break
                if one_message and events and type(events[-1]) is Message:
                    self.pending = at < end
                    break
        except UnicodeDecodeError as error:
            raise Violation(CloseCode.INVALID_DATA, NOT_UTF8) from error
        if at < len(data):
            self._buffer, self._at = data, at
        else:
            self._buffer, self._at = b"", 0
            self.idle = not self._missing and self._rules is self._between

    def _take_frame(self, data: bytes, at: int, events: list[Event]) -> int:
        """Parse the frame that begins at ``data[at]``, as far as it is there; return the new position.

        The result is ``at`` if the header, or a control frame, has not arrived completely.
        """
        header = read_header(data, at, self._rules)
        if header is None:
            return at
        first, length, key_at = header
        start = key_at + 4
        stop = start + length
        if first & CONTROL:
            if stop > len(data):
                return at
            events.append(self._control(first & 0x0F, apply_mask(data[start:stop], data[key_at:start])))
            return len(data) if first & 0x0F == Opcode.CLOSE else stop
        if length > self._room and (length > self._room_if_encoded or not first & RESERVED_BITS):
            raise Violation(CloseCode.MESSAGE_TOO_BIG, _TOO_LARGE)
        if start > len(data):
            return at
        if stop <= len(data) and first in self._whole and (first in _WHOLE or length <= _PIECE):
            payload = _unmask(data, start, stop, data[key_at:start])
            if first & RESERVED_BITS:
                events.append(self._decoded_message(first, payload))
            else:
                events.append(Message(payload.decode() if first == _WHOLE_TEXT else payload))
            return stop
        self._begin_frame(first, length, data[key_at:start])
        return self._take_payload(data, start, events)

    def _await_message(self) -> None:
        self._rules = self._between
        self._room = min(self._max_frame, self._max_message)
        self._empty = 0
        self._opcode = 0
        self._encoded_by: tuple[Extension, ...] = ()
        self._max_size = self._max_message  # of the payload as sent, in octets
        self._payload = bytearray()
        self._report_at = LONGEST if self._hold is None else _REPORTED
        self._check: Utf8Check | None = None

    def _begin_frame(self, first: int, length: int, key: bytes) -> None:
        self._missing = length
        self._key = key
        self._last = first >= FIN
        if first & 0x0F:
            self._rules = self._inside
            self._opcode = first & 0x0F
            # If an extension has encoded the message, the decoded text is checked.
            self._check = Utf8Check() if self._opcode == Opcode.TEXT else None
            if first & RESERVED_BITS:
                self._encoded_by = self._decoders[first & RESERVED_BITS]
                self._max_size = self._max_encoded
        if not length:
            self._empty += 1
            if self._empty > self._max_empty:
                raise Violation(CloseCode.MESSAGE_TOO_BIG, "too many empty fragments")

    def _take_payload(self, data: bytes, at: int, events: list[Event]) -> int:
        stop = min(at + self._missing, len(data))
        if self._encoded_by:
            stop = self._take_encoded(data, at, stop)
        else:
            piece = _unmask(data, at, stop, self._key)
            if self._check is not None:
                self._check.feed(piece)
            self._append(piece)
            self._missing -= stop - at
        if self._missing:
            turn = (stop - at) & 3
            self._key = self._key[turn:] + self._key[:turn]
        elif self._last:
            events.append(self._end_message())
        else:
            self._room = min(self._max_frame, self._max_size - len(self._payload))
        return stop

    def _take_encoded(self, data: bytes, at: int, stop: int) -> int:
        """Decode the next piece of an encoded message; return the new position."""
        stop = min(stop, at + _PIECE)
        piece = _unmask(data, at, stop, self._key)
        self._missing -= stop - at
        ended = self._last and not self._missing
        for portion in _decode(self._encoded_by, piece, last=ended):
            if len(self._payload) + len(portion) > self._max_message:
                raise Violation(CloseCode.MESSAGE_TOO_BIG, _TOO_LARGE)
            if self._check is not None:
                self._check.feed(portion)
            self._append(portion)
        return stop

    def _append(self, piece: bytes) -> None:
        self._payload += piece
        if len(self._payload) >= self._report_at:
            self._report(len(self._payload))

    def _report(self, octets: int) -> None:
        """Report how many bytes of memory the message takes or is about to take."""
        if self._hold is not None:
            self._report_at = octets + _REPORTED
            self._hold(octets)

    def _decoded_message(self, first: int, payload: bytes) -> Message:
        """Decode a message that came in one frame."""
        decoded: bytes | bytearray = b""
        for portion in _decode(self._decoders[first & RESERVED_BITS], payload, last=True):
            if len(decoded) + len(portion) > self._max_message:
                raise Violation(CloseCode.MESSAGE_TOO_BIG, _TOO_LARGE)
            if decoded:
                self._report(len(decoded) + len(portion))
                decoded = bytearray(decoded) if isinstance(decoded, bytes) else decoded
                decoded += portion
            else:
                decoded = portion
        try:
            return self._message(first & 0x0F, decoded)
        except UnicodeDecodeError as error:
            raise Violation(CloseCode.INVALID_DATA, NOT_UTF8) from error

    def _end_message(self) -> Message:
        if self._check is not None and not self._check.complete:
            raise Violation(CloseCode.INVALID_DATA, NOT_UTF8)
        message = self._message(self._opcode, self._payload)
        self._await_message()
        return message

    def _message(self, opcode: int, payload: bytes | bytearray) -> Message:
        size = len(payload)
        if opcode == Opcode.TEXT:
            if size >= _REPORTED:  # a str takes 4 bytes for each character if one of them needs 4
                self._report(size + (size if payload.isascii() else 4 * size))
            return Message(payload.decode())
        if size >= _REPORTED:
            self._report(2 * size)
        return Message(bytes(payload))
