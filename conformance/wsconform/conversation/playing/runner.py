"""Plays a selection of cases on one cell, re-plays what did not pass, and says what came of each.

Runs in the main thread; conversations happen in the reactor's. Results are handed on as they happen.
"""

from __future__ import annotations

import queue
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from twisted.python.failure import Failure

from wsconform.conversation.judge import Parity, judge, parity
from wsconform.conversation.model import Case
from wsconform.conversation.playing.calibrate import Calibration, calibrate
from wsconform.conversation.playing.player import Player, Timing
from wsconform.conversation.playing.pool import Pool
from wsconform.conversation.playing.reactor import in_reactor, reactor
from wsconform.conversation.transcript import TcpEnd, Transcript
from wsconform.errors import ServerLostError, UnreachableError
from wsconform.model import Judgement, Verdict
from wsconform.play import FINE

__all__ = ["CellRunner", "Outcome", "Play", "Serving", "Settings"]

FINE_GRADES = {"OK", "INFORMATIONAL", "UNIMPLEMENTED"}
#: So many re-plays alone, one after the other, must confirm what the first play said; then load is
#: not the reason, and the rest is re-played a few at a time.
CONFIRMATIONS = 6
REPLAYED_AT_ONCE = 16

_PROBE = Case("", "Open and close.", (), within=0.0)


class Serving(Protocol):
    """The server of a cell, whoever started it."""

    @property
    def url(self) -> str:
        """Where it listens now."""

    @property
    def authority(self) -> Path | None:
        """The only CA to be trusted, if it speaks TLS and its certificate matters."""

    def restart(self) -> bool:
        """Start it anew after a crash; False if that is not ours to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a cell is played.

    Attributes:
        concurrency: connections at once, at most.
        timeout_scale: multiplies every time limit, on top of what is measured.
        replays: play again what did not pass.
        for_grades: and what passed, if Autobahn's grade speaks against it.
    """

    concurrency: int = 32
    timeout_scale: float = 1.0
    seed: int = 0
    replays: bool = True
    for_grades: bool = True


