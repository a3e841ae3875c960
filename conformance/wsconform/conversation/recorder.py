"""Record the events of one connection and make a transcript of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from wsconform.conversation.bounds import Bounds
from wsconform.conversation.model import Event
from wsconform.conversation.transcript import Ending, Seen, Transcript, excerpt
from wsconform.model import Fault, Message, Pong, Side
from wsconform.wire.frames import Received
from wsconform.wire.head import Asked
from wsconform.wire.log import SHOWN, WireLog, WireRecord, describe_frame
from wsconform.wire.negotiation import Agreement

__all__ = ["Recorder"]

LONGEST_HEADER = 14  # bytes, masking key included
MOST_UNSOLICITED = 20  # Pongs that are kept


class Recorder:
    """Builds the transcript of a connection.

    Args:
        clock: returns the time in seconds, from any origin.
        bounds: limits on the amount that is kept.

    Attributes:
        opened: the opening handshake succeeded.
        agreement: the negotiated compression.
        events: the events so far, in order.
        counted: the number of kept events that are no unsolicited Pongs.
    """

    def __init__(self, clock: Callable[[], float], bounds: Bounds) -> None:
        self._clock = clock
        self._bounds = bounds
        self._room = bounds.kept
        self._more_events = 0
        self._began = clock()
        self._opened_after = 0.0
        self._log = WireLog()
        self._faults: list[Fault] = []
        self._local_port: int | None = None
        self._status: int | None = None
        self._answers: tuple[str, ...] = ()
        self._head, self._asked = b"", Asked()
        self.opened = False
        self.agreement: Agreement | None = None
        self.events: list[Seen] = []
        self.counted = 0
        self._unsolicited = 0

    def now(self) -> float:
        """Return the seconds since the connection opened; before that, since it was requested."""
        return self._clock() - self._began

    # The opening handshake

    def connect(self, local_port: int | None) -> None:
        """Note the port of our end of TCP."""
        self._local_port = local_port

    def answer(self, status: int | None, answers: tuple[str, ...], head: bytes, asked: Asked) -> None:
        """Note the answer to the opening handshake; see `wsconform.conversation.run.CaseRun.answered`."""
        self._status, self._answers, self._head, self._asked = status, answers, head, asked

    def open(self) -> None:
        """Note that the opening handshake succeeded, and restart the time from here."""
        self.opened = True
        self._opened_after = self.now()
        self._began = self._clock()

    # What is sent and received

    def event(self, event: Event) -> None:
        """Note an event; beyond the bounds, keep only its start or only count it."""
        if self.counted == self._bounds.events:
            self._more_events += 1
            return
        self.counted += 1
        if isinstance(event, Message | Pong):
            self._room -= len(event.payload)
            event = event if self._room >= 0 else excerpt(event)
        self.events.append(Seen(self.now(), event))

    def unsolicited_pong(self, pong: Pong) -> None:
        """Note a Pong that answers no Ping of ours; only the first ones are kept."""
        self._unsolicited += 1
        if self._unsolicited <= MOST_UNSOLICITED:
            self.events.append(Seen(self.now(), excerpt(pong)))

    def fault(self, fault: Fault) -> None:
        """Note a rule that the peer broke."""
        self._faults.append(fault)

    def sent(self, what: str, octets: bytes) -> None:
        """Log bytes of ours, described by `what`."""
        self._log.add(WireRecord(self.now(), Side.US, what, octets[: SHOWN + LONGEST_HEADER], len(octets)))

    def received(self, frame: Received) -> None:
        """Log a frame of the peer."""
        header, payload = frame.header, frame.payload
        what = describe_frame(frame.opcode, len(payload), fin=frame.fin, rsv=frame.rsv)
        if frame.masked:
            what += ", masked"
        octets, size = header + payload[:SHOWN], len(header) + len(payload)
        self._log.add(WireRecord(self.now(), Side.PEER, what, octets, size))

    def leftover(self, what: str, octets: bytes, size: int | None = None) -> None:
        """Log bytes of the peer that belong to no frame, if any; ``size`` is their number if not all are given."""
        if octets:
            self._log.add(WireRecord(self.now(), Side.PEER, what, octets[:SHOWN], size or len(octets)))

    def transcript(self, ending: Ending, refusal: str, noted: Iterable[Fault]) -> Transcript:
        """Make the transcript, once TCP has ended.

        Args:
            ending: how the connection ended.
            refusal: why the opening handshake failed, if it did.
            noted: faults that did not fail the connection.
        """
        return Transcript(
            opened=self.opened,
            refusal="" if self.opened else refusal,
            status=self._status,
            answers=self._answers,
            head=self._head,
            asked=self._asked,
            agreement=self.agreement,
            events=tuple(self.events),
            more_events=self._more_events,
            faults=(*self._faults, *noted),
            ending=ending,
            wire=tuple(self._log),
            local_port=self._local_port,
            opened_after=self._opened_after,
            seconds=self.now(),
        )
