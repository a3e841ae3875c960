"""A server instance for cases that need their own: launched when needed, replaced after a crash."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import Generic, Protocol, TypeVar

from wsconform.model import Judgement, Verdict
from wsconform.play import Play, Timed, cut_off, fits_together, harness_error, lightened

__all__ = ["GivenUpError", "Instance"]

C = TypeVar("C")


class _Transcript(Timed, Protocol):
    @property
    def alive(self) -> bool:
        """Whether the server was alive after the play."""


T = TypeVar("T", bound=_Transcript)
Player = Callable[[C], T]


class GivenUpError(Exception):
    """The run was stopped, so nothing more is played on this instance."""


class Instance(AbstractContextManager["Instance[C, T]"], Generic[C, T]):
    """A server on which cases are played alone, or several at the same time.

    Args:
        launch: starts the server and returns a function that plays a case on it; leaving the block ends the server.
        judge: judges a transcript.
        clock: seconds since the first case.
    """

    def __init__(
        self,
        launch: Callable[[], AbstractContextManager[Player[C, T]]],
        judge: Callable[[C, T], Judgement],
        clock: Callable[[], float],
    ) -> None:
        self._launch, self._judge, self._clock = launch, judge, clock
        self._stack = ExitStack()
        self._player: Player[C, T] | None = None
        self.given_up = False

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._player = None
        self._stack.__exit__(kind, error, trace)

    def play_alone(self, case: C) -> Play[T]:
        """Play a case while nothing else is played here; replace the server if it died.

        Raises:
            SetupError: the server does not start.
            GivenUpError: `give_up` was called.
        """
        play = self._play(self._running(), case, alone=True)
        self._stop_if_dead([play])
        return play

    def play_together(self, cases: Iterable[C], limit: int, repeat: int = 1) -> list[tuple[C, list[Play[T]]]]:
        """Play cases at the same time, at most ``limit`` of them; replace the server if it died.

        Args:
            cases: the cases.
            limit: the number of plays at the same time.
            repeat: the number of rounds, in each of which every case is played once. A case that did not pass is left
                out of the last round. If the server dies in one of several rounds, plays that did not pass do not
                count, since another case may have killed it.

        Returns:
            The plays of each case.

        Raises:
            SetupError: the server does not start.
            GivenUpError: `give_up` was called.
        """
        found: list[tuple[C, list[Play[T]]]] = [(case, []) for case in cases]
        for _ in range(repeat):
            chosen = [(case, plays) for case, plays in found if fits_together(plays, repeat)]
            played = self._round([case for case, _ in chosen], limit)
            died = self._player is None
            for (_, plays), play in zip(chosen, played, strict=True):
                plays[:] = [play] if repeat == 1 else lightened([*plays, cut_off(play) if died else play])
        return found

    def stop(self) -> None:
        """Stop the server; the next play launches a new one."""
        self._player = None
        self._stack.close()

    def give_up(self, error: BaseException) -> None:
        """Stop the server, which ends every wait for it, and play nothing more; call this from another thread.

        Args:
            error: the reason; after Ctrl-C the server is not stopped gracefully.
        """
        self.given_up = True
        self._stack.__exit__(type(error), error, None)

    def _running(self) -> Player[C, T]:
        if self.given_up:
            raise GivenUpError
        if self._player is None:
            self._player = self._stack.enter_context(self._launch())
        return self._player

    def _round(self, cases: Sequence[C], limit: int) -> list[Play[T]]:
        """Play each case once; return the plays in the order of the cases."""
        if not cases:
            return []
        player = self._running()
        with ThreadPoolExecutor(max(1, min(len(cases), limit)), "play") as pool:
            playing = [pool.submit(self._play, player, case, alone=False) for case in cases]
            try:
                for done in as_completed(playing):
                    done.result()
            except BaseException as error:
                pool.shutdown(wait=False, cancel_futures=True)
                self.__exit__(type(error), error, None)  # ends every wait for the server
                raise
        plays = [done.result() for done in playing]
        self._stop_if_dead(plays)
        return plays

    def _play(self, player: Player[C, T], case: C, *, alone: bool) -> Play[T]:
        if self.given_up:
            raise GivenUpError
        started = self._clock()
        try:
            seen = player(case)
        except Exception as error:
            return harness_error(error, alone=alone, started=started)
        return Play(self._judge(case, seen), alone, started, seen)

    def _stop_if_dead(self, plays: Iterable[Play[T]]) -> None:
        if any(play.judgement.verdict is Verdict.CRASH or _is_dead(play) for play in plays):
            self.stop()


def _is_dead(play: Play[T]) -> bool:
    """Whether the server died, or may have died because the suite failed."""
    return play.transcript is None or not play.transcript.alive
