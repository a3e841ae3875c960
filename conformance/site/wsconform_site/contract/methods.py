"""Views that call one method of a WebSocket after the other."""

# The target is installed where this runs, not where types are checked.
# mypy: disable-error-code="import-not-found,untyped-decorator"

from typing import Any

from dwebsocket import accept_websocket

from .notes import noting

__all__ = ["VIEWS"]


@accept_websocket
@noting
def wait_twice(request: Any, note: Any) -> None:
    """Note two messages, and what wait() gives behind them."""
    note["waited"] = [request.websocket.wait() for _ in range(3)]


VIEWS = {"wait-twice": wait_twice}
