"""Play one case on one connection: bytes and timeouts in, bytes and timers out.

No sockets, no threads and no clock of its own: a shell makes the connection, does the opening handshake, and calls
the methods of a `CaseRun` as things happen (see `wsconform.conversation.playing.client`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from wsconform.conversation.bounds import bounds_of
from wsconform.conversation.closing import ClosingState
from wsconform.conversation.deadline import CaseDeadline
from wsconform.conversation.model import (
    Answer,
    Await,
    Case,
    CompressedTrips,
    Deadline,
    Event,
    Pause,
    RoundTrips,
    StillOpen,
)
from wsconform.conversation.pongs import PingAnswers
from wsconform.conversation.recorder import Recorder
from wsconform.conversation.round_trips import CompressedEchoLoop, EchoLoop, PlainEchoLoop
from wsconform.conversation.sender import Output, Sender, SentStep
from wsconform.conversation.transcript import Limit, TcpEnd, Transcript
from wsconform.model import Fault, Frame, Message, Opcode, Pong
from wsconform.wire.frames import Decoder, Keys, Received
from wsconform.wire.head import Asked
from wsconform.wire.inflater import Inflater
from wsconform.wire.negotiation import Agreement, agree
from wsconform.wire.reader import CloseSeen, FrameReader, PingSeen

__all__ = ["CaseRun", "Shell", "Timer", "Timing"]

NORMAL, GOING_AWAY = 1000, 1001
_NOTHING = Asked()

#: The work of a turn in payload bytes, and the cost of a frame in bytes. A turn takes a few milliseconds.
TURN, FRAME_COSTS = 1 << 20, 1 << 11
#: Pongs, and messages of round trips, that may be queued for a peer that does not read.
MOST_PONGS, MOST_TRIPS = 1000, 100
#: Bytes behind the peer's Close that are kept for the judge.
MOST_STRAY = 4096


@dataclass(frozen=True, slots=True)
class Timing:
    """How long we wait, in seconds, and the factor for all of it.

    Attributes:
        opening: for the answer to the opening handshake.
        closing: for the answer to our Close.
        tcp: for the peer to end TCP after both Close frames.
        stall: without a byte in either direction; ends a case with a longer time limit.
        scale: multiplies these and the time of every case, but not the pauses, which are part of the case.
        ceiling: for the whole play, even if the peer keeps sending; not scaled.
    """

    opening: float = 5.0
    closing: float = 1.0
    tcp: float = 1.0
    stall: float = 10.0
    scale: float = 1.0
    ceiling: float = 300.0


class Timer(Enum):
    """The waits of a run, all of them bounded."""

    OPENING = auto()
    PAUSE = auto()
    CASE = auto()
    CLOSE = auto()
    TCP = auto()
    CEILING = auto()


#: The timers that end the connection when they run out.
LIMITS = {
    Timer.OPENING: Limit.OPENING,
    Timer.CLOSE: Limit.CLOSE,
    Timer.TCP: Limit.TCP,
    Timer.CEILING: Limit.CEILING,
}


class Shell(Protocol):
    """The connection and the timers of a run."""

    def set_timer(self, timer: Timer, seconds: float) -> None:
        """Call `CaseRun.timeout` after some seconds. A running timer is restarted."""

    def cancel_timer(self, timer: Timer) -> None:
        """Stop a timer, if it is running."""

    def drop(self, why: str) -> None:
        """Drop TCP at once; `CaseRun.connection_lost` follows as always."""


class CaseRun:
    """One case on one connection.

    Only two places depend on our role as client: `keys` mask our frames, and `FrameReader` knows the frames that the
    peer may send.

    Args:
        case: the case to play.
        keys: the source of masking keys.
        timing: how long to wait.
        clock: returns the time in seconds, from any origin.
        shell: the connection and the timers.
    """

    def __init__(self, case: Case, *, keys: Keys, timing: Timing, clock: Callable[[], float], shell: Shell) -> None:
        self._case, self._keys, self._timing, self._shell = case, keys, timing, shell
        self._bounds = bounds_of(case)
        self._recorder = Recorder(clock, self._bounds)
        self._closing = ClosingState()
        self._deadline = CaseDeadline(case.within * timing.scale, timing.stall * timing.scale)
        self._decoder, self._reader = Decoder(self._bounds.message, MOST_STRAY), FrameReader(self._bounds.message)
        self._answers_to_pings = PingAnswers(case.send)
        self._received_octets = 0
        self._steps = deque(case.send)
        self._pause: Pause | None = None  # the current pause
        self._unanswered: PingSeen | None = None  # the newest Ping that came while a frame of ours was unfinished
        self._awaited = 0  # the number of events that the next steps wait for
        self._echo_loop: EchoLoop | None = None  # the current round trips
        self._unsent = 0  # Pongs, and messages of round trips, since the peer had taken everything
        self._deaf = False  # events no longer count
        self._limits: set[Timer] = set()  # running timers that end the connection
        self._answers: tuple[str, ...] = ()

    # What the shell reports

    def connected(self, output: Output, local_port: int | None = None) -> None:
        """TCP is connected; the opening handshake begins."""
        self._output = output
        self._sender = Sender(self._case.chop, self._keys, self._recorder, output)
        self._recorder.connect(local_port)
        self._start_limit(Timer.OPENING, self._timing.opening)
        self._shell.set_timer(Timer.CEILING, self._timing.ceiling)

    def answered(
        self, status: int | None, answers: tuple[str, ...], head: bytes = b"", asked: Asked = _NOTHING
    ) -> None:
        """The opening handshake was answered.

        Args:
            status: the status code; None if there is none.
            answers: the Sec-WebSocket-Extensions fields.
            head: the head as received.
            asked: what we had asked for.
        """
        self._answers = answers
        self._recorder.answer(status, answers, head, asked)

    def opened(self) -> None:
        """The opening handshake succeeded: begin, if the case can be played with the answer to our offers."""
        self._stop_limit(Timer.OPENING)
        self._recorder.open()
        agreement, fault = agree(self._case.offers, self._answers)
        self._recorder.agreement = agreement
        if fault is not None:
            self._recorder.fault(fault)
        if agreement is not None:
            self._reader.inflater = Inflater(agreement, self._bounds.message)
        if fault is not None and agreement is None:
            self._start_closing(fault.code)
        elif _allows(self._case.answer, agreement):
            self._continue()
        else:
            self._start_closing(NORMAL)

    def receive(self, data: bytes) -> bool:
        """Bytes came from the peer.

        Returns:
            Whether frames are left for another turn, so that one peer does not delay the others: call this again
            soon, without bytes, and read no more from the peer until then.
        """
        self._received_octets += len(data)
        self._decoder.push(data)
        work = 0
        while not self._closing.dropped and (frame := self._decoder.next()) is not None:
            self._recorder.received(frame)
            found = self._reader.read(frame)
            work += FRAME_COSTS + len(frame.payload)
            if isinstance(found, Message):
                work += len(found.payload)
                self._see(found)
            elif isinstance(found, Pong):
                self._see(found)
            elif isinstance(found, PingSeen):
                self._answer(found)
            elif isinstance(found, CloseSeen):
                self._close_received(found)
            elif isinstance(found, Fault):
                self._fail(found, frame)
            if work >= TURN:
                return not self._closing.dropped
        return False

    def timeout(self, timer: Timer) -> None:
        """A timer ran out."""
        if timer is Timer.PAUSE:
            self._after_pause()
        elif timer is Timer.CASE:
            self._check_deadline()
        else:
            self._limits.discard(timer)
            self._drop(LIMITS[timer])

    def cut_pause(self) -> None:
        """End the current pause, if there is one."""
        if self._pause is not None:
            self._shell.set_timer(Timer.PAUSE, 0)

    def connection_lost(self, end: TcpEnd, why: str = "") -> Transcript:
        """TCP has ended, or was never connected; return the transcript. Call nothing else afterwards.

        Args:
            end: how TCP ended; ignored if we dropped it.
            why: why the opening handshake failed, if it did.
        """
        self._pause = None
        if self._echo_loop is not None:
            self._recorder.event(self._echo_loop.so_far())
        self._recorder.leftover("bytes of an incomplete frame", self._decoder.unfinished)
        stray, stray_size = self._decoder.stray, self._decoder.stray_size
        self._recorder.leftover("bytes after the Close frame", stray, stray_size)
        inflater = self._reader.inflater
        ending = self._closing.ending(end, stray, stray_size)
        return self._recorder.transcript(ending, why, inflater.noted if inflater else ())

    # Steps

    def _continue(self) -> None:
        """Take the steps up to the next one that waits for something, then start the deadline."""
        batch: list[SentStep] = []
        while self._steps:
            step = self._steps.popleft()
            if isinstance(step, Pause):
                self._send(batch)
                self._pause = step
                self._shell.set_timer(Timer.PAUSE, step.seconds)
                return
            if isinstance(step, Await):
                self._send(batch)
                batch = []
                if self._recorder.counted < step.events:
                    self._awaited = step.events
                    self._start_deadline()
                    return
                continue
            if isinstance(step, RoundTrips | CompressedTrips):
                self._send(batch)
                self._start_deadline()
                self._echo_loop = self._make_echo_loop(step)
                self._echo_loop.send()
                return
            batch.append(step)
        self._send(batch)
        self._start_deadline()

    def _send(self, steps: list[SentStep]) -> None:
        closes = any(isinstance(step, Frame) and step.opcode == Opcode.CLOSE and not step.rsv for step in steps)
        if closes and not self._closing.sent:
            self._close_sent()
        self._sender.send_steps(steps)
        if self._unanswered is not None and not self._sender.in_frame:
            ping, self._unanswered = self._unanswered, None
            self._answer(ping)

    def _make_echo_loop(self, step: RoundTrips | CompressedTrips) -> EchoLoop:
        if isinstance(step, RoundTrips):
            return PlainEchoLoop(step, self._sender)
        assert self._recorder.agreement is not None  # its cases need one
        assert self._reader.inflater is not None
        return CompressedEchoLoop(step, self._sender, self._recorder.agreement, self._reader.inflater)

    def _after_pause(self) -> None:
        pause, self._pause = self._pause, None
        if pause is None or self._is_closing:
            return  # the limits of the closing handshake bound the rest
        if pause.tag:
            self._recorder.event(StillOpen(pause.tag))
        self._continue()

    @property
    def _is_closing(self) -> bool:
        return self._closing.sent or self._closing.received

    # Events

    def _see(self, event: Message | Pong) -> None:
        if self._deaf:
            return
        if self._echo_loop is not None and isinstance(event, Message):
            outcome = self._echo_loop.echoed(event) if self._may_wait(MOST_TRIPS) else self._echo_loop.so_far()
            if outcome is not None:
                self._round_trips_done(outcome)
            return
        if isinstance(event, Pong) and not self._answers_to_pings.takes(event):
            self._recorder.unsolicited_pong(event)
            return
        self._recorder.event(event)
        if self._awaited:
            if self._recorder.counted >= self._awaited and not self._is_closing:
                self._awaited = 0
                self._continue()
        elif self._case.closes_when_seen and not self._closing.sent and self._is_complete():
            self._start_closing(NORMAL)

    def _answer(self, ping: PingSeen) -> None:
        """Answer a Ping, unless many answers wait already: one Pong may answer several Pings (section 5.5.3).

        A frame of ours that is sent in pieces must end first.
        """
        if self._sender.in_frame:
            self._unanswered = ping
        elif not self._closing.sent and self._may_wait(MOST_PONGS):
            self._sender.send_frame(Frame(Opcode.PONG, ping.payload))

    def _may_wait(self, most: int) -> bool:
        """Whether fewer than that many frames were sent since our output was last empty."""
        self._unsent = 0 if self._output.idle else self._unsent + 1
        return self._unsent < most

    def _is_complete(self) -> bool:
        """Whether as many events have come as are expected; the judge says whether they are right."""
        return self._case.counts_only or self._recorder.counted >= len(self._case.expect)

    def _round_trips_done(self, outcome: Event) -> None:
        self._echo_loop = None
        self._recorder.event(outcome)
        self._start_closing(NORMAL)

    # Closing

    def _start_closing(self, code: int | None) -> None:
        self._send_close(code)
        self._close_sent()

    def _send_close(self, code: int | None) -> None:
        self._sender.send_frame(Frame(Opcode.CLOSE, b"" if code is None else code.to_bytes(2, "big")))

    def _close_sent(self) -> None:
        self._closing.close_sent()
        self._start_limit(Timer.TCP if self._closing.received else Timer.CLOSE, self._timing.closing)

    def _close_received(self, close: CloseSeen) -> None:
        self._closing.close_received(close)
        self._stop_limit(Timer.CLOSE)
        if not self._closing.sent:
            self._send_close(NORMAL)
            self._closing.close_sent()
        self._start_limit(Timer.TCP, self._timing.tcp)

    def _fail(self, fault: Fault, frame: Received) -> None:
        """Fail the connection (RFC 6455 section 7.1.7), and go on listening."""
        self._recorder.fault(fault)
        self._closing.illegal_frame(frame)
        if frame.refused:  # nothing can follow that makes sense
            self._drop(Limit.NONE)
            return
        if frame.opcode == Opcode.PONG:
            self._recorder.event(Pong(frame.payload))  # Autobahn counts it all the same
        if self._closing.sent:
            self._drop(Limit.NONE)  # failing a connection that is closing already
        else:
            self._start_closing(fault.code)

    def _drop(self, limit: Limit) -> None:
        self._closing.drop(limit)
        self._shell.drop(limit.value)

    # Time limits

    def _start_limit(self, timer: Timer, seconds: float) -> None:
        """Start a limit, unless it is running."""
        if timer not in self._limits:
            self._limits.add(timer)
            self._shell.set_timer(timer, seconds * self._timing.scale)

    def _stop_limit(self, timer: Timer) -> None:
        self._limits.discard(timer)
        self._shell.cancel_timer(timer)

    def _start_deadline(self) -> None:
        self._deadline.start(self._recorder.now())
        self._check_deadline()

    def _check_deadline(self) -> None:
        if self._closing.sent:
            return  # the limits of the closing handshake bound the rest
        seconds = self._deadline.check(
            self._recorder.now(), sent=self._output.sent, received=self._received_octets, sending=not self._output.idle
        )
        if seconds is None:
            self._deadline_passed()
        else:
            self._shell.set_timer(Timer.CASE, seconds)

    def _deadline_passed(self) -> None:
        self._closing.overdue, self._closing.stalled = True, self._deadline.stalled
        self._closing.waited = self._deadline.waited(self._recorder.now())
        if self._echo_loop is not None:
            self._recorder.event(self._echo_loop.so_far())
            self._echo_loop = None
        if self._case.deadline is Deadline.KILL:
            self._deaf = True
            self._start_closing(GOING_AWAY)
        else:
            self._start_closing(None)


def _allows(answer: Answer, agreement: Agreement | None) -> bool:
    """Whether a case can be played with what was agreed."""
    if answer in (Answer.NONE, Answer.NONE_OR_REFUSED):
        return agreement is None
    if answer is Answer.KEPT:
        return agreement is not None and agreement.client_takeover
    return answer is Answer.FREE or agreement is not None
