"""An instance: launched when needed, shared by plays, replaced after a crash, and stopped from another thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from wsconform.instance import GivenUpError, Instance
from wsconform.model import Judgement, Verdict


@dataclass
class Seen:
    verdict: Verdict = Verdict.PASS
    alive: bool = True
    seconds: float = 0.0


class Servers:
    """Counts servers, and plays a case by calling it."""

    def __init__(self) -> None:
        self.launched = self.running = 0

    @contextmanager
    def launch(self) -> Iterator[Callable[[Callable[[], Seen]], Seen]]:
        self.launched += 1
        self.running += 1
        try:
            yield lambda case: case()
        finally:
            self.running -= 1


@pytest.fixture
def servers() -> Servers:
    return Servers()


@pytest.fixture
def instance(servers: Servers) -> Iterator[Instance[Callable[[], Seen], Seen]]:
    with Instance(servers.launch, lambda _, seen: Judgement(seen.verdict), lambda: 1.5) as instance:
        yield instance
    assert servers.running == 0


def test_nothing_is_launched_before_something_is_played(servers: Servers, instance: Instance) -> None:
    assert servers.launched == 0
    assert instance.play_together([], 3) == []
    assert servers.launched == 0


def test_plays_share_a_server(servers: Servers, instance: Instance) -> None:
    plays = [instance.play_alone(Seen) for _ in range(3)]
    assert servers.launched == 1
    assert [(play.alone, play.started, play.judgement.verdict) for play in plays] == [(True, 1.5, Verdict.PASS)] * 3


@pytest.mark.parametrize("seen", [Seen(Verdict.CRASH), Seen(Verdict.HARNESS_ERROR, alive=False)])
def test_a_dead_server_is_replaced_whatever_the_verdict_is(servers: Servers, instance: Instance, seen: Seen) -> None:
    instance.play_alone(lambda: seen)
    assert servers.running == 0
    instance.play_alone(Seen)
    assert servers.launched == 2


def test_an_exception_is_a_harness_error_of_that_case_alone(servers: Servers, instance: Instance) -> None:
    def broken() -> Seen:
        raise LookupError("no table")

    play = instance.play_alone(broken)
    assert play.judgement == Judgement(Verdict.HARNESS_ERROR, "the suite failed: LookupError: no table")
    assert instance.play_alone(Seen).judgement.verdict is Verdict.PASS


def test_cases_are_played_at_the_same_time_up_to_a_limit(instance: Instance) -> None:
    together = threading.Barrier(3, timeout=10)

    def meet() -> Seen:
        together.wait()
        return Seen()

    plays = instance.play_together([meet] * 6, 3)
    assert [play.judgement.verdict for _, (play,) in plays] == [Verdict.PASS] * 6
    assert not any(play.alone for _, (play,) in plays)


def test_in_each_round_every_case_is_played_once_but_in_the_last_one_only_what_passed(instance: Instance) -> None:
    left = iter([Verdict.PASS, Verdict.FAIL, Verdict.PASS])
    found = instance.play_together([Seen, lambda: Seen(next(left))], 2, repeat=4)
    assert [[play.judgement.verdict for play in plays] for _, plays in found] == [
        [Verdict.PASS] * 4,
        [Verdict.PASS, Verdict.FAIL, Verdict.PASS],
    ]


def test_a_failure_in_a_round_in_which_the_server_died_does_not_count(servers: Servers, instance: Instance) -> None:
    def failing() -> Seen:
        return Seen(Verdict.FAIL)

    dying = iter([Seen(Verdict.CRASH), Seen(), Seen()])
    found = dict(instance.play_together([Seen, failing, lambda: next(dying)], 3, repeat=3))
    assert [play.counts for play in found[Seen]] == [True] * 3
    assert [play.counts for play in found[failing]] == [False, True]
    assert servers.launched == 2


def test_giving_up_ends_the_server_and_plays_nothing_more(servers: Servers, instance: Instance) -> None:
    instance.play_alone(Seen)
    instance.give_up(KeyboardInterrupt())
    assert servers.running == 0
    with pytest.raises(GivenUpError):
        instance.play_alone(Seen)
