"""What all tests share: the reference in this checkout, one running reactor, and the profiles of hypothesis."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

ROOT = Path(__file__).parent
sys.path[:0] = [str(ROOT / "reference_impl"), str(ROOT)]

# A shell lets what it starts in the background ignore Ctrl-C, and all that is started from there; some tests send it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Ordinary tests play the same examples each time. `ci/fuzz.py` plays others in each round, whose seed is new.
# No deadlines and no complaints about slowness: how long an example takes depends on what else the machine does.
UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("tests", UNTIMED, derandomize=True, database=None)
# Explaining a failure traces every line, which takes minutes.
settings.register_profile("fuzz", UNTIMED, max_examples=75, print_blob=True, phases=set(Phase) - {Phase.explain})
settings.load_profile("tests")


@pytest.fixture(scope="session")
def reactor() -> Iterator[None]:
    """Twisted's reactor in its thread; it cannot be started twice in a process."""
    from wsconform.conversation.playing.reactor import reactor_running

    with reactor_running():
        yield


@pytest.fixture(scope="session")
def cpu_limit() -> Callable[[float], AbstractContextManager[None]]:
    """Fails a block that takes more seconds of the processor, however busy the machine is.

    For what must not take time that grows with the square of its input: choose an input that would then take minutes.
    """
    return _cpu_limit


@contextmanager
def _cpu_limit(seconds: float) -> Iterator[None]:
    def fail(*_: object) -> None:
        raise AssertionError(f"this took more than {seconds:g} s of the processor")

    before = signal.signal(signal.SIGVTALRM, fail)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
