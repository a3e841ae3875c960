"""Views that read messages, each in a different way."""

# The target is installed where this runs, not where types are checked.
# mypy: disable-error-code="import-not-found,untyped-decorator"

import json
from typing import Any

from dwebsocket.decorators import accept_websocket

from .notes import noting
from .polling import until

__all__ = ["VIEWS"]

_WAYS: Any = {
    "wait": lambda websocket: websocket.wait,
    "read": lambda websocket: lambda: until(websocket.read),
    "iteration": lambda websocket: iter(websocket).__next__,
}


@accept_websocket
@noting
def numbered(request: Any, note: Any) -> None:
    """Read as many messages as the query says; note whether they are the numbers from 0 on, in order."""
    take, count = _WAYS[request.GET["by"]](request.websocket), int(request.GET["count"])
    numbers = [int(take()) for _ in range(count)]
    note["in order"] = numbers == list(range(count))


@accept_websocket
@noting
def iterates(request: Any, note: Any) -> None:
    """Note the messages of a loop, and that the view continued after it."""
    messages: Any = []
    note["messages"] = messages
    # Whether None is among them is for one clause to say, and not for all.
    messages.extend(message for message in request.websocket if message is not None)
    note["then"] = "went on"


@accept_websocket
@noting
def one_iterator(request: Any, note: Any) -> None:
    """Note what an iterator yields after its end."""
    iterator = iter(request.websocket)
    note["messages"] = [message for message in iterator if message is not None]
    note["then"] = [next(iterator, "the end") for _ in range(2)]


@accept_websocket
@noting
def as_text(request: Any, note: Any) -> None:
    """Use messages as str in the usual ways; end after "quit"."""
    for message in request.websocket:
        if message == "quit":
            note["quit"] = True
            break
        found = {"name": json.loads(message)["name"], "at": message.find("name"), "lower": message.lower()}
        request.websocket.send(json.dumps(found))


@accept_websocket
@noting
def reads_all_along(request: Any, note: Any) -> None:
    """Call `read()` in a busy loop until a message has arrived, and note it."""
    note["read"] = until(request.websocket.read)


VIEWS = {
    "numbered": numbered,
    "iterates": iterates,
    "one-iterator": one_iterator,
    "as-text": as_text,
    "reads-all-along": reads_all_along,
}
