"""The hard limit of a cell's time: when it is over, what is played is interrupted as by Ctrl-C."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["DeadlineError", "deadline", "time_is_up"]


class DeadlineError(KeyboardInterrupt):
    """The time is over. It is a KeyboardInterrupt, so that it ends whatever Ctrl-C ends."""


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raise DeadlineError in the main thread, which must be the calling one, if the block lasts longer.

    A signal interrupts any wait, so that nothing has to look at a clock.
    """
    ends, over = time.monotonic() + seconds, threading.Event()
    main = threading.main_thread().ident
    assert main is not None, "it runs"

    def watch() -> None:
        if not over.wait(max(0.0, ends - time.monotonic())):
            signal.pthread_kill(main, signal.SIGALRM)

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        if not over.is_set():
            raise DeadlineError(time_is_up(seconds))

    before = signal.signal(signal.SIGALRM, interrupt)
    watcher = threading.Thread(target=watch, name="deadline", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
        signal.signal(signal.SIGALRM, before)


def time_is_up(seconds: float) -> str:
    """Return the reason that the run file gives for cases that were not played."""
    return f"timeout: --deadline {seconds:g} passed before all cases were played"
