"""Views that check what a request says about its WebSocket."""

# The target is installed where this runs, not where types are checked.
# mypy: disable-error-code="import-not-found,untyped-decorator"

from typing import Any

from dwebsocket.decorators import accept_websocket

from .notes import noting

__all__ = ["VIEWS"]


@accept_websocket
@noting
def uncalled(request: Any, note: Any) -> None:
    """Use `is_websocket` without calling it."""
    note["taken_for"] = "a WebSocket" if request.is_websocket else "a plain request"
    note["websocket"] = None if request.websocket is None else "there"


@accept_websocket
@noting
def after_close(request: Any, note: Any) -> None:
    """Check the request after its WebSocket is closed."""
    websocket = request.websocket
    websocket.close()
    note["is_websocket"] = request.is_websocket()
    note["same"] = request.websocket is websocket


VIEWS = {"uncalled": uncalled, "after-close": after_close}
