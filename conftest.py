"""What all tests share: the reference is the one in this checkout, and one reactor runs for all."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent
sys.path[:0] = [str(ROOT / "reference_impl"), str(ROOT)]

# A shell lets what it starts in the background ignore Ctrl-C, and all that is started from there; some tests send it.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def reactor() -> Iterator[None]:
    """Twisted's reactor in its thread; it cannot be started twice in a process."""
    from wsconform.conversation.playing.reactor import reactor_running

    with reactor_running():
        yield
