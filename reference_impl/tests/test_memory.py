"""Limit what the messages of all connections of a process take together."""

import pytest

from dwebsocket.memory import FREE, Holding, Ledger

LIMIT = 10 * FREE


@pytest.fixture
def ledger():
    return Ledger()


@pytest.fixture
def closed():
    return []


@pytest.fixture
def holding(ledger, closed):
    """Makes holdings by name; those that were told to close are listed in `closed`."""
    return lambda name, limit=LIMIT: Holding(ledger, limit, lambda: closed.append(name) is None)


def test_what_is_small_is_not_counted(ledger, holding, closed):
    assert all(holding(n).set(FREE) for n in range(100))
    assert (ledger.total, closed) == (0, [])


def test_what_is_large_is_counted_until_it_is_small_again(ledger, holding):
    one, other = holding("one"), holding("other")
    assert one.set(3 * FREE)
    assert one.set(4 * FREE)
    assert other.set(2 * FREE)
    assert ledger.total == 6 * FREE
    assert one.set(FREE)
    assert other.set(0)
    assert ledger.total == 0


def test_the_largest_is_closed_when_all_together_are_too_much(holding, closed):
    large, small, late = holding("large"), holding("small"), holding("late")
    assert large.set(6 * FREE)
    assert small.set(3 * FREE)
    assert late.set(2 * FREE)
    assert closed == ["large"]


def test_who_is_the_largest_itself_is_told_so_and_not_called(ledger, holding, closed):
    small, large = holding("small"), holding("large")
    assert small.set(5 * FREE)
    assert not large.set(6 * FREE)
    assert closed == []
    assert ledger.total == 5 * FREE


def test_of_equals_the_one_that_has_been_so_for_longest_is_closed(holding, closed):
    assert all(holding(name).set(4 * FREE) for name in ("first", "second", "third"))
    assert closed == ["first"]


def test_as_many_are_closed_as_it_takes(holding, closed):
    assert all(holding(name).set(3 * FREE) for name in "abc")
    assert not holding("d").set(11 * FREE)
    assert closed == []
    assert holding("e").set(2 * FREE)
    assert closed == ["a"]


def test_without_a_limit_nothing_is_counted(ledger, holding, closed):
    assert holding("one", None).set(100 * FREE)
    assert (ledger.total, closed) == (0, [])


def test_who_cannot_be_closed_now_is_passed_over_and_still_counted(ledger, holding, closed):
    """Its thread is making a message of what it holds, which nobody can take away from it."""
    busy = Holding(ledger, LIMIT, lambda: False)
    assert busy.set(6 * FREE)
    assert holding("idle").set(3 * FREE)
    assert holding("late").set(2 * FREE)
    assert closed == ["idle"]
    assert ledger.total == 8 * FREE
    assert not holding("last").set(5 * FREE)
    assert closed == ["idle"]
