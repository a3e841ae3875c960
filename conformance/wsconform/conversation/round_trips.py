"""Round trips: send a message, wait for its echo, send the next one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Protocol

from wsconform.conversation.model import CompressedTrips, Echoes, Event, RoundTrips
from wsconform.conversation.streams import known_echoes, stream
from wsconform.model import Frame, Message, Opcode
from wsconform.wire.inflater import Inflater
from wsconform.wire.negotiation import Agreement

__all__ = ["CompressedEchoLoop", "EchoLoop", "FrameSender", "PlainEchoLoop"]


class FrameSender(Protocol):
    """Sends the messages of a loop."""

    def send_frame(self, frame: Frame) -> None:
        """Encode and send a frame."""

    def send_octets(self, what: str, octets: bytes) -> None:
        """Send encoded frames; `what` describes them in the wire log."""


class EchoLoop(ABC):
    """Makes a number of round trips in sequence."""

    def __init__(self, count: int, sender: FrameSender) -> None:
        self._count, self._sender = count, sender
        self._made = 0
        self._exact = True

    @abstractmethod
    def send(self) -> None:
        """Send the next message."""

    @abstractmethod
    def _accepts(self, echo: Message) -> bool:
        """Whether the echo counts."""

    def echoed(self, echo: Message) -> Event | None:
        """Count an echo and send the next message.

        Returns:
            None while the loop goes on, then its outcome: all echoes, or the first one that does not count.
        """
        if not self._accepts(echo):
            return echo
        self._made += 1
        if self._made == self._count:
            return self.so_far()
        self.send()
        return None

    def so_far(self) -> Echoes:
        """Return the round trips made so far."""
        return Echoes(self._made, self._exact)


class PlainEchoLoop(EchoLoop):
    """Sends the same message each time. As in Autobahn, an echo counts if its type and length are right."""

    def __init__(self, step: RoundTrips, sender: FrameSender) -> None:
        super().__init__(step.count, sender)
        self._payload = bytes(step.payload)
        # A short payload is masked fastest as bytes, a long one as a Fill.
        payload = self._payload if len(step.payload) < 256 else step.payload
        self._frame = Frame(Opcode.BINARY if step.binary else Opcode.TEXT, payload)
        self._binary = step.binary

    def send(self) -> None:
        """Send the message again."""
        self._sender.send_frame(self._frame)

    def _accepts(self, echo: Message) -> bool:
        if echo.binary is not self._binary or len(echo.payload) != len(self._payload):
            return False
        self._exact &= echo.payload == self._payload
        return True


class CompressedEchoLoop(EchoLoop):
    """Sends messages compressed as negotiated. Echoes that are known to be right are not inflated again."""

    def __init__(self, step: CompressedTrips, sender: FrameSender, agreement: Agreement, inflater: Inflater) -> None:
        super().__init__(step.count, sender)
        self._inflater = inflater
        self._stream = stream(step.sample, agreement, step.fragment)
        self._known = known_echoes(step.sample, agreement.server_bits, takeover=agreement.server_takeover)
        # If our bytes also follow the peer's part of the agreement, they are a valid echo.
        self._own_octets_are_right = agreement.client_bits <= agreement.server_bits and (
            agreement.server_takeover or not agreement.client_takeover
        )
        # An echo that was not compressed is not in the window, so later ones do not have the bytes that are known.
        self._window_is_known, self._takeover = True, agreement.server_takeover
        self._inflated = b""  # the compressed bytes of the latest echo that had to be inflated
        inflater.known = self._recognise

    def send(self) -> None:
        """Send the next message."""
        self._expected = self._stream.message(self._made)
        octets = self._stream.octets(self._made)
        self._sender.send_octets(f"message {self._made + 1} of {len(self._expected)}, compressed", octets)

    def _accepts(self, echo: Message) -> bool:
        if echo.payload != self._expected or echo.binary is self._stream.is_text:
            return False
        if self._inflated and not self._inflater.noted and self._window_is_known:
            self._known.learn(self._made, self._inflated)
        self._inflated = b""
        if echo.compressed is False and self._takeover:
            self._window_is_known = False
        return True

    def _recognise(self, payload: bytes) -> bytes | None:
        own = self._own_octets_are_right and payload == self._stream.payload(self._made)
        if self._window_is_known and (own or self._known.knows(self._made, payload)):
            return self._expected
        self._inflated = payload
        return None
