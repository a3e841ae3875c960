"""When Pings are due, by a clock that the test turns."""

import pytest

from dwebsocket.keepalive import _LONGEST_WAIT, Keepalive, Step


@pytest.fixture
def clock(monkeypatch):
    """The time in seconds, as the only entry of a list."""
    now = [1000.0]
    monkeypatch.setattr("dwebsocket.keepalive.monotonic", lambda: now[0])
    return now


@pytest.mark.parametrize("timeout", [5, 20])
def test_a_ping_then_the_end(clock, timeout):
    keepalive = Keepalive(20, timeout)
    steps = []
    for _ in range(20 + timeout):
        clock[0] += 1
        steps.append(keepalive.next_step())
    assert steps == [Step.WAIT] * 19 + [Step.PING] + [Step.WAIT] * (timeout - 1) + [Step.GIVE_UP]


def test_who_is_heard_again_has_the_whole_time_again(clock):
    keepalive = Keepalive(20, 5)
    for _ in range(3):
        clock[0] += 20
        assert keepalive.next_step() is Step.PING
        clock[0] += 4
        assert keepalive.next_step() is Step.WAIT
        keepalive.data_received()


def test_without_time_out_there_is_a_ping_each_interval(clock):
    keepalive = Keepalive(20, None)
    for _ in range(3):
        clock[0] += 20
        assert keepalive.next_step() is Step.PING


def test_without_interval_nothing_is_ever_due(clock):
    keepalive = Keepalive(None, 5)
    clock[0] += 10**6
    assert keepalive.next_step() is Step.WAIT


def test_a_time_out_that_comes_a_little_early_is_not_waited_for_again(clock):
    keepalive = Keepalive(20, 5)
    clock[0] += 19.96
    assert keepalive.next_step() is Step.PING


@pytest.mark.parametrize(
    ("interval", "elapsed", "deadline_in", "patience"),
    [
        (20, 0, None, 20),
        (20, 15, None, 20),
        (20, 15, 60, 5),
        (20, 15, 3, 3),
        (20, 25, 3, 0),
        (20, 0, -1, 0),
        (None, 0, None, _LONGEST_WAIT),
        (None, 0, 7, 7),
        (None, 0, 1000, _LONGEST_WAIT),
        (1000, 0, None, _LONGEST_WAIT),
    ],
)
def test_nobody_waits_longer_than_until_the_next_step(clock, interval, elapsed, deadline_in, patience):
    keepalive = Keepalive(interval, 5)
    clock[0] += elapsed
    assert keepalive.time_to_wait(None if deadline_in is None else clock[0] + deadline_in) == patience
