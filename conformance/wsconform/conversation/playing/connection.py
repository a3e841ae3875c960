"""One connection on which one case is played: what is sent when, and what is kept of it.

autobahn does the opening handshake and Twisted the TCP. From there on the octets are ours: a case
may send what no library would, and the segments on the wire are what the case asks for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from autobahn.twisted.websocket import WebSocketClientProtocol
from OpenSSL import SSL
from twisted.internet import error
from twisted.internet.defer import Deferred
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from wsconform.conversation.model import (
    Answer,
    Case,
    Chop,
    CompressedTrips,
    Deadline,
    Event,
    Pause,
    Piece,
    RoundTrips,
    Step,
    StillOpen,
)
from wsconform.conversation.playing.writer import Writer
from wsconform.conversation.transcript import Ending, Limit, Seen, TcpEnd, Transcript
from wsconform.conversation.trips import PlainTrips, Trips, TripsCompressed
from wsconform.model import Fault, Frame, Message, Opcode, OpenFrame, Pong, Side, Split
from wsconform.wire.frames import (
    Decoder,
    Keys,
    Received,
    encode_frame,
    encode_open_frame,
    encode_split,
    masked,
)
from wsconform.wire.inflater import Inflater
from wsconform.wire.log import SHOWN, WireLog, WireRecord, describe_frame
from wsconform.wire.negotiation import Agreement, agree
from wsconform.wire.opening import Head
from wsconform.wire.reader import CloseSeen, FrameReader, PingSeen

__all__ = ["Conversation", "Timing"]

#: Seconds between single octets. Long enough that each is a segment of its own and that the peer
#: has handled one before the next comes, which is what those cases are about.
OCTET_GAP = 0.0004


#: Octets that are taken from TCP at once.
LARGEST_RECEIVE = 1 << 18


@dataclass(frozen=True, slots=True)
class Timing:
    """How long we wait, in seconds, and the factor that all of it is scaled by.

    Attributes:
        opening: for the answer to the opening handshake.
        closing: for the answer to our Close.
        tcp: for the peer to end TCP after both Close frames.
        stall: without an octet in either direction; ends a case whose own time is longer.
        scale: multiplies these and the time of every case, but not the pauses, which are content.
    """

    opening: float = 5.0
    closing: float = 1.0
    tcp: float = 1.0
    stall: float = 10.0
    scale: float = 1.0


class Conversation(WebSocketClientProtocol):
    """One connection on which one case is played."""

    transport: Any  # Twisted's TCP transport, or its TLS one
    data: bytes  # autobahn's: octets that follow the response head
    wasNotCleanReason: str | None  # noqa: N815 (autobahn's)

    def __init__(
        self,
        case: Case,
        keys: Keys,
        timing: Timing,
        reactor: Any,
        opened: Callable[[Conversation], None] = lambda _: None,
    ) -> None:
        super().__init__()
        self._opened = opened
        self._pausing: Callable[[], None] = lambda: None  # ends the pause
        self.finished: Deferred[Transcript] = Deferred()
        self._case = case
        self._keys = keys
        self._timing = timing
        self._reactor = reactor
        self._timers: dict[Limit, Any] = {}
        self._began = reactor.seconds()
        self._talking = False
        self._steps = deque(case.send)
        self._trips: Trips | None = None
        self._head = Head()
        self._agreement: Agreement | None = None
        self._deaf = False  # what comes now is no answer any more
        self._done = False
        self._decoder, self._listener, self._log = Decoder(), FrameReader(), WireLog()
        self._received_octets = 0
        self._events: list[Seen] = []
        self._faults: list[Fault] = []
        self._started_by: Side | None = None
        self._sent = self._received = self._overdue = False
        self._code: int | None = None
        self._reason = b""
        self._limit = Limit.NONE
        self._dropped = False
        self._port: int | None = None
        self._opened_after = 0.0
        self._tcp_reason: Failure | None = None

    # The opening handshake, by autobahn

    def connectionMade(self) -> None:  # noqa: N802 (Twisted's name)
        """TCP is there."""
        self._port = self.transport.getHost().port
        self.transport.bufferSize = LARGEST_RECEIVE
        self._arm(Limit.OPENING, self._timing.opening)
        if self.factory.isSecure:
            self._listen_below_tls()
        super().connectionMade()

    def _listen_below_tls(self) -> None:
        """Keep how TCP ended: Twisted's TLS calls every end without a close_notify a lost connection."""
        tls = self.transport
        passed_on = tls.connectionLost

        def lost(reason: Failure) -> None:
            self._tcp_reason = reason
            passed_on(reason)

        tls.connectionLost = lost

    def onOpen(self) -> None:  # noqa: N802 (autobahn's name)
        """The opening handshake succeeded: from here on the octets are ours."""
        self._disarm(Limit.OPENING)
        self._talking = True
        self._opened_after, self._began = self._now(), self._reactor.seconds()
        self._writer = Writer(self.transport, self._reactor, direct=not self.factory.isSecure)
        early, self.data = self.data, b""
        self._hold_answer()
        self._opened(self)
        if early:
            self._take(early)

    def _hold_answer(self) -> None:
        """Begin, if the answer to our offers allows what the case is about."""
        self._agreement, fault = agree(self._case.offers, self._head.answers)
        if fault is not None:
            self._faults.append(fault)
        if self._agreement is not None:
            self._listener.inflater = Inflater(self._agreement)
        if fault is not None and self._agreement is None:
            self._start_closing(fault.code)
        elif _allows(self._case.answer, self._agreement):
            self._go_on()
        else:
            self._start_closing(1000)

    def never_connected(self, failure: Failure) -> None:
        """There is no TCP connection."""
        self._finish(TcpEnd.NEVER, failure.getErrorMessage())

    # What the peer sends

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 (Twisted's name)
        """Octets: autobahn's during the opening handshake, ours from then on."""
        if self._talking:
            self._take(data)
        elif self._head.whole:
            super().dataReceived(data)
        elif ready := self._head.feed(data):
            super().dataReceived(ready)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 (Twisted's name)
        """TCP is over."""
        super().connectionLost(reason)
        if not (self._done or reason.check(error.ConnectionClosed, SSL.Error)):
            self._stop()
            self.finished.errback(reason)  # an exception of ours, after which Twisted drops the connection
            return
        below = self._tcp_reason or reason
        theirs = TcpEnd.FIN if below.check(error.ConnectionDone) else TcpEnd.RST
        self._finish(TcpEnd.OURS if self._dropped else theirs, self.wasNotCleanReason or reason.getErrorMessage())

    def _take(self, data: bytes) -> None:
        self._received_octets += len(data)
        for frame in self._decoder.feed(data):
            if self._dropped:
                return
            self._record(
                Side.PEER, _words(frame), frame.header + frame.payload[:SHOWN], len(frame.header) + len(frame.payload)
            )
            heard = self._listener.read(frame)
            if isinstance(heard, Message | Pong):
                self._see(heard)
            elif isinstance(heard, PingSeen):
                if not self._sent:
                    self.put(Frame(Opcode.PONG, heard.payload))
            elif isinstance(heard, CloseSeen):
                self._peer_closes(heard)
            elif isinstance(heard, Fault):
                self._peer_errs(heard, frame)

    def _see(self, event: Event) -> None:
        if self._deaf:
            return
        if self._trips is not None and isinstance(event, Message):
            self._trips.echoed(event)
            return
        self._events.append(Seen(self._now(), event))
        if self._case.closes_when_seen and not self._sent and self._is_complete():
            self._start_closing(1000)

    def _is_complete(self) -> bool:
        """As much has come as was expected; whether it is right is not ours to say."""
        return self._case.counts_only or len(self._events) >= len(self._case.expect)

    # Steps

    def _go_on(self) -> None:
        """Take the steps up to the next that must be waited for, then arm the deadline."""
        batch: list[Step] = []
        while self._steps:
            step = self._steps.popleft()
            if isinstance(step, Pause):
                self._flush(batch)
                self._pausing = partial(self._reactor.callLater(step.seconds, self._after_pause, step).reset, 0)
                return
            if isinstance(step, RoundTrips | CompressedTrips):
                self._watch()
                self._trips = self._trips_of(step)
                self._trips.send()
                return
            batch.append(step)
        self._flush(batch)
        self._watch()

    def _trips_of(self, step: RoundTrips | CompressedTrips) -> Trips:
        if isinstance(step, RoundTrips):
            return PlainTrips(step, self)
        assert self._agreement is not None  # its cases need one
        assert self._listener.inflater is not None
        return TripsCompressed(step, self, self._agreement, self._listener.inflater)

    def cut_pause(self) -> None:
        """End the pause that is going on."""
        self._pausing()

    def _after_pause(self, step: Pause) -> None:
        self._pausing = lambda: None
        if self._done:
            return
        if self._sent or self._received:
            return  # the limits of the closing handshake bound the rest
        if step.tag:
            self._events.append(Seen(self._now(), StillOpen(step.tag)))
        self._go_on()

    def trips_over(self, event: Event) -> None:
        """All round trips are made, or one of them went wrong."""
        self._trips = None
        self._events.append(Seen(self._now(), event))
        self._start_closing(1000)

    def _flush(self, steps: list[Step]) -> None:
        """Send steps, cut as the case asks."""
        chop, writer = self._case.chop, self._writer
        pieces = [self._encode(step) for step in steps]
        if isinstance(chop, int):
            for octets in pieces:
                writer.write(octets, chop)
        elif chop is Chop.OCTETS:
            for octets in pieces:
                writer.write(octets, 1, OCTET_GAP)
        elif chop in (Chop.FRAMES, Chop.PAIR_FIRST):
            if chop is Chop.PAIR_FIRST:
                pieces[:2] = [b"".join(pieces[:2])]
            for octets in pieces:
                writer.write(octets)
        elif pieces:
            writer.write(b"".join(pieces) if len(pieces) > 1 else pieces[0])

    def _encode(self, step: Step) -> bytes:
        key = self._keys(1)
        if isinstance(step, Frame):
            octets = encode_frame(step, key)
            what = describe_frame(step.opcode, len(step.payload), fin=step.fin, rsv=step.rsv)
            if step.opcode == Opcode.CLOSE and not step.rsv and not self._sent:
                self._closing_started(Side.US)
        elif isinstance(step, Split):
            octets = encode_split(step, self._keys)
            message = describe_frame(step.opcode, len(step.payload), fin=True, rsv=0)
            what = f"{message} in fragments of {step.size}"
        elif isinstance(step, OpenFrame):
            octets, self._open_key, self._open_sent = encode_open_frame(step, key), key, 0
            what = f"header of {describe_frame(step.opcode, step.size, fin=step.fin, rsv=0)}"
        else:
            assert isinstance(step, Piece)  # pauses and round trips are handled where steps are taken
            octets = masked(step.data, self._open_key, self._open_sent)
            self._open_sent += len(step.data)
            what = f"{len(step.data)} octets of that payload"
        self._record(Side.US, what, octets[: SHOWN + 14], len(octets))
        return octets

    def put(self, frame: Frame) -> None:
        """Send a frame of the conversation itself: a message of a round trip, a Pong, a Close."""
        octets = encode_frame(frame, self._keys(1))
        self.put_octets(describe_frame(frame.opcode, len(frame.payload), fin=True, rsv=0), octets)

    def put_octets(self, what: str, octets: bytes) -> None:
        """Send octets of which it is known what they are."""
        self._record(Side.US, what, octets[: SHOWN + 14], len(octets))
        self._writer.write(octets)

    # Closing

    def _start_closing(self, code: int | None) -> None:
        self.put(Frame(Opcode.CLOSE, b"" if code is None else code.to_bytes(2, "big")))
        self._closing_started(Side.US)

    def _closing_started(self, by: Side) -> None:
        if self._started_by is None:
            self._started_by = by
        self._sent = True
        self._arm(Limit.CLOSE if not self._received else Limit.TCP, self._timing.closing)

    def _peer_closes(self, close: CloseSeen) -> None:
        self._received, self._code, self._reason = True, close.code, close.reason
        self._disarm(Limit.CLOSE)
        if self._started_by is None:
            self._started_by = Side.PEER
        if not self._sent:
            self.put(Frame(Opcode.CLOSE, (1000).to_bytes(2, "big")))
            self._sent = True
        self._arm(Limit.TCP, self._timing.tcp)

    def _peer_errs(self, fault: Fault, frame: Received) -> None:
        """Fail the connection as RFC 6455 section 7.1.7 has it, and go on listening."""
        self._faults.append(fault)
        if frame.opcode == Opcode.CLOSE and 1 < len(frame.payload) < 126:
            self._code = int.from_bytes(frame.payload[:2], "big")
        if frame.opcode == Opcode.PONG:
            self._events.append(Seen(self._now(), Pong(frame.payload)))  # Autobahn counts it all the same
        if self._sent:
            self._drop(Limit.NONE)  # failing a connection that is closing already
        else:
            self._start_closing(fault.code)

    # Time

    def _now(self) -> float:
        return float(self._reactor.seconds() - self._began)

    def _arm(self, limit: Limit, seconds: float) -> None:
        if limit not in self._timers and not self._done:
            self._timers[limit] = self._reactor.callLater(seconds * self._timing.scale, self._expired, limit)

    def _disarm(self, limit: Limit) -> None:
        timer = self._timers.pop(limit, None)
        if timer is not None and timer.active():
            timer.cancel()

    def _expired(self, limit: Limit) -> None:
        del self._timers[limit]
        self._drop(limit)

    def _watch(self) -> None:
        """Arm the deadline of the case; a long one ends early when nothing moves any more."""
        self._case_ends = self._now() + self._case.within * self._timing.scale
        self._moved = -1
        self._look_again()

    def _look_again(self) -> None:
        if self._done or self._sent:
            return  # the limits of the closing handshake bound the rest
        moved, now = self._received_octets + self._writer.sent, self._now()
        stalled, self._moved = moved == self._moved, moved
        if not self._writer.idle and not stalled:
            self._case_ends = now + self._case.within * self._timing.scale  # we have not said all yet
        left = self._case_ends - now
        if stalled or left < 0.0005:
            self._case_over()
            return
        pause = min(left, self._timing.stall * self._timing.scale)
        self._timers[Limit.CASE] = self._reactor.callLater(pause, self._look_again)

    def _case_over(self) -> None:
        self._overdue = True
        if self._trips is not None:
            self._events.append(Seen(self._now(), self._trips.so_far()))
            self._trips = None
        if self._case.deadline is Deadline.KILL:
            self._deaf = True
            self._start_closing(1001)
        else:
            self._start_closing(None)

    def _drop(self, limit: Limit) -> None:
        self._dropped = True
        if self._limit is Limit.NONE:
            self._limit = limit
        if limit is Limit.OPENING and self.wasNotCleanReason is None:
            self.wasNotCleanReason = limit.value
        self.transport.abortConnection()

    # The end

    def _record(self, by: Side, what: str, octets: bytes, size: int) -> None:
        self._log.add(WireRecord(self._now(), by, what, octets, size))

    def _stop(self) -> None:
        self._done = True
        for limit in list(self._timers):
            self._disarm(limit)

    def _finish(self, end: TcpEnd, why: str) -> None:
        if self._done:
            return
        self._stop()
        if self._trips is not None:
            self._events.append(Seen(self._now(), self._trips.so_far()))
        if self._decoder.unfinished:
            rest = self._decoder.unfinished
            self._record(Side.PEER, "octets that are no whole frame", rest, len(rest))
        noted = self._listener.inflater.noted if self._listener.inflater else ()
        stray = self._decoder.stray
        if stray:
            self._record(Side.PEER, "octets after the Close frame", stray[:SHOWN], len(stray))
        ending = Ending(
            self._started_by,
            self._sent,
            self._received,
            self._code,
            self._reason,
            end,
            self._limit,
            self._overdue,
            stray,
        )
        self.finished.callback(
            Transcript(
                opened=self._talking,
                refusal="" if self._talking else why,
                status=self._head.status,
                answers=self._head.answers,
                agreement=self._agreement,
                events=tuple(self._events),
                faults=(*self._faults, *noted),
                ending=ending,
                wire=tuple(self._log),
                local_port=self._port,
                opened_after=self._opened_after,
                seconds=self._now(),
            )
        )


def _allows(answer: Answer, agreement: Agreement | None) -> bool:
    """Whether a case can be played with what was agreed."""
    if answer in (Answer.NONE, Answer.NONE_OR_REFUSED):
        return agreement is None
    if answer is Answer.KEPT:
        return agreement is not None and agreement.client_takeover
    return answer is Answer.FREE or agreement is not None


def _words(frame: Received) -> str:
    what = describe_frame(frame.opcode, len(frame.payload), fin=frame.fin, rsv=frame.rsv)
    return f"{what}, masked" if frame.masked else what
