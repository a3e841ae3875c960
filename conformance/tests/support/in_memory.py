"""A run without a socket: the other end of the connection is in memory, and time is a number."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from itertools import count

from conformance.tests.support.values import HEAD
from wsconform.conversation.model import Case
from wsconform.conversation.run import CaseRun, Timer, Timing
from wsconform.conversation.transcript import TcpEnd, Transcript
from wsconform.crooked import CROOKED
from wsconform.crooked.negotiation import RefusedError
from wsconform.crooked.shared import Shared
from wsconform.wire.frames import Decoder, Received

__all__ = ["MemoryShell", "play_against", "server_frame"]

PORT = 12345


def _numbered_keys() -> Callable[[int], bytes]:
    """Return a source of masking keys that can be told apart: 00000001, 00000002 and so on."""
    numbers = count(1)
    return lambda keys: b"".join(next(numbers).to_bytes(4, "big") for _ in range(keys))


def server_frame(opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0) -> bytes:
    """Return an unmasked frame."""
    size = len(payload)
    length = bytes([size]) if size < 126 else b"\x7e" + size.to_bytes(2, "big")
    return bytes([fin << 7 | rsv << 4 | opcode]) + length + payload


class MemoryShell:
    """The shell and the output of a run; the test is the peer and moves the time.

    Attributes:
        now: the time, in seconds.
        timers: when each timer that is running will run out.
        segments: what was handed to TCP in one go, in order.
        gaps: the gaps that were asked for between segments.
        dropped: the run has dropped TCP.
        idle: TCP takes everything at once; a test may change it.
    """

    def __init__(self, case: Case, timing: Timing | None = None) -> None:
        self.now = 0.0
        self.timers: dict[Timer, float] = {}
        self.segments: deque[bytes] = deque()
        self.gaps: set[float] = set()
        self.dropped = False
        self.why_dropped = ""
        self.sent = 0
        self.idle = True
        self._sent_frames = Decoder()
        self.run = CaseRun(case, keys=_numbered_keys(), timing=timing or Timing(), clock=lambda: self.now, shell=self)
        self.run.connected(self, PORT)

    def open(self, *answers: str) -> MemoryShell:
        """Answer the opening handshake."""
        self.run.answered(101, answers, HEAD)
        self.run.opened()
        return self

    # Shell and output

    def set_timer(self, timer: Timer, seconds: float) -> None:
        self.timers[timer] = self.now + seconds

    def cancel_timer(self, timer: Timer) -> None:
        self.timers.pop(timer, None)

    def drop(self, why: str) -> None:
        self.dropped, self.why_dropped = True, why

    def write(self, octets: bytes, segment: int = 1 << 18, gap: float = 0.0) -> None:
        self.sent += len(octets)
        self.gaps.add(gap)
        self.segments.extend(octets[at : at + segment] for at in range(0, len(octets), segment))

    # Time

    def next_timer(self) -> Timer:
        """Move the time to the timer that runs out next."""
        timer = min(self.timers, key=lambda each: self.timers[each])
        self.now = max(self.now, self.timers.pop(timer))
        self.run.timeout(timer)
        return timer

    def advance(self, seconds: float) -> None:
        """Move the time; timers run out on the way."""
        until = self.now + seconds
        while self.timers and min(self.timers.values()) <= until:
            self.next_timer()
        self.now = until

    # The peer

    def receive(self, *frames: bytes) -> None:
        """Let octets arrive, and give the run as many turns as it wants."""
        more = self.run.receive(b"".join(frames))
        while more:
            more = self.run.receive(b"")

    def frames(self) -> list[Received]:
        """Take the segments that were sent, and return the frames in them."""
        octets = b"".join(self.segments)
        self.segments.clear()
        return self._sent_frames.feed(octets)

    def end(self, end: TcpEnd = TcpEnd.FIN) -> Transcript:
        """End TCP."""
        self.timers.clear()
        return self.run.connection_lost(end, self.why_dropped)


def play_against(name: str, case: Case, timing: Timing | None = None) -> Transcript:
    """Play a case against a crooked server in memory."""
    how = CROOKED[name]
    shell = MemoryShell(case, timing)
    try:
        field, agreed = how.negotiation().agree(case.offers)
    except RefusedError as refused:
        shell.run.answered(refused.status, ())
        return shell.run.connection_lost(TcpEnd.FIN, "refused")
    shell.open(*([field] if field else []))
    sock = _Socket(shell)
    shared = Shared(pause=shell.advance)
    shared.opened.append(sock)
    shared.over.set()  # so that nothing waits for it
    connection = how.connection(sock, how.codec(agreed) if agreed else None, shared)
    with suppress(ConnectionResetError):
        connection.serve(b"")
    with suppress(ConnectionResetError):
        connection.end()
    return shell.end(sock.end)


class _Socket:
    """The peer's end of the connection. While the peer waits for octets, time passes."""

    end = TcpEnd.FIN

    def __init__(self, shell: MemoryShell) -> None:
        self._shell = shell
        self._is_over = False

    def recv(self, size: int = 0) -> bytes:
        """Return the next segment, or nothing once the run has dropped TCP or the peer has ended it."""
        shell = self._shell
        while not self._is_over and not shell.segments:
            if shell.dropped:
                return b""
            shell.next_timer()  # fails if there is none: the two would wait for each other
        return b"" if self._is_over else shell.segments.popleft()

    def sendall(self, octets: bytes) -> None:
        """Hand octets to the run."""
        if self._shell.dropped or self._is_over:
            raise ConnectionResetError
        self._shell.receive(octets)

    def shutdown(self, how: int) -> None:
        """End TCP: the run ends when the peer has ended its half."""
        self._is_over = True

    def setsockopt(self, *option: object) -> None:
        """End TCP with RST when it is closed."""
        self.end = TcpEnd.RST

    def close(self) -> None:
        """End TCP."""
        self._is_over = True
