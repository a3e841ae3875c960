"""When the time of a cell is over, the main thread is interrupted, whatever it waits for."""

from __future__ import annotations

import signal
import threading

import pytest

from wsconform.matrix.deadline import DeadlineError, deadline


def test_any_wait_of_the_main_thread_is_interrupted() -> None:
    with pytest.raises(DeadlineError, match=r"--deadline 0\.05"), deadline(0.05):
        threading.Event().wait(60)


def test_it_is_an_interruption_and_no_error_of_the_suite() -> None:
    assert issubclass(DeadlineError, KeyboardInterrupt)
    assert not issubclass(DeadlineError, Exception)


def test_nothing_is_left_of_a_deadline_that_was_met() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with deadline(60):
        assert signal.getsignal(signal.SIGALRM) is not before
    assert signal.getsignal(signal.SIGALRM) is before
    assert all(thread.name != "deadline" for thread in threading.enumerate())
