"""The time of a case is up at its deadline, or earlier when nothing moves."""

from __future__ import annotations

import pytest

from wsconform.conversation.deadline import CaseDeadline


def started(within: float, stall: float) -> CaseDeadline:
    deadline = CaseDeadline(within, stall)
    deadline.start(100.0)
    return deadline


@pytest.mark.parametrize(("within", "first"), [(3.0, 3.0), (30.0, 10.0), (0.0, None), (0.0004, None)])
def test_first_check_tells_when_to_check_again(within: float, first: float | None) -> None:
    assert started(within, 10.0).check(100.0, sent=0, received=0, sending=False) == first


def test_time_is_up_at_the_deadline() -> None:
    deadline = started(25.0, 10.0)
    times = enumerate((100.0, 110.0, 120.0, 125.0))
    checks = [deadline.check(now, sent=0, received=received, sending=False) for received, now in times]
    assert checks == [10.0, 10.0, 5.0, None]


def test_time_is_up_when_nothing_moved_between_two_checks() -> None:
    deadline = started(1000.0, 10.0)
    assert deadline.check(100.0, sent=5, received=0, sending=True) == 10.0
    assert deadline.check(110.0, sent=6, received=0, sending=True) == 10.0
    assert deadline.check(120.0, sent=6, received=0, sending=True) is None


def test_deadline_moves_while_octets_are_sent() -> None:
    deadline = started(15.0, 10.0)
    assert [deadline.check(100.0 + 10 * n, sent=n, received=0, sending=True) for n in range(5)] == [10.0] * 5
    assert deadline.check(150.0, sent=5, received=0, sending=False) == 5.0
    assert deadline.check(155.0, sent=5, received=1, sending=False) is None


def test_octets_that_are_received_do_not_move_the_deadline() -> None:
    """A peer that takes little and sends an octet now and then would never be done with."""
    deadline = started(15.0, 10.0)
    assert deadline.check(100.0, sent=1, received=0, sending=False) == 10.0
    assert deadline.check(110.0, sent=1, received=1, sending=False) == 5.0
    assert deadline.check(115.0, sent=1, received=2, sending=False) is None


def test_peer_that_takes_nothing_is_stalled_whatever_it_sends() -> None:
    deadline = started(1000.0, 10.0)
    assert deadline.check(100.0, sent=1, received=0, sending=True) == 10.0
    assert deadline.check(110.0, sent=1, received=1, sending=True) is None


@pytest.mark.parametrize(("received", "stalled", "waited"), [(7, False, 15.0), (3, True, 10.0)])
def test_deadline_knows_why_and_after_how_long_time_was_up(received: int, *, stalled: bool, waited: float) -> None:
    deadline = started(15.0, 10.0)
    deadline.check(100.0, sent=1, received=3, sending=False)
    now = 110.0
    if deadline.check(now, sent=1, received=received, sending=False) is not None:
        now = 115.0
        assert deadline.check(now, sent=1, received=received + 1, sending=False) is None
    assert (deadline.stalled, deadline.waited(now)) == (stalled, waited)
