"""Play many cases at once, within the capacity of the peer."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from wsconform.conversation.model import Case, Pause
from wsconform.conversation.playing.player import Player
from wsconform.conversation.transcript import Transcript

__all__ = ["Pool"]

Done = Callable[[Case, "Transcript | Failure"], None]


class Pool:
    """Plays cases with one player, ``capacity`` units of weight at a time.

    Light cases come first, so that heavy ones cannot make them miss their short deadlines; among them, cases with
    pauses start first. Then come the heaviest cases, so that none of them runs alone at the end.
    """

    def __init__(self, player: Player, capacity: int) -> None:
        self._player = player
        self._free = self._capacity = max(1, capacity)
        self._waiting: deque[Case] = deque()
        self._running = 0
        self._finished: Deferred[None] = Deferred()
        self._stopped = False

    def play(self, cases: Sequence[Case], done: Done) -> Deferred[None]:
        """Play all cases. Call it once, in the reactor's thread.

        Args:
            cases: the cases to play.
            done: called for each case as it ends.

        Returns:
            a Deferred that fires after the last case.
        """
        self._done = done
        self._waiting.extend(sorted(cases, key=lambda case: (case.weight > 1, -case.weight, -_pauses(case))))
        self._start_more()
        return self._finished

    def stop(self) -> None:
        """Start no more cases; those that run are played to the end."""
        self._stopped = True
        self._waiting.clear()

    def _start_more(self) -> None:
        while self._waiting and (self._cost(self._waiting[0]) <= self._free):
            case = self._waiting.popleft()
            self._free -= self._cost(case)
            self._running += 1
            self._player.play(case).addBoth(self._ended, case)
        if not self._running and not self._waiting and not self._finished.called:
            self._finished.callback(None)

    def _cost(self, case: Case) -> int:
        return min(case.weight, self._capacity)

    def _ended(self, outcome: Transcript | Failure, case: Case) -> None:
        self._free += self._cost(case)
        self._running -= 1
        self._done(case, outcome)
        self._start_more()


def _pauses(case: Case) -> float:
    return sum(step.seconds for step in case.send if isinstance(step, Pause))
