"""Keep the messages of one connection until the application takes them, and count the memory that they take."""

from _thread import RLock
from sys import getsizeof

import pytest

from dwebsocket.inbox import Inbox
from dwebsocket.memory import FREE, Holding, Ledger

LIMIT = 10 * FREE


@pytest.fixture
def ledger():
    return Ledger()


@pytest.fixture
def inbox(ledger):
    return Inbox(RLock(), Holding(ledger, LIMIT, lambda: True))


def arrive(inbox, message):
    inbox.messages.append(message)
    return inbox.count(message)


def test_messages_are_taken_in_order(inbox):
    assert all(arrive(inbox, message) for message in ("a", b"b", "c"))
    assert [inbox.take() for _ in range(3)] == ["a", b"b", "c"]
    with pytest.raises(IndexError):
        inbox.take()


def test_it_is_full_by_the_memory_that_small_messages_take(inbox):
    """A str of one character takes fifty bytes or so."""
    count = 0
    while not inbox.is_full:
        arrive(inbox, chr(0x100 + count % 0x1000))
        count += 1
    assert count * getsizeof("\u0100") <= 8 << 20
    assert count > 10_000
    inbox.take()
    assert not inbox.is_full


def test_it_is_empty_when_all_was_taken(inbox, ledger):
    large = "x" * (3 * FREE)
    assert arrive(inbox, large)
    assert ledger.total >= 3 * FREE
    inbox.take()
    arrive(inbox, "small")
    inbox.take()
    assert ledger.total == 0


def test_a_large_message_counts_for_as_long_as_the_view_may_keep_it(inbox, ledger):
    arrive(inbox, "x" * (3 * FREE))
    inbox.take()
    assert ledger.total >= 3 * FREE
    arrive(inbox, "next")
    inbox.take()
    assert ledger.total == 0


def test_too_much_is_told(inbox):
    assert inbox.count_incomplete(LIMIT - FREE)
    assert not inbox.count_incomplete(LIMIT + 1)


def test_an_incomplete_message_counts_until_it_is_complete(inbox, ledger):
    inbox.count_incomplete(3 * FREE)
    assert ledger.total == 3 * FREE
    inbox.completed()
    inbox.report()
    assert ledger.total == 0


def test_nothing_is_held_when_it_is_closed_nor_afterwards(inbox, ledger):
    arrive(inbox, bytes(3 * FREE))
    inbox.close()
    assert ledger.total == 0
    assert not inbox.messages
    assert inbox.count_incomplete(20 * FREE)
    assert ledger.total == 0
