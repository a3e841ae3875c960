"""Play scripts on a server of their own, and repeat what did not pass.

One script after the other, so that the server's log can be attributed to a script; those that mostly wait at the same
time; those that end the server last, each on a fresh server.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from types import MappingProxyType

from wsconform.instance import Instance, needs_more_connections
from wsconform.kind import CellContext
from wsconform.play import Outcome, Play, settle, settle_one
from wsconform.script.events import ScriptTranscript
from wsconform.script.facts import ServerFacts
from wsconform.script.judge import judge_script
from wsconform.script.limits import Limits
from wsconform.script.model import ScriptCase
from wsconform.script.playing.player import ScriptPlayer

__all__ = ["SCRIPT_SETTINGS", "ScriptOutcome", "ScriptRunner", "play"]

ScriptPlay = Play[ScriptTranscript]
ScriptOutcome = Outcome[ScriptCase, ScriptTranscript]

#: Django settings for the server on which scripts are played: silent clients are noticed within seconds, and not
#: every origin is allowed.
SCRIPT_SETTINGS: Mapping[str, object] = MappingProxyType(
    {
        "WEBSOCKET_PING_INTERVAL": 1.5,
        "WEBSOCKET_PING_TIMEOUT": 1.5,
        "WEBSOCKET_CLOSE_TIMEOUT": 1.0,
        "WEBSOCKET_ALLOWED_ORIGINS": ["https://site.example"],
    }
)


def play(context: CellContext, cases: Sequence[ScriptCase]) -> None:
    """Play scripts on a cell and report each outcome.

    Raises:
        SetupError: the server cannot be started; what was settled is reported.
    """
    launch = context.launch
    if launch is None:
        return
    ScriptRunner(
        lambda: launch(SCRIPT_SETTINGS),
        report=context.report,
        capacity=context.capacity,
        known_failures=context.known_failures,
        scale=context.settings.timeout_scale,
        replays=context.settings.replays,
    ).play(cases)


@dataclass
class ScriptRunner:
    """The scripts of one cell. Use it once.

    Attributes:
        launch: launches the server with `SCRIPT_SETTINGS`.
        report: takes each outcome, in the order in which scripts are settled.
        capacity: connections that the server holds at once.
        known_failures: by script, why it cannot pass on this server, whatever the target is.
        scale: multiplies every time limit.
        replays: repeat what did not pass.
    """

    launch: Callable[[], AbstractContextManager[ServerFacts]]
    report: Callable[[ScriptOutcome], None]
    capacity: int
    known_failures: Mapping[str, str]
    scale: float = 1.0
    replays: bool = True

    def play(self, cases: Sequence[ScriptCase]) -> None:
        """Play every script and report an outcome for each.

        Raises:
            SetupError: the server cannot be started; what was settled is reported.
        """
        self._began = time.monotonic()
        playable = [case for case in cases if case.needs <= self.capacity]
        for case in (case for case in cases if case.needs > self.capacity):
            self.report(settle_one(case, needs_more_connections(case.needs, self.capacity, self._now())))
        waiting = [case for case in playable if case.slow and not _is_exclusive(case)]
        with Instance(self._launched, judge_script, self._now) as self._instance:
            for case in playable:
                if not case.slow and not _is_exclusive(case):
                    self._settle(case, self._alone(case))
            for case, first in self._instance.play_together(waiting, self.capacity // 2):
                self._settle(case, first)
            for case in sorted(filter(_is_exclusive, playable), key=lambda case: case.ends_server):
                self._settle(case, self._alone(case))

    def _now(self) -> float:
        return time.monotonic() - self._began

    @contextmanager
    def _launched(self) -> Iterator[Callable[[ScriptCase], ScriptTranscript]]:
        with self.launch() as server:
            yield ScriptPlayer(server, capacity=self.capacity, limits=Limits(self.scale)).play

    def _alone(self, case: ScriptCase) -> ScriptPlay:
        """Play a script alone; one that ends the server, on a server that nothing was played on before."""
        if case.ends_server:
            self._instance.stop()
        play = self._instance.play_alone(case)
        if case.ends_server:
            self._instance.stop()
        return play

    def _settle(self, case: ScriptCase, first: ScriptPlay) -> None:
        known_failure = self.known_failures.get(case.id, "")
        again = lambda: self._alone(case)  # noqa: E731 (shorter than a function)
        self.report(settle(case, first, again, known_failure=known_failure, replays=self.replays))


def _is_exclusive(case: ScriptCase) -> bool:
    return case.ends_server or case.counts
