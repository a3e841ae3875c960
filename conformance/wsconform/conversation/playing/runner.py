"""Play conversations on a server, many at the same time, and repeat alone the ones that did not pass.

It runs in the main thread; the conversations run in the reactor's thread.
"""

from __future__ import annotations

import queue
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from twisted.python.failure import Failure

from wsconform.conversation import charges
from wsconform.conversation.judge import judge, parity
from wsconform.conversation.model import Case
from wsconform.conversation.playing.calibrate import calibrate
from wsconform.conversation.playing.player import Player, Timing
from wsconform.conversation.playing.pool import Pool
from wsconform.conversation.playing.reactor import in_reactor, reactor
from wsconform.conversation.transcript import TcpEnd, Transcript
from wsconform.errors import ServerLostError, UnreachableError
from wsconform.kind import Calibration, CellContext, CellServer, Settings
from wsconform.model import Verdict
from wsconform.play import Outcome, Play, cut_off, decide, fits_together, harness_error, lightened, settle_one
from wsconform.wire.address import Address

__all__ = ["ConversationOutcome", "ConversationRunner", "measure", "play"]

#: After this many repetitions in a row that confirm the first play, load is ruled out, and further cases are repeated
#: several at a time.
CONFIRMATIONS = 6
REPEATED_TOGETHER = 16

#: Maximum seconds of a play, even if the server keeps sending; multiplied only by ``--timeout-scale``.
CEILING = 300.0

