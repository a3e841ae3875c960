"""Encode the steps of a case and divide their bytes into the segments of the case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from wsconform.conversation.model import Chop, Piece
from wsconform.conversation.recorder import Recorder
from wsconform.model import Frame, OpenFrame, Split
from wsconform.wire.frames import Keys, encode_frame, encode_open_frame, encode_split, masked
from wsconform.wire.log import describe_frame, describe_sent

__all__ = ["OCTET_GAP", "Output", "Sender", "SentStep"]

#: Seconds between single bytes: long enough for each to be a separate segment, and for the peer to handle one before
#: the next arrives, which these cases test.
OCTET_GAP = 0.0004

#: A step that is sent at once, without waiting for anything.
SentStep = Frame | Split | OpenFrame | Piece


class Output(Protocol):
    """The output to TCP."""

    @property
    def sent(self) -> int:
        """The number of bytes that were handed to TCP."""

    @property
    def idle(self) -> bool:
        """Whether all bytes were handed to TCP."""

    def write(self, octets: bytes, segment: int = ..., gap: float = ...) -> None:
        """Hand bytes to TCP in order, `segment` of them at a time and `gap` seconds apart.

        By default, `segment` is a size that suits TCP, and there is no gap.
        """


class Sender:
    """Sends and logs frames.

    Args:
        chop: how the bytes of the steps are divided into segments.
        keys: the source of masking keys.
        output: the output to TCP.
    """

    def __init__(self, chop: Chop | int, keys: Keys, recorder: Recorder, output: Output) -> None:
        self._chop, self._keys, self._recorder, self._output = chop, keys, recorder, output
        self._open_key, self._open_sent = b"", 0  # of the frame whose payload is sent in pieces
        self._open_size = 0

    @property
    def in_frame(self) -> bool:
        """Whether a frame whose payload is sent in pieces has not ended."""
        return self._open_sent < self._open_size

    def send_steps(self, steps: Sequence[SentStep]) -> None:
        """Send steps, in the segments of the case."""
        chop, write = self._chop, self._output.write
        pieces = [self._encode(step) for step in steps]
        if isinstance(chop, int):
            for piece in pieces:
                write(piece, chop)
        elif chop is Chop.OCTETS:
            for piece in pieces:
                write(piece, 1, OCTET_GAP)
        elif pieces:
            for piece in _joined(pieces, chop):
                write(piece)

    def send_frame(self, frame: Frame) -> None:
        """Send a frame all at once: a message of a round trip, a pong, a Close."""
        octets = encode_frame(frame, self._keys(1))
        self.send_octets(describe_frame(frame.opcode, len(frame.payload), fin=True, rsv=0), octets)

    def send_octets(self, what: str, octets: bytes) -> None:
        """Send encoded frames; `what` describes them in the wire log."""
        self._recorder.sent(what, octets)
        self._output.write(octets)

    def _encode(self, step: SentStep) -> bytes:
        key = self._keys(1)
        match step:
            case Frame():
                octets = encode_frame(step, key)
                what = describe_sent(step)
            case Split():
                octets = encode_split(step, self._keys)
                message = describe_frame(step.opcode, len(step.payload), fin=True, rsv=0)
                what = f"{message} in fragments of {step.size}"
            case OpenFrame():
                octets, self._open_key, self._open_sent = encode_open_frame(step, key), key, 0
                self._open_size = step.size
                what = f"header of {describe_frame(step.opcode, step.size, fin=step.fin, rsv=0)}"
            case Piece():
                octets = masked(step.data, self._open_key, self._open_sent)
                self._open_sent += len(step.data)
                what = f"{len(step.data)} bytes of that payload"
        self._recorder.sent(what, octets)
        return octets


def _joined(pieces: Sequence[bytes], chop: Chop) -> Sequence[bytes]:
    if chop is Chop.FRAMES:
        return pieces
    if chop is Chop.PAIR_FIRST:
        return [b"".join(pieces[:2]), *pieces[2:]]
    return [b"".join(pieces)]
