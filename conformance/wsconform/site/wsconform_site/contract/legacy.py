"""Views as they were written for dwebsocket 0.5."""

# The target is installed where this runs, not where types are checked.
# mypy: disable-error-code="import-not-found,untyped-decorator"

import json
from typing import Any

from dwebsocket.decorators import accept_websocket

from .notes import noting
from .polling import until

__all__ = ["VIEWS"]


@accept_websocket
@noting
def decodes(request: Any, note: Any) -> None:
    """Decode messages in each common way; note the results if all agree."""
    texts: Any = []
    note["texts"] = texts
    for message in request.websocket:
        if not message:
            break
        text = message.decode("utf-8")
        if text == str(message, encoding="utf-8") == str(message, "utf8"):
            texts.append(text)
        request.websocket.send("decoded")


@accept_websocket
@noting
def answers_in_bytes(request: Any, note: Any) -> None:
    """Answer JSON with JSON encoded to bytes."""
    value = json.loads(request.websocket.wait())
    request.websocket.send(json.dumps({"got": value}).encode("utf-8"))


@accept_websocket
@noting
def removes_clients(request: Any, note: Any) -> None:
    """Treat the None at the end of the loop as the end of the client, and remove it from the list."""
    clients = [request.websocket]
    for message in request.websocket:
        if not message:
            clients.remove(request.websocket)
            break
        for client in clients:
            client.send(message)
    note["clients"] = len(clients)


@accept_websocket
@noting
def breaks_on_nothing(request: Any, note: Any) -> None:
    """Wait until `wait()` returns None."""
    messages: Any = []
    note["messages"] = messages
    while True:
        message = request.websocket.wait()
        if not message:
            break
        messages.append(message)
    note["closed"] = request.websocket.is_closed()


@accept_websocket
@noting
def echoes_all(request: Any, note: Any) -> None:
    """Echo everything that the loop yields, including the last item."""
    for message in request.websocket:
        request.websocket.send(message)
    note["then"] = "went on"


@accept_websocket
@noting
def pushes_until_closed(request: Any, note: Any) -> None:
    """Send at intervals until the client has left."""

    def push() -> Any:
        request.websocket.send("tick")
        request.websocket.has_messages()  # by which 0.5 notices a Close
        return request.websocket.is_closed()

    request.websocket.wait()
    note["closed"] = until(push)


VIEWS = {
    "legacy-decodes": decodes,
    "legacy-answers-in-bytes": answers_in_bytes,
    "legacy-removes-clients": removes_clients,
    "legacy-breaks-on-nothing": breaks_on_nothing,
    "legacy-echoes-all": echoes_all,
    "legacy-pushes": pushes_until_closed,
}
