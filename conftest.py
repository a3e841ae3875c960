"""What all tests share: the reference is the one in this checkout, and one reactor runs for all."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).with_name("reference_impl")))


@pytest.fixture(scope="session")
def reactor() -> Iterator[None]:
    """Twisted's reactor in its thread; it cannot be started twice in a process."""
    from conformance.engine.reactor import reactor_running

    with reactor_running():
        yield
