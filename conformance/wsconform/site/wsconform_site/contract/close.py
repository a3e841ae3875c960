"""Views that close or end, and views that check how their WebSocket has ended."""

# The target is installed where this runs, not where types are checked.
# mypy: disable-error-code="import-not-found,untyped-decorator"

from typing import Any

from dwebsocket.decorators import accept_websocket

from .notes import kind_of, noting

__all__ = ["VIEWS"]

REASONS: Any = {
    "text": "enough",
    "bytes": b"enough",
    "non-ascii": "grün 🙂",
    "longest": "x" * 123,
    "longest-utf8": "ü" * 61 + "x",
    "too-long": "x" * 124,
    "too-long-utf8": "ü" * 62,
    "too-long-bytes": b"x" * 124,
    "surrogate": "\ud800",
    "no-utf8": b"\xff",
}


@accept_websocket
@noting
def closes(request: Any, note: Any) -> None:
    """Close with the code and the reason in the query; if that raises an exception, note it and continue."""
    arguments: Any = {}
    if "code" in request.GET:
        arguments["code"] = int(request.GET["code"])
    if "reason" in request.GET:
        arguments["reason"] = REASONS[request.GET["reason"]]
    try:
        request.websocket.close(**arguments)
    except Exception as error:
        note["refused"] = kind_of(error)
        request.websocket.send("goes on")
        note["then"] = request.websocket.wait()


@accept_websocket
def closes_and_returns(request: Any) -> None:
    """Close, and return without a response."""
    request.websocket.wait()
    request.websocket.close()
    return


@accept_websocket
def returns(request: Any) -> None:
    """Return without a response."""
    request.websocket.wait()


@accept_websocket
@noting
def while_connected(request: Any, note: Any) -> None:
    """Loop as long as the WebSocket is connected."""
    while request.websocket.connected:
        message = request.websocket.wait()
        if message:
            request.websocket.send(f"You said: {message}")
    note["then"] = "went on"


@accept_websocket
@noting
def disconnects(request: Any, note: Any) -> None:
    """Close with `disconnect()`, the name used in the tutorial."""
    note["said"] = request.websocket.wait()
    request.websocket.disconnect()
    note["closed"] = request.websocket.is_closed()


@accept_websocket
@noting
def identity(request: Any, note: Any) -> None:
    """Keep the WebSocket in the containers that programs use: list, set, dict."""
    websocket = request.websocket
    note["the same each time"] = request.websocket is websocket
    note["equals itself"] = websocket == request.websocket
    note["differs from itself"] = websocket != request.websocket
    note["equals another object"] = websocket == object()
    note["in a list"] = [websocket].index(websocket)
    note["in a dict"] = {websocket: "found"}.get(request.websocket)
    note["in a set"] = len({websocket, request.websocket})
    clients = [websocket]
    clients.remove(request.websocket)
    note["left"] = len(clients)


VIEWS = {
    "closes": closes,
    "closes-and-returns": closes_and_returns,
    "returns": returns,
    "while-connected": while_connected,
    "disconnects": disconnects,
    "identity": identity,
}
