"""Plays raw cases on a server of its own, plays again what did not pass, and says what came of each.

One case after the other, so that what the log says belongs to somebody; those that mostly wait at the same
time; those that end the server last, each on a fresh instance.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from types import MappingProxyType

from wsconform.model import Judgement, Verdict
from wsconform.play import settle
from wsconform.script.events import ScriptTranscript
from wsconform.script.facts import ServerFacts
from wsconform.script.judge import judge_script
from wsconform.script.limits import Limits
from wsconform.script.model import ScriptCase
from wsconform.script.playing.player import ScriptPlayer

__all__ = ["SCRIPT_SETTINGS", "ScriptOutcome", "ScriptPlay", "ScriptRunner"]

#: Django settings for the instance on which raw cases are played: silent clients are noticed within seconds, and
#: not every origin is welcome.
SCRIPT_SETTINGS: Mapping[str, object] = MappingProxyType(
    {
        "WEBSOCKET_PING_INTERVAL": 1.5,
        "WEBSOCKET_PING_TIMEOUT": 1.5,
        "WEBSOCKET_CLOSE_TIMEOUT": 1.0,
        "WEBSOCKET_ALLOWED_ORIGINS": ["https://site.example"],
    }
)


@dataclass(frozen=True, slots=True)
class ScriptPlay:
    """One play of a raw case, judged.

    Attributes:
        alone: nothing else was played at the same time.
        started: seconds since the first case.
        transcript: None if it was not played.
    """

    judgement: Judgement
    alone: bool
    started: float
    transcript: ScriptTranscript | None = None


@dataclass(frozen=True, slots=True)
class ScriptOutcome:
    """What is said of a case in the end; ``plays`` are in order, and ``final`` is one of them but for what is known."""

    case: ScriptCase
    final: ScriptPlay
    plays: tuple[ScriptPlay, ...]


@dataclass
class ScriptRunner:
    """The raw cases of one cell. Use it once.

    Attributes:
        start: launches an instance of the server with `SCRIPT_SETTINGS`.
        report: is told each outcome, in the order in which they are settled.
        capacity: connections that the server holds at once.
        known_failures: by case, why it cannot pass on this server, whatever the target does.
        scale: multiplies every time limit.
        replays: play again what did not pass.
    """

    start: Callable[[], AbstractContextManager[ServerFacts]]
    report: Callable[[ScriptOutcome], None]
    capacity: int
    known_failures: Mapping[str, str]
    scale: float = 1.0
    replays: bool = True

    def play(self, cases: Sequence[ScriptCase]) -> None:
        """Play every case and report an outcome for each.

        Raises:
            SetupError: the server cannot be started; what was settled is reported.
        """
        self._began = time.monotonic()
        self._stack = ExitStack()
        self._player: ScriptPlayer | None = None
        with self._stack:
            for case in (case for case in cases if case.needs > self.capacity):
                self._leave_out(case)
            playable = [case for case in cases if case.needs <= self.capacity]
            waiting = [case for case in playable if case.slow and not _is_exclusive(case)]
            for case in playable:
                if not case.slow and not _is_exclusive(case):
                    self._settle(case, self._once(case))
            for case, play in self._at_once(waiting):
                self._settle(case, play)
            for case in sorted(filter(_is_exclusive, playable), key=lambda case: case.ends_server):
                self._settle(case, self._once(case))

    def _leave_out(self, case: ScriptCase) -> None:
        said = Judgement(Verdict.INFO, f"needs {case.needs} connections at once; this server holds {self.capacity}")
        play = ScriptPlay(said, alone=True, started=self._now())
        self.report(ScriptOutcome(case, play, (play,)))

    def _now(self) -> float:
        return time.monotonic() - self._began

    # Plays

    def _once(self, case: ScriptCase) -> ScriptPlay:
        """Play a case alone, on a server that is well before it and will be replaced if it is not after it."""
        if case.ends_server:
            self._stop()
        play = self._judged(self._running(), case, alone=True)
        if case.ends_server or play.judgement.verdict is Verdict.CRASH:
            self._stop()
        return play

    def _at_once(self, cases: Sequence[ScriptCase]) -> Iterator[tuple[ScriptCase, ScriptPlay]]:
        """Play cases that mostly wait, as many at the same time as the server holds connections."""
        if not cases:
            return
        player = self._running()
        with ThreadPoolExecutor(max(1, min(len(cases), self.capacity // 2)), "raw") as pool:
            playing = {pool.submit(self._judged, player, case, alone=False): case for case in cases}
            try:
                plays = [(playing[done], done.result()) for done in as_completed(playing)]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                self._stop()  # whatever is awaited from it ends with it
                raise
        if any(play.judgement.verdict is Verdict.CRASH for _, play in plays):
            self._stop()
        yield from plays

    def _judged(self, player: ScriptPlayer, case: ScriptCase, *, alone: bool) -> ScriptPlay:
        started = self._now()
        try:
            transcript = player.play(case)
        except Exception as error:
            said = Judgement(Verdict.HARNESS_ERROR, f"the suite failed: {type(error).__name__}: {error}")
            return ScriptPlay(said, alone, started)
        return ScriptPlay(judge_script(case, transcript), alone, started, transcript)

    def _running(self) -> ScriptPlayer:
        if self._player is None:
            server = self._stack.enter_context(self.start())
            self._player = ScriptPlayer(server, capacity=self.capacity, limits=Limits(self.scale))
        return self._player

    def _stop(self) -> None:
        self._player = None
        self._stack.close()

    def _settle(self, case: ScriptCase, play: ScriptPlay) -> None:
        reason = self.known_failures.get(case.id, "")
        final, plays = settle(play, lambda: self._once(case), reason=reason, replays=self.replays)
        self.report(ScriptOutcome(case, final, plays))


def _is_exclusive(case: ScriptCase) -> bool:
    return case.ends_server or case.counts
