"""Play conversations on a server, many at the same time, and repeat alone the ones that did not pass.

It runs in the main thread; the conversations run in the reactor's thread.
"""

from __future__ import annotations

import queue
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from twisted.python.failure import Failure

from wsconform.conversation.judge import judge, parity
from wsconform.conversation.model import Case
from wsconform.conversation.playing.calibrate import calibrate
from wsconform.conversation.playing.player import Player, Timing
from wsconform.conversation.playing.pool import Pool
from wsconform.conversation.playing.reactor import in_reactor, reactor
from wsconform.conversation.transcript import TcpEnd, Transcript
from wsconform.errors import ServerLostError, UnreachableError
from wsconform.kind import Calibration, CellContext, CellServer, Settings
from wsconform.model import Judgement, Verdict
from wsconform.play import Outcome, Play, cut_off, decide, fits_together, harness_error, lightened
from wsconform.wire.address import Address

__all__ = ["ConversationOutcome", "ConversationRunner", "measure", "play"]

#: After this many repetitions in a row that confirm the first play, load is ruled out, and further cases are repeated
#: several at a time.
CONFIRMATIONS = 6
REPEATED_TOGETHER = 16

#: Maximum seconds of a play, even if the server keeps sending; multiplied only by ``--timeout-scale``.
CEILING = 300.0

_PROBE = Case("", "Open and close.", (), within=0.0)

ConversationPlay = Play[Transcript]
ConversationOutcome = Outcome[Case, Transcript]


def play(context: CellContext, cases: Sequence[Case]) -> None:
    """Play conversations on a cell and report each outcome.

    Raises:
        ServerLostError: the server died and cannot be restarted, or was dead after the last case; outcomes so far
            have been reported.
    """
    runner = ConversationRunner(context)
    runner.play(cases)
    if not runner.is_there():
        raise ServerLostError("the server was gone after the last case")


def measure(server: CellServer, settings: Settings) -> Calibration:
    """Measure whether and how fast a server answers opening handshakes, and how many connections it can hold."""
    player = _player(server, settings, _timing(settings))
    found: Calibration = in_reactor(calibrate, player, settings.concurrency)
    return found


def _timing(settings: Settings, measured: float = 1.0, **limits: float) -> Timing:
    """Return the time limits; the measured factor scales all of them except the ceiling."""
    return Timing(scale=settings.timeout_scale * measured, ceiling=settings.timeout_scale * CEILING, **limits)


def _player(server: CellServer, settings: Settings, timing: Timing, *, patient: bool = False) -> Player:
    return Player(
        server.url,
        reactor=reactor,
        timing=timing,
        seed=settings.seed,
        trust=server.trust,
        additions=server.additions,
        patient=patient,
    )


