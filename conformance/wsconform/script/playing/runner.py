"""Play scripts on their own server, and repeat the ones that did not pass.

Scripts are played one by one, so that each line of the server's log belongs to one script. Scripts that mostly wait are
played at the same time. Scripts that stop the server come last, each on a fresh server.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType

from wsconform.errors import ServerLostError
from wsconform.instance import Instance
from wsconform.kind import CellContext
from wsconform.model import MiB
from wsconform.play import Outcome, Play
from wsconform.script.events import ScriptTranscript
from wsconform.script.judge import judge_script
from wsconform.script.limits import Limits
from wsconform.script.model import ScriptCase
from wsconform.script.playing.connection import opens
from wsconform.script.playing.external import ExternalFacts
from wsconform.script.playing.player import ScriptPlayer
from wsconform.wire.address import Address

__all__ = ["SCRIPT_SETTINGS", "ScriptOutcome", "ScriptRunner", "play"]

ScriptPlay = Play[ScriptTranscript]
ScriptOutcome = Outcome[ScriptCase, ScriptTranscript]

#: Django settings for the server of scripts: silent clients are detected within seconds, only some origins are allowed,
#: and the limit for messages is low.
SCRIPT_SETTINGS: Mapping[str, object] = MappingProxyType(
    {
        "WEBSOCKET_PING_INTERVAL": 1.5,
        "WEBSOCKET_PING_TIMEOUT": 1.5,
        "WEBSOCKET_CLOSE_TIMEOUT": 1.0,
        "WEBSOCKET_SEND_TIMEOUT": 2.0,
        "WEBSOCKET_MAX_MESSAGE_SIZE": 4 * MiB,
        "WEBSOCKET_ALLOWED_ORIGINS": ["https://site.example"],
    }
)


def play(context: CellContext, cases: Sequence[ScriptCase]) -> None:
    """Play scripts on a cell and report each outcome.

    Raises:
        SetupError: the server cannot be started; outcomes so far have been reported.
        ServerLostError: the server was there and is not ours to restart; outcomes so far have been reported.
    """
    ScriptRunner(context).play([case for case in cases if context.launch is not None or not case.own_server])


class ScriptRunner:
    """The scripts of one cell. Use it once."""

    def __init__(self, context: CellContext) -> None:
        #: What a server at a URL holds was measured.
        self._capacity = context.capacity if context.launch is not None else context.calibration.concurrency
        self._context = replace(context, capacity=self._capacity)
        self._was_played_on = False
        self._began = time.monotonic()
        self._instance = Instance(self._launched, judge_script, lambda: time.monotonic() - self._began)

    def play(self, cases: Sequence[ScriptCase]) -> None:
        """Play every script and report an outcome for each.

        Raises:
            SetupError: the server cannot be started; outcomes so far have been reported.
        """
        playable = self._context.playable(cases)
        # At a URL there is no log whose lines must belong to one script.
        at_url = self._context.launch is None
        waiting = [case for case in playable if (case.slow or at_url) and not _is_exclusive(case)]
        together = self._capacity // (4 if at_url else 2)
        with self._instance:
            for case in playable:
                if case not in waiting and not _is_exclusive(case):
                    self._settle(case, [self._alone(case)])
            repeat = self._context.settings.repeat
            played = self._instance.play_together(waiting, together, repeat)
            if self._may_be_gone(play for _, plays in played for play in plays):
                self._instance.stop()
            for case, plays in played:
                self._settle(case, plays)
            for case in sorted(filter(_is_exclusive, playable), key=lambda case: case.ends_server):
                self._settle(case, [self._alone(case)])

    @contextmanager
    def _launched(self) -> Iterator[Callable[[ScriptCase], ScriptTranscript]]:
        context = self._context
        if context.launch is None:
            yield self._on_url().play
            return
        with context.launch(SCRIPT_SETTINGS) as server:
            limits = Limits(context.settings.timeout_scale)
            yield ScriptPlayer(server, capacity=self._capacity, limits=limits).play

    def _on_url(self) -> ScriptPlayer:
        """Return a player for the server at the URL; if it was played on before and is gone, it is started again.

        Raises:
            ServerLostError: it answers no opening handshake any more, and it is not ours to restart.
        """
        context = self._context
        limits = Limits(context.settings.timeout_scale * context.calibration.scale)
        facts = self._facts()
        if self._was_played_on and not opens(facts, limits):
            if context.server.restart():
                facts = self._facts()  # it may have another port
            elif not context.comes_back(lambda: opens(facts, limits)):
                raise ServerLostError(
                    f"{Address.parse(facts.url).shown} does not answer any more, and it is not ours to restart"
                )
        self._was_played_on = True
        return ScriptPlayer(facts, capacity=self._capacity, limits=replace(limits, quiet=0.0))  # there is no log

    def _facts(self) -> ExternalFacts:
        return ExternalFacts(self._context.server, refuses=bool(self._context.calibration.refusal))

    def _alone(self, case: ScriptCase) -> ScriptPlay:
        """Play a script alone; if it stops the server, on a fresh server."""
        if case.ends_server:
            self._instance.stop()
        play = self._instance.play_alone(case)
        if case.ends_server or self._may_be_gone([play]):
            self._instance.stop()
        return play

    def _may_be_gone(self, plays: Iterable[ScriptPlay]) -> bool:
        """Return whether the server at a URL must be looked for before the next play: it may be restarting."""
        return self._context.launch is None and not all(play.passed for play in plays)

    def _settle(self, case: ScriptCase, plays: Sequence[ScriptPlay]) -> None:
        try:
            self._context.settle(case, plays, lambda: self._alone(case))
        except ServerLostError:
            self._context.settle_one(case, plays[-1])
            raise


def _is_exclusive(case: ScriptCase) -> bool:
    return case.ends_server or case.counts
