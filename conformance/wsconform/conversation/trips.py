"""Round trips: the next message goes out when the echo of the last has come. Knows no connection."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Protocol

from wsconform.conversation.model import CompressedTrips, Echoes, Event, RoundTrips
from wsconform.conversation.streams import known_echoes, stream
from wsconform.model import Frame, Message, Opcode
from wsconform.wire.inflater import Inflater
from wsconform.wire.negotiation import Agreement

__all__ = ["PlainTrips", "Talker", "Trips", "TripsCompressed"]


class Talker(Protocol):
    """Who sends what is to go out, and is told when the last echo has come."""

    def put(self, frame: Frame) -> None:
        """Send a frame."""

    def put_octets(self, what: str, octets: bytes) -> None:
        """Send octets, of which the log is to say what they are."""

    def trips_over(self, event: Event) -> None:
        """All round trips are made, or one of them went wrong."""


class Trips(ABC):
    """So many round trips, one after the other."""

    def __init__(self, count: int, talker: Talker) -> None:
        self._count, self._talker = count, talker
        self._made = 0
        self._exact = True

    @abstractmethod
    def send(self) -> None:
        """Send the next message."""

    @abstractmethod
    def _accepts(self, echo: Message) -> bool:
        """Whether the echo counts."""

    def echoed(self, echo: Message) -> None:
        """Count an echo and go on, or stop at one that does not count."""
        if not self._accepts(echo):
            self._talker.trips_over(echo)
            return
        self._made += 1
        if self._made < self._count:
            self.send()
        else:
            self._talker.trips_over(self.so_far())

    def so_far(self) -> Echoes:
        """The round trips that have been made."""
        return Echoes(self._made, self._exact)


class PlainTrips(Trips):
    """With the same message each time; an echo counts that has its type and length, as in Autobahn."""

    def __init__(self, step: RoundTrips, talker: Talker) -> None:
        super().__init__(step.count, talker)
        self._payload = bytes(step.payload)
        # A short payload is masked fastest as octets, a long one as what it is.
        payload = self._payload if len(step.payload) < 256 else step.payload
        self._frame = Frame(Opcode.BINARY if step.binary else Opcode.TEXT, payload)
        self._binary = step.binary

    def send(self) -> None:
        """Send the message once more."""
        self._talker.put(self._frame)

    def _accepts(self, echo: Message) -> bool:
        if echo.binary is not self._binary or len(echo.payload) != len(self._payload):
            return False
        self._exact &= echo.payload == self._payload
        return True


class TripsCompressed(Trips):
    """With messages that are compressed as agreed; what is known already is not inflated again."""

    def __init__(self, step: CompressedTrips, talker: Talker, agreement: Agreement, inflater: Inflater) -> None:
        super().__init__(step.count, talker)
        self._inflater = inflater
        self._stream = stream(step.sample, agreement, step.fragment)
        self._known = known_echoes(step.sample, agreement.server_bits, takeover=agreement.server_takeover)
        # What we send keeps the server's part of the agreement, too: if it comes back, it is right.
        self._ours_will_do = agreement.client_bits <= agreement.server_bits and (
            agreement.server_takeover or not agreement.client_takeover
        )
        self._payload = b""  # the newest echo that had to be inflated
        inflater.known = self._recognise

    def send(self) -> None:
        """Send the next message."""
        self._expected = self._stream.message(self._made)
        octets = self._stream.octets(self._made)
        self._talker.put_octets(f"message {self._made + 1} of {len(self._expected)}, compressed", octets)

    def _accepts(self, echo: Message) -> bool:
        if echo.payload != self._expected or echo.binary is self._stream.is_text:
            return False
        if self._payload and not self._inflater.noted:
            self._known.learn(self._made, self._payload)
        self._payload = b""
        return True

    def _recognise(self, payload: bytes) -> bytes | None:
        ours = self._ours_will_do and payload == self._stream.payload(self._made)
        if ours or self._known.knows(self._made, payload):
            return self._expected
        self._payload = payload
        return None
