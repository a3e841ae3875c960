"""Play one case as a client over TCP or TLS: the opening handshake, then bytes to and from a `CaseRun`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from OpenSSL import SSL
from service_identity import VerificationError
from twisted.internet import error
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from wsconform.conversation.model import Case
from wsconform.conversation.playing.writer import Writer
from wsconform.conversation.run import CaseRun, Timer, Timing
from wsconform.conversation.transcript import TcpEnd, Transcript
from wsconform.wire.frames import Keys
from wsconform.wire.head import Asked, status_code
from wsconform.wire.opening import LARGEST_HEAD, Head, refusal

__all__ = ["Client", "Opening"]

#: What ends when something of the peer is overdue: these wait longer if the peer is slow at that moment.
PATIENT = Timer.CASE, Timer.PAUSE, Timer.CLOSE, Timer.TCP
#: The factor by which a peer that is slow may prolong them.
MOST_PATIENCE = 4.0
#: Bytes that are read from TCP at a time.
LARGEST_RECEIVE = 1 << 18
#: Part of OpenSSL's message about a certificate that it does not trust.
_UNTRUSTED = "certificate verify failed"


@dataclass(frozen=True, slots=True)
class Opening:
    """An opening handshake to send.

    Attributes:
        request: its bytes.
        asked: what its answer depends on.
        secure: TLS comes first.
    """

    request: bytes
    asked: Asked
    secure: bool


class Client(Protocol):
    """The client side of one connection: the shell of one run.

    Args:
        opening: the opening handshake.
        keys: the source of masking keys.
        opened: called when the opening handshake has succeeded and the first steps are taken.
        slowness: measures how much slower than usual the peer is; None: assume that it is not.

    Attributes:
        finished: fires with the transcript when TCP has ended.
    """

    transport: Any  # Twisted's TCP transport, or its TLS one

    def __init__(
        self,
        case: Case,
        opening: Opening,
        keys: Keys,
        timing: Timing,
        reactor: Any,
        opened: Callable[[CaseRun], None] = lambda _: None,
        slowness: Callable[[], Deferred[float]] | None = None,
    ) -> None:
        self.finished: Deferred[Transcript] = Deferred()
        self._run = CaseRun(case, keys=keys, timing=timing, clock=reactor.seconds, shell=self)
        self._opening = opening
        self._reactor = reactor
        self._opened = opened
        self._slowness = slowness
        self._timers: dict[Timer, Any] = {}
        self._head = Head()
        self._playing = False
        self._why = ""  # why the connection did not open, or was dropped
        self._turn: Any = None  # the delayed call for the frames that are left for another turn
        self._tcp_reason: Failure | None = None

    # What Twisted calls

    def connectionMade(self) -> None:  # noqa: N802 (Twisted's name)
        """TCP is connected: send the opening handshake."""
        self.transport.bufferSize = LARGEST_RECEIVE
        self.transport.setTcpNoDelay(True)
        writer = Writer(self.transport, self._reactor, direct=not self._opening.secure)
        self._run.connected(writer, self.transport.getHost().port)
        if self._opening.secure:
            self._listen_below_tls()
        self.transport.write(self._opening.request)

    def _listen_below_tls(self) -> None:
        """Keep how TCP ended: Twisted's TLS calls every end without a close_notify a lost connection."""
        tls = self.transport
        passed_on = tls.connectionLost

        def lost(reason: Failure) -> None:
            self._tcp_reason = reason
            passed_on(reason)

        tls.connectionLost = lost

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 (Twisted's name)
        """Read the answer to the opening handshake; afterwards, pass bytes to the run."""
        if self._playing:
            self._receive(data)
        elif not self._why:
            self._take_head(data)

    def _take_head(self, data: bytes) -> None:
        head, asked = self._head, self._opening.asked
        behind = head.feed(data)
        if head.whole:
            self._run.answered(head.status, head.answers, head.octets, asked)
        if head.overlong:
            self.drop(f"the response head is longer than {LARGEST_HEAD:,} bytes")
        elif head.whole and (why := refusal(head.octets, asked)):
            self.drop(why)
        elif head.whole:
            self._open(behind)

    def _open(self, early: bytes) -> None:
        """The opening handshake succeeded: begin to play; ``early`` are bytes behind the head."""
        self._playing = True
        self._run.opened()
        self._opened(self._run)
        if early:
            self._receive(early)

    def _receive(self, data: bytes) -> None:
        """Pass bytes to the run; if it leaves some, continue after other connections have had their turn."""
        if self._run.receive(data) and self._turn is None:
            self.transport.pauseProducing()
            self._turn = self._reactor.callLater(0, self._next_turn)

    def _next_turn(self) -> None:
        self._turn = None
        self._receive(b"")
        if self._turn is None and not self.finished.called:
            self.transport.resumeProducing()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 (Twisted's name)
        """TCP has ended."""
        if self.finished.called:
            return
        if not reason.check(error.ConnectionClosed, SSL.Error, VerificationError):
            self._stop_timers()
            self.finished.errback(reason)  # an exception of ours, after which Twisted drops the connection
            return
        below = self._tcp_reason or reason
        end = TcpEnd.FIN if below.check(error.ConnectionDone) else TcpEnd.RST
        if not self._head.whole:
            self._run.answered(status_code(self._head.octets), (), asked=self._opening.asked)
        self._finish(end, self._why or self._described(reason))

    def _described(self, reason: Failure) -> str:
        message: str = reason.getErrorMessage()
        if reason.check(VerificationError) or _UNTRUSTED in message:
            return "the certificate of the server is not trusted; name its authority with --ca, or use --insecure"
        if not self._playing and reason.check(error.ConnectionClosed):
            if self._head.octets:
                return f"the connection ended within the answer: {message}"
            return f"the server {'closed' if reason.check(error.ConnectionDone) else 'reset'} TCP without an answer"
        return message

    def never_connected(self, failure: Failure) -> None:
        """There is no TCP connection."""
        self._finish(TcpEnd.NEVER, failure.getErrorMessage())

    def _finish(self, end: TcpEnd, why: str) -> None:
        self._stop_timers()
        if self._turn is not None:
            self._run.receive(b"")
        self.finished.callback(self._run.connection_lost(end, why))

    def _stop_timers(self) -> None:
        for timer in list(self._timers):
            self.cancel_timer(timer)
        if self._turn is not None:
            self._turn.cancel()

    # What the run calls, see `wsconform.conversation.run.Shell`

    def set_timer(self, timer: Timer, seconds: float) -> None:
        """Start or restart a timer."""
        self.cancel_timer(timer)
        self._timers[timer] = self._reactor.callLater(seconds, self._timeout, timer, seconds)

    def cancel_timer(self, timer: Timer) -> None:
        """Stop a timer, if it is running."""
        call = self._timers.pop(timer, None)
        if call is not None:
            call.cancel()

    def _timeout(self, timer: Timer, seconds: float) -> None:
        """Let a timer run out; if the peer is slow at the moment, later, as with a longer time limit."""
        if self._slowness is None or timer not in PATIENT or not seconds:
            self._run_out(timer)
            return
        began = self._reactor.seconds()
        waiting = self._reactor.callLater((MOST_PATIENCE - 1) * seconds, self._run_out, timer)
        self._timers[timer] = waiting

        def measured(slowness: float) -> None:
            more = (min(slowness, MOST_PATIENCE) - 1) * seconds - (self._reactor.seconds() - began)
            running = self._timers.get(timer)
            if running is not None and running is waiting:  # it was neither cancelled nor restarted
                running.reset(max(0.0, more))

        self._slowness().addCallback(measured)

    def _run_out(self, timer: Timer) -> None:
        del self._timers[timer]
        self._run.timeout(timer)

    def drop(self, why: str) -> None:
        """Drop TCP at once."""
        self._why = self._why or why or "dropped"
        self.transport.abortConnection()
