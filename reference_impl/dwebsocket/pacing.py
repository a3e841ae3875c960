"""Where in a stream of octets the next message ends; refuses to judge the frames, which is the core's work.

A view takes one message, answers it, takes the next. What a peer sends behind a message, a Ping, a Close
or a broken frame, must not be answered before the view had its turn, or the answers come in the wrong
order and the last reply is lost. So the core is given the octets up to the end of one message at a time.
"""

__all__ = ["MessageEnds"]

_CONTROL = 0x08
_FIN = 0x80
_MASKED = 0x80
_LENGTH = 0x7F
_EXTENDED = {126: 2, 127: 8}
_LONGEST_HEAD = 14


class MessageEnds:
    """Follows the frames of one direction of a connection (RFC 6455 section 5.2), however they are cut."""

    __slots__ = ("_ends_message", "_head", "_rest")

    def __init__(self) -> None:
        self._head = b""
        self._rest = 0
        self._ends_message = False

    def find(self, data: bytes, start: int = 0) -> int:
        """Return the index behind the first end of a message in ``data[start:]``, or ``len(data)``.

        Each octet must be passed once: the next call begins where this one ended.
        """
        size = len(data)
        if not (self._rest or self._head or start) and _is_one_frame(data, size):
            return size
        while start < size:
            if not self._rest:
                start = self._take_head(data, start)
                if self._head:
                    break
            step = min(self._rest, size - start)
            self._rest -= step
            start += step
            if not self._rest and self._ends_message:
                break
        return start

    def _take_head(self, data: bytes, start: int) -> int:
        """Read a frame's head, of which the beginning may have come before; return the index behind it."""
        head = self._head + data[start : start + _LONGEST_HEAD]
        needed = _head_size(head)
        if len(head) < needed:
            self._head = head
            return len(data)
        start += needed - len(self._head)
        self._head = b""
        self._rest = _payload_size(head)
        self._ends_message = head[0] & _FIN != 0 and not head[0] & _CONTROL
        return start


def _is_one_frame(data: bytes, size: int) -> bool:
    """Recognise what nearly every call brings: one short masked frame, whole and alone."""
    if size < 8:
        return False
    length = data[1] - _MASKED
    return length + 6 == size if length != 126 else (data[2] << 8 | data[3]) + 8 == size


def _head_size(head: bytes) -> int:
    if len(head) < 2:
        return 2
    return 2 + _EXTENDED.get(head[1] & _LENGTH, 0) + (4 if head[1] & _MASKED else 0)


def _payload_size(head: bytes) -> int:
    size = head[1] & _LENGTH
    return int.from_bytes(head[2 : 2 + _EXTENDED[size]], "big") if size in _EXTENDED else size
