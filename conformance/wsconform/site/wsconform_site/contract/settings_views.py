"""Views that show the effect of settings."""

# The target is installed where this runs, not where types are checked.
# mypy: disable-error-code="import-not-found,untyped-decorator"

from typing import Any

from dwebsocket.decorators import accept_websocket

from .notes import noting
from .routing_probe import text_of

__all__ = ["VIEWS"]


@accept_websocket
@noting
def made_by(request: Any, note: Any) -> None:
    """Note which factory has created the WebSocket, and use it."""
    note["made_by"] = getattr(request, "made_by", None)
    request.websocket.send(text_of(request.websocket.wait()))


@accept_websocket
@noting
def lengths(request: Any, note: Any) -> None:
    """Note the length of each message, until there are no more."""
    note["lengths"] = []
    while True:
        message = request.websocket.wait()
        if message is None:
            break
        note["lengths"].append(len(message))
        request.websocket.send(str(len(message)))
    note["closed"] = request.websocket.is_closed()


@accept_websocket
def subprotocol(request: Any) -> None:
    """Send the agreed subprotocol."""
    request.websocket.send(str(request.websocket.subprotocol))


VIEWS = {"made-by": made_by, "lengths": lengths, "subprotocol": subprotocol}
