"""Wait in a view for something that can only be polled."""

import time
from typing import Any

__all__ = ["until"]

_POLL = 0.01


def until(look: Any, seconds: float = 3.0) -> Any:
    """Call `look` until it returns something true or the time is up; return its last result."""
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        if seen or time.monotonic() > deadline:
            return seen
        time.sleep(_POLL)