#: Connections that were lost within this many seconds before the last one may have been open when the server died.
SAME_TIME = 0.5
#: Maximum number of suspects to name.
SHOWN = 40

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
        self._cases: dict[str, Case] = {}
        self._accused: list[Sequence[str]] = []  # for each death of the server, the cases that were being played
        self._lost: dict[str, ConversationPlay] = {}  # the plays that were lost since the server was seen last
        self._crashed: set[str] = set()  # the cases that killed it when played alone
        self._ends: Counter[TcpEnd] = Counter()  # how TCP ended after the closing handshake
        self._declined = self._limited = self._settled = 0

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
            ServerLostError: the server died, is not ours to restart and did not come back; the outcomes of which we
                are sure have been reported.
        """
        self._began = time.monotonic()
        self._cases = {case.id: case for case in cases}
        self._plays: dict[str, list[ConversationPlay]] = {case.id: [] for case in cases}
        try:
            self._play_all(cases)
        except ServerLostError:
            self._settle_certain()
            raise
        finally:
            for remark in self._remarks():
                self._context.remark(remark)

    def _play_all(self, cases: Sequence[Case]) -> None:
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
                self._revive(self._calibration.concurrency)
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
            unplayed = []
            for case, transcript in self._conversations(waiting, capacity):
                if _never_connected(transcript):
                    unplayed.append(case)
                    continue
                play = self._judged(case, transcript, alone=alone)
                self._plays[case.id].append(play)
                if play.lost:
                    self._lost[case.id] = play
                yield case, play
            waiting = unplayed
            if unplayed:
                self._revive(capacity)

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
        if transcript.ending.sent and transcript.ending.received:
            self._ends[transcript.ending.tcp] += 1
        # A transcript may take many mebibytes, and is kept until the case is settled.
        kept = transcript.excerpt()
        judgement, grades = judge(case, transcript), parity(case, transcript)
        return Play(judgement, alone, started, kept, grades, lost=transcript.lost)

    # A server that dies

    def _revive(self, capacity: int) -> None:
        """Restart the server if it is gone, or wait until it comes back by itself.

        Args:
            capacity: the number of connections at the same time until now.

        Raises:
            ServerLostError: it is gone for good.
        """
        suspects = _suspects(self._lost, capacity)
        self._accused.append([id_ for id_ in suspects if _opened(self._lost[id_])])
        self._lost.clear()
        there = self.is_there()
        if there:
            return
        if not (self._server.restart() or self._context.comes_back(self.is_there)):
            self._accuse(suspects, capacity)
            shown = Address.parse(self._server.url).shown
            raise ServerLostError(
                f"{shown} does not answer any more, and it is not ours to restart{_being_played(suspects)}"
            )
        self._restarted = True

    def _accuse(self, suspects: Sequence[str], capacity: int) -> None:
        """Report a crash if a single case was being played when the server died."""
        if capacity == 1:
            for id_ in suspects:
                case, plays = self._cases[id_], self._plays.pop(id_)
                reason = "the server died while only this case was played, and did not come back"
                self._crashed.add(id_)
                died = replace(plays[-1], judgement=charges.DIED.against(case, reason), alone=True)
                self._report(settle_one(case, died, known_failure=self._context.known_failure(case)))

    def _settle_certain(self) -> None:
        """Report the cases of which no further play could change the verdict."""
        for id_, plays in list(self._plays.items()):
            sure = [play for play in plays if play.judgement.certain and not play.passed]
            if sure:
                case = self._cases[id_]
                self._report(settle_one(case, sure[0], known_failure=self._context.known_failure(case)))
                del self._plays[id_]

    # The server as a whole

    def _report(self, outcome: ConversationOutcome) -> None:
        final = outcome.final
        self._settled += 1
        if final.judgement.verdict is Verdict.DECLINED and final.transcript is not None:
            self._declined += final.transcript.agreement is None and bool(outcome.case.offers)
            self._limited += outcome.case.tolerate is not None and outcome.case.tolerate.limit
        self._context.report(outcome)

    def _remarks(self) -> Iterator[str]:
        """Yield what must be said once for the server and not of a case."""
        for suspects in self._accused:
            if suspects and not self._crashed.intersection(suspects):
                played = _being_played(suspects)
                yield f"the server was gone for a moment{played}; none of them killed it when played alone"
        if self._declined:
            yield f"without compression: {self._declined} of {self._settled} cases had nothing to test"
        if self._limited:
            yield f"with limits: {self._limited} of {self._settled} cases were refused because of a limit of the server"
        if resets := self._ends[TcpEnd.RST]:
            yield (
                f"{resets} of {self._ends.total()} connections ended with RST after the closing handshake; RFC 6455 "
                "section 7.1.1 asks for a clean end, since RST can destroy a Close frame in transit"
            )

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
        # Beside others, a connection may have been lost because another case killed the server.
        for case in [case for case in cases if self._plays[case.id][0].lost]:
            self._settle_alone(case)
        waiting, confirmed = deque(case for case in cases if case.id in self._plays), 0
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
            self._lost.clear()
            return play
        if play.judgement.verdict is not Verdict.HARNESS_ERROR:
            reason = "the server died while this case was played alone"
            play = replace(play, judgement=charges.DIED.against(case, reason))
            self._plays[case.id][-1] = play
            self._crashed.add(case.id)
        try:
            self._revive(1)
        except ServerLostError:
            if case.id in self._plays:
                self._report(settle_one(case, play, known_failure=self._context.known_failure(case)))
            raise
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
        self._report(outcome)
        return True


def _suspects(lost: Mapping[str, ConversationPlay], capacity: int) -> list[str]:
    """Return the cases whose connections were open when the server died.

    Args:
        lost: the plays whose connection was lost, in the order in which they ended.
        capacity: the number of connections at the same time.
    """
    ends = {id_: play.started + play.seconds for id_, play in lost.items()}
    late = [id_ for id_, end in ends.items() if end >= max(ends.values()) - SAME_TIME]
    if capacity > 1:
        return late
    # A server that dies may still accept a connection or two, without an answer.
    while len(late) > 1 and not _opened(lost[late[-1]]):
        late.pop()
    return late[-1:]


def _opened(play: ConversationPlay) -> bool:
    return play.transcript is not None and play.transcript.opened


def _being_played(suspects: Sequence[str]) -> str:
    """Return the part of a sentence that names the cases that were being played."""
    if not suspects:
        return ""
    named = ", ".join(suspects[:SHOWN]) + (f" and {len(suspects) - SHOWN} more" if len(suspects) > SHOWN else "")
    return f" while {named} {'was' if len(suspects) == 1 else 'were'} being played"


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
