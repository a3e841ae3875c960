"""Views that run as long as their clients stay, each using another method, and note how they ended."""

# The target is installed where this runs, not where types are checked.
# mypy: disable-error-code="import-not-found,untyped-decorator"

from typing import Any

from dwebsocket.decorators import accept_websocket

from .notes import noting
from .polling import until

__all__ = ["VIEWS"]


def _by_waiting(websocket: Any, heard: Any) -> None:
    message = websocket.wait()
    while message is not None:
        heard(message)
        message = websocket.wait()


def _by_waiting_for_a_time(websocket: Any, heard: Any) -> None:
    message = websocket.wait(timeout=30)
    while message is not None:
        heard(message)
        message = websocket.wait(timeout=30)


def _by_iterating(websocket: Any, heard: Any) -> None:
    for message in websocket:
        if message is not None:
            heard(message)


def _by_reading(websocket: Any, heard: Any) -> None:
    def look() -> Any:
        message = websocket.read()
        if message is not None:
            heard(message)
        return websocket.is_closed()

    until(look)


def _by_asking(*questions: str) -> Any:
    def ask(websocket: Any, heard: Any) -> None:
        until(lambda: ([getattr(websocket, question)() for question in questions], websocket.is_closed())[1])

    return ask


_WAYS: Any = {
    "wait": _by_waiting,
    "wait-30": _by_waiting_for_a_time,
    "iteration": _by_iterating,
    "read": _by_reading,
    "is_closed": _by_asking(),
    "count_messages": _by_asking("count_messages"),
    "has_messages": _by_asking("has_messages"),
}


@accept_websocket
@noting
def stays(request: Any, note: Any) -> None:
    """Take messages in one way until the client is gone, say so of each; note them, and whether it is known as gone."""
    websocket, messages = request.websocket, []

    def heard(message: Any) -> None:
        messages.append(message)
        websocket.send("heard")

    note["messages"] = messages
    _WAYS[request.GET["by"]](websocket, heard)
    note["closed"] = websocket.is_closed()


VIEWS = {"stays": stays}