class ConversationRunner:
    """The conversations of one cell. Use it once."""

    def __init__(self, context: CellContext) -> None:
        self._context, self._server, self._settings = context, context.server, context.settings
        self._calibration = context.calibration
        self._restarted = False  # since the beginning of a round

    @classmethod
    def measured(
        cls, server: CellServer, settings: Settings, report: Callable[[ConversationOutcome], None]
    ) -> ConversationRunner:
        """Measure a server and return a runner for it.

        Raises:
            UnreachableError: the server cannot be reached, or answers no opening handshake.
        """
        found = measure(server, settings)
        require_reachable(server, found)
        return cls(CellContext(server, settings, found, report))

    def play(self, cases: Sequence[Case]) -> None:
        """Play every case and report an outcome for each.

        Raises:
            ServerLostError: the server died and cannot be restarted; outcomes so far have been reported.
        """
        self._began = time.monotonic()
        self._plays: dict[str, list[ConversationPlay]] = {case.id: [] for case in cases}
        if self._settings.repeat > 1:
            self._play_rounds(cases)
            return
        again = [case for case, _ in self._round(cases, self._calibration.concurrency) if not self._settle(case)]
        if again:
            self._context.replaying(len(again))
            self._repeat(again)

    # Several plays of each case, to find flaky ones

    def _play_rounds(self, cases: Sequence[Case]) -> None:
        """Play every case as often as asked for, many at the same time where that is possible."""
        repeat, waiting = self._settings.repeat, list(cases)
        for number in range(1, repeat + 1):
            self._context.repeating(number)
            self._restarted = False
            played = self._round([case for case in waiting if self._fits_together(case)], self._calibration.concurrency)
            together = [case for case, _ in played]
            if not self.is_there():
                self._revive()
            for case in together:
                plays = self._plays[case.id]
                if self._restarted:
                    plays[-1] = cut_off(plays[-1])
                self._plays[case.id] = lightened(plays)
            waiting = [case for case in waiting if not self._settle(case)]
        for case in waiting:
            while not self._settle(case):
                self._alone(case)
                self._plays[case.id] = lightened(self._plays[case.id])

    def _fits_together(self, case: Case) -> bool:
        return fits_together(self._plays[case.id], self._settings.repeat)

    # One play of each case

    def _round(
        self, cases: Sequence[Case], capacity: int, *, alone: bool = False
    ) -> Iterator[tuple[Case, ConversationPlay]]:
        """Play each case once. Cases that found no server are played after its restart."""
        waiting = list(cases)
        while waiting:
            lost = []
            for case, transcript in self._conversations(waiting, capacity):
                if _never_connected(transcript):
                    lost.append(case)
                    continue
                play = self._judged(case, transcript, alone=alone)
                self._plays[case.id].append(play)
                yield case, play
            waiting = lost
            if lost:
                self._revive()

    def _conversations(self, cases: Sequence[Case], capacity: int) -> _Conversations:
        timing = _timing(self._settings, self._calibration.scale)
        # A server that holds one connection at a time cannot be measured while that is open.
        patient = self._calibration.concurrency > 1
        return _Conversations(_player(self._server, self._settings, timing, patient=patient), cases, capacity)

    def _judged(self, case: Case, transcript: Transcript | Failure, *, alone: bool) -> ConversationPlay:
        now = time.monotonic() - self._began
        if isinstance(transcript, Failure):
            return harness_error(transcript.value, alone=alone, started=now)
        started = now - transcript.seconds
        # A transcript may take many mebibytes, and is kept until the case is settled.
        kept = transcript.excerpt()
        return Play(judge(case, transcript), alone, started, kept, parity(case, transcript))

    def _revive(self) -> None:
        if self.is_there():
            return
        if not self._server.restart():
            raise ServerLostError(
                f"{Address.parse(self._server.url).shown} does not answer any more, and it is not ours to restart"
            )
        self._restarted = True

    def is_there(self) -> bool:
        """Return whether the server answers an opening handshake; a server that hangs counts as dead.

        For a server that has refused opening handshakes from the start, return whether it can be reached.
        """
        player = _player(self._server, self._settings, _timing(self._settings, closing=0.2, tcp=0.2))
        seen: Transcript = in_reactor(player.play, _PROBE)
        return seen.opened or (bool(self._calibration.refusal) and not _never_connected(seen))

    # Repetitions: load must not affect a verdict, and flaky results must be visible

    def _repeat(self, cases: Sequence[Case]) -> None:
        """Repeat light and heavy cases separately: a peer may be fast with one kind and slow with the other."""
        self._repeat_alike([case for case in cases if case.weight == 1])
        self._repeat_alike([case for case in cases if case.weight > 1])

    def _repeat_alike(self, cases: Sequence[Case]) -> None:
        waiting, confirmed = deque(cases), 0
        while waiting and confirmed < CONFIRMATIONS:
            confirmed = confirmed + 1 if self._settle_alone(waiting.popleft()) else 0
        together = list(self._round(waiting, min(REPEATED_TOGETHER, self._calibration.concurrency)))
        for case in [case for case, _ in together if not self._settle(case)]:
            self._settle_alone(case)

    def _settle_alone(self, case: Case) -> bool:
        """Play a case alone until it is settled; return whether that confirmed the first play."""
        first = self._plays[case.id][0]
        one = self._alone(case)
        confirmed = one.agrees(first)
        while not self._settle(case):
            self._alone(case)
        return confirmed

    def _alone(self, case: Case) -> ConversationPlay:
        ((_, play),) = self._round([case], 1, alone=True)
        if self.is_there():
            return play
        if play.judgement.verdict is not Verdict.HARNESS_ERROR:
            reason = "the server died while this case was played alone"
            play = replace(play, judgement=Judgement(Verdict.CRASH, reason, case.clauses[:1]))
            self._plays[case.id][-1] = play
        self._revive()
        return play

    def _settle(self, case: Case) -> bool:
        """Report the outcome of a case if its plays so far suffice."""
        plays = self._plays[case.id]
        outcome = decide(
            case,
            plays,
            repeat=self._settings.repeat,
            known_failure=self._context.known_failure(case),
            replays=self._settings.replays,
            for_grades=self._settings.for_grades,
        )
        if outcome is None:
            return False
        del self._plays[case.id]
        self._context.report(outcome)
        return True


def require_reachable(server: CellServer, found: Calibration) -> None:
    """Raise UnreachableError unless an opening handshake succeeded."""
    if found.refusal:
        what = "cannot be reached"
        if found.reached:
            what = "refused the opening handshake" if found.answered else "is no HTTP server, or does not answer"
        raise UnreachableError(f"{Address.parse(server.url).shown} {what}: {found.refusal}")


def _never_connected(transcript: Transcript | Failure) -> bool:
    return isinstance(transcript, Transcript) and transcript.ending.tcp is TcpEnd.NEVER


class _Conversations:
    """Plays cases in the reactor's thread and yields their transcripts in the main thread."""

    def __init__(self, player: Player, cases: Sequence[Case], capacity: int) -> None:
        self._cases = cases
        self._pool = Pool(player, capacity)
        self._ended: queue.SimpleQueue[tuple[Case, Transcript | Failure]] = queue.SimpleQueue()

    def __iter__(self) -> _Conversations:
        self._left = len(self._cases)
        reactor.callFromThread(self._pool.play, self._cases, lambda *ended: self._ended.put(ended))
        return self

    def __next__(self) -> tuple[Case, Transcript | Failure]:
        if not self._left:
            raise StopIteration
        self._left -= 1
        try:
            return self._ended.get()
        except BaseException:
            reactor.callFromThread(self._pool.stop)
            raise