@dataclass(frozen=True, slots=True)
class Play:
    """One play of a case, judged."""

    judgement: Judgement
    parity: Parity | None
    alone: bool
    started: float  # seconds since the cell began
    transcript: Transcript | None = None

    @property
    def is_fine(self) -> bool:
        """Neither we nor Autobahn have anything to say against it."""
        ours = self.judgement.verdict in FINE
        theirs = self.parity is None or {self.parity.behavior, self.parity.close} <= FINE_GRADES
        return ours and theirs

    def agrees(self, other: Play) -> bool:
        """The two say the same."""
        return self.judgement.verdict is other.judgement.verdict and self.parity == other.parity


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is said of a case in the end: ``final`` is one of ``plays``, which are in order."""

    case: Case
    final: Play
    plays: tuple[Play, ...]


Report = Callable[[Outcome], None]


@dataclass
class CellRunner:
    """One cell. Use it once.

    Attributes:
        report: is told each outcome, in the order in which they are settled.
        replaying: is told how many cases are about to be played again.
    """

    serving: Serving
    settings: Settings
    report: Report
    replaying: Callable[[int], None] = lambda _: None
    calibration: Calibration = field(init=False)

    def measure(self) -> Calibration:
        """See whether the server is there and what it can hold. Call it before ``play``.

        Raises:
            UnreachableError: it is not there, or answers no opening handshake.
        """
        player = self._player(Timing(scale=self.settings.timeout_scale))
        found: Calibration = in_reactor(calibrate, player, self.settings.concurrency)
        self.calibration = found
        if found.refusal:
            what = "refused the opening handshake" if found.reached else "cannot be reached"
            raise UnreachableError(f"{self.serving.url} {what}: {found.refusal}")
        return found

    def play(self, cases: Sequence[Case]) -> None:
        """Play every case and report an outcome for each.

        Raises:
            ServerLostError: the server died and cannot be restarted; what was settled is reported.
        """
        self._began = time.monotonic()
        self._plays: dict[str, list[Play]] = {case.id: [] for case in cases}
        again: list[Case] = []
        for case, play in self._round(cases, self.calibration.concurrency):
            if self._will_do(play):
                self._settle(case, play)
            else:
                again.append(case)
        if again:
            self.replaying(len(again))
            self._replay(again)

    def _will_do(self, play: Play) -> bool:
        fine = play.is_fine if self.settings.for_grades else play.judgement.verdict in FINE
        return fine or not self.settings.replays

    # One play of each case

    def _round(self, cases: Sequence[Case], capacity: int, *, alone: bool = False) -> Iterator[tuple[Case, Play]]:
        """Play each once. Those that found no server are played when it is there again."""
        waiting = list(cases)
        while waiting:
            lost = []
            for case, outcome in self._conversations(waiting, capacity):
                if _never_connected(outcome):
                    lost.append(case)
                    continue
                play = self._judged(case, outcome, alone=alone)
                self._plays[case.id].append(play)
                yield case, play
            waiting = lost
            if lost:
                self._revive()

    def _conversations(self, cases: Sequence[Case], capacity: int) -> _Conversations:
        timing = Timing(scale=self.settings.timeout_scale * self.calibration.scale)
        return _Conversations(self._player(timing), cases, capacity)

    def _player(self, timing: Timing) -> Player:
        return Player(
            self.serving.url,
            reactor=reactor,
            timing=timing,
            seed=self.settings.seed,
            authority=self.serving.authority,
        )

    def _judged(self, case: Case, outcome: Transcript | Failure, *, alone: bool) -> Play:
        now = time.monotonic() - self._began
        if isinstance(outcome, Failure):
            said = Judgement(Verdict.HARNESS_ERROR, f"the suite failed: {outcome.getErrorMessage()}")
            return Play(said, None, alone, now)
        return Play(judge(case, outcome), parity(case, outcome), alone, now - outcome.seconds, outcome)

    def _revive(self) -> None:
        if self.is_there():
            return
        if not self.serving.restart():
            raise ServerLostError(f"{self.serving.url} does not answer any more, and it is not ours to restart")

    def is_there(self) -> bool:
        """Whether an opening handshake is answered at the URL: a server that hangs is as good as dead.

        Of a server that has refused it from the beginning, only that it is reached.
        """
        timing = Timing(closing=0.2, tcp=0.2, scale=self.settings.timeout_scale)
        seen: Transcript = in_reactor(self._player(timing).play, _PROBE)
        return seen.opened or (bool(self.calibration.refusal) and not _never_connected(seen))

    # Re-plays: load must not make a verdict, and flakiness must be seen

    def _replay(self, cases: Sequence[Case]) -> None:
        """Light and heavy cases apart: a peer that is quick with the ones may be slow with the others."""
        self._replay_alike([case for case in cases if case.weight == 1])
        self._replay_alike([case for case in cases if case.weight > 1])

    def _replay_alike(self, cases: Sequence[Case]) -> None:
        waiting, confirmed = deque(cases), 0
        while waiting and confirmed < CONFIRMATIONS:
            confirmed = confirmed + 1 if self._settle_alone(waiting.popleft()) else 0
        # So many first plays in a row are confirmed that load was not the reason: the rest may go together.
        for case, play in list(self._round(waiting, min(REPLAYED_AT_ONCE, self.calibration.concurrency))):
            if play.agrees(self._plays[case.id][0]):
                self._settle(case, play)
                waiting.remove(case)
        for case in waiting:
            self._settle_alone(case)

    def _settle_alone(self, case: Case) -> bool:
        """Play a case alone until two plays agree; whether that confirmed the first one."""
        first, one = self._plays[case.id][0], self._alone(case)
        if one.judgement.verdict is Verdict.CRASH or one.agrees(first):
            self._settle(case, one)
            return one.agrees(first)
        two = self._alone(case)
        self._settle(case, max(one, two, key=_badness))
        return False

    def _alone(self, case: Case) -> Play:
        ((_, play),) = self._round([case], 1, alone=True)
        if self.is_there():
            return play
        said = Judgement(Verdict.CRASH, "the server died while this case was played alone", case.clauses[:1])
        crash = replace(play, judgement=said)
        self._plays[case.id][-1] = crash
        self._revive()
        return crash

    def _settle(self, case: Case, final: Play) -> None:
        # What was seen of a case of many mebibytes is not kept until the last case is over.
        self.report(Outcome(case, final, tuple(self._plays.pop(case.id))))


def _badness(play: Play) -> tuple[bool, bool]:
    return play.judgement.verdict not in FINE, not play.is_fine


def _never_connected(outcome: Transcript | Failure) -> bool:
    return isinstance(outcome, Transcript) and outcome.ending.tcp is TcpEnd.NEVER


class _Conversations:
    """Plays cases in the reactor's thread and yields their transcripts in ours, as they end."""

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
        return self._ended.get()
