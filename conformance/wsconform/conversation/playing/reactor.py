"""Run Twisted's reactor in a thread, so that the main thread keeps Ctrl-C and plain control flow."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from twisted.internet import reactor as _reactor
from twisted.internet.threads import blockingCallFromThread

__all__ = ["in_reactor", "reactor", "reactor_running"]

reactor: Any = _reactor  # Twisted cannot say what this module attribute is

#: Seconds that the reactor has to end. The thread ends with the process at the latest.
STOPS_WITHIN = 1.0


@contextmanager
def reactor_running() -> Iterator[None]:
    """Run the reactor until the block ends. Only once in a process: a reactor cannot be restarted."""
    started = threading.Event()
    thread = threading.Thread(target=reactor.run, kwargs={"installSignalHandlers": False}, name="reactor", daemon=True)
    reactor.callWhenRunning(started.set)
    thread.start()
    started.wait()
    try:
        yield
    finally:
        reactor.callFromThread(reactor.stop)
        thread.join(STOPS_WITHIN)


def in_reactor(call: Callable[..., Any], *args: Any) -> Any:
    """Call a function in the reactor's thread and wait for the result of its Deferred. Ctrl-C interrupts the wait."""
    return blockingCallFromThread(reactor, call, *args)
