"""A view that makes the calls named by its client, and notes the result of each.

    /a/calls?do=until-2,count_messages,wait

It waits until two messages have arrived, and notes the number of messages and the first one as "gave". An exception
is noted like a value, as {"raised": its class}, and the view goes on.
"""

# The target is installed where this runs, not where types are checked.
# mypy: disable-error-code="import-not-found,untyped-decorator"

import hashlib
import time
from functools import partial
from typing import Any

from dwebsocket.decorators import accept_websocket

from .notes import kind_of, noting
from .polling import until
from .send import SENDS

__all__ = ["CALLS", "VIEWS", "outcome"]


def _until_messages(count: int, websocket: Any) -> None:
    until(lambda: websocket.count_messages() >= count)


def _until_closed(websocket: Any) -> None:
    # Not every implementation notices the close when it is only asked for it.
    until(lambda: (websocket.count_messages(), websocket.is_closed())[1])


def _until_code(websocket: Any) -> None:
    until(lambda: (websocket.is_closed(), websocket.close_code)[1])


def _loop_once(websocket: Any) -> Any:
    for message in websocket:
        return message
    return "the end"


def _digest(websocket: Any) -> str:
    return hashlib.sha256(websocket.wait()).hexdigest()


#: What lets the others show something; not noted.
PREPARATIONS: Any = {
    "until-1": partial(_until_messages, 1),
    "until-2": partial(_until_messages, 2),
    "until-3": partial(_until_messages, 3),
    "until-100": partial(_until_messages, 100),
    "until-closed": _until_closed,
    "until-code": _until_code,
    "until-has": lambda websocket: until(websocket.has_messages),
    "closing": lambda websocket: websocket.close(),
    "rest": lambda _: time.sleep(0.3),
    "tell": lambda websocket: websocket.send("done"),
}

CALLS: Any = {
    "wait": lambda websocket: websocket.wait(),
    "wait-0": lambda websocket: websocket.wait(timeout=0),
    "wait-0.05": lambda websocket: websocket.wait(timeout=0.05),
    "wait-0.6": lambda websocket: websocket.wait(timeout=0.6),
    "wait-1": lambda websocket: websocket.wait(timeout=1),
    "wait-inf": lambda websocket: websocket.wait(timeout=float("inf")),
    "wait-1e10": lambda websocket: websocket.wait(timeout=1e10),
    "wait-30": lambda websocket: websocket.wait(timeout=30),
    "digest": _digest,
    "read": lambda websocket: websocket.read(),
    "read-or": lambda websocket: websocket.read("nothing"),
    "until-read": lambda websocket: until(websocket.read),
    "until-read-or": lambda websocket: until(lambda: [m for m in [websocket.read("nothing")] if m != "nothing"]),
    "count_messages": lambda websocket: websocket.count_messages(),
    "has_messages": lambda websocket: websocket.has_messages(),
    "next": lambda websocket: next(iter(websocket), "the end"),
    "loop-once": _loop_once,
    "list": list,
    "send": lambda websocket: websocket.send("sent"),
    "close": lambda websocket: websocket.close(),
    "disconnect": lambda websocket: websocket.disconnect(),
    "is_closed": lambda websocket: websocket.is_closed(),
    "connected": lambda websocket: websocket.connected,
    "close_code": lambda websocket: websocket.close_code,
    "close_reason": lambda websocket: websocket.close_reason,
    "until-is_closed": lambda websocket: until(websocket.is_closed),
    "until-connected-no-more": lambda websocket: until(lambda: not websocket.connected),
    **SENDS,
}


@accept_websocket
@noting
def calls(request: Any, note: Any) -> None:
    """Make the calls named in the query, in order."""
    gave = note["gave"] = []
    for name in request.GET["do"].split(","):
        if name in PREPARATIONS:
            PREPARATIONS[name](request.websocket)
        else:
            gave.append(outcome(CALLS[name], request.websocket))


def outcome(call: Any, websocket: Any) -> Any:
    """Make a call; return its result, or {"raised": …}."""
    try:
        return call(websocket)
    except Exception as error:
        return {"raised": kind_of(error)}


VIEWS = {"calls": calls}
