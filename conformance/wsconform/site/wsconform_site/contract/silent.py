"""Views for clients that do not read: sending to them, and calling the methods that never wait."""

# The target is installed where this runs, not where types are checked.
# mypy: disable-error-code="import-not-found,untyped-decorator"

import json
import time
from typing import Any

from dwebsocket.decorators import accept_websocket

from .calls import CALLS, outcome
from .notes import noting
from .polling import until
from .threads import JOINED, Threads

__all__ = ["VIEWS"]

_LARGE = b"x" * (1024 * 1024)
_MANY = 64  # more of them than any buffer between here and the client takes
_LOOKS = 1.5  # seconds
_ALLOWED = 1.0  # seconds, beyond what a call is to wait


def _timeout(request: Any) -> Any:
    return {"timeout": float(request.GET["timeout"])} if "timeout" in request.GET else {}


def _send_much(websocket: Any, sent: Any, **named: Any) -> Any:
    """Send until that fails, and return the last result."""
    gave = True
    while gave is not False and len(sent) < _MANY:
        gave = websocket.send(_LARGE, **named)
        sent.append(gave)
    return gave


@accept_websocket
@noting
def sends_much(request: Any, note: Any) -> None:
    """Send more than fits into the buffers; in a `thread` if requested, and with `timeout` if given."""
    websocket = request.websocket

    def send() -> None:
        note["gave"] = outcome(lambda one: _send_much(one, [], **_timeout(request)), websocket)

    if "thread" in request.GET:
        note["failures"] = Threads(send).join()
    else:
        send()
    note["closed"] = websocket.is_closed()
    note["code"] = websocket.close_code


@accept_websocket
@noting
def sends_one(request: Any, note: Any) -> None:
    """Send one message of `size` MiB."""
    note["gave"] = outcome(lambda one: one.send(b"x" * (int(request.GET["size"]) << 20)), request.websocket)


@accept_websocket
@noting
def ends_while_sending(request: Any, note: Any) -> None:
    """Send too much, and make the call `do` in another thread; `thread` exchanges the two."""
    websocket = request.websocket
    sent: Any = []

    def send() -> None:
        note["gave"] = outcome(lambda one: _send_much(one, sent), websocket)

    def end() -> None:
        _until_stuck(sent)
        note["stuck"] = len(sent) < _MANY
        note["ended"] = outcome(CALLS[request.GET["do"]], websocket)

    here, there = (end, send) if "thread" in request.GET else (send, end)
    threads = Threads(there)
    here()
    note["failures"] = threads.join()


def _until_stuck(sent: Any) -> None:
    """Wait until no message has been sent for a while."""
    seen = []

    def look() -> bool:
        seen.append(len(sent))
        return len(seen) > 30 and len(set(seen[-30:])) == 1

    until(look)


@accept_websocket
@noting
def asks(request: Any, note: Any) -> None:
    """Make the call `do` repeatedly, which may wait `seconds` at most, and note the longest duration."""
    websocket, call, longest = request.websocket, CALLS[request.GET["do"]], 0.0
    deadline = time.monotonic() + _LOOKS
    while time.monotonic() < deadline:
        began = time.monotonic()
        call(websocket)
        longest = max(longest, time.monotonic() - began)
        time.sleep(0.001)
    note["longest"] = round(longest, 3)
    note["waited"] = longest >= float(request.GET["seconds"]) + _ALLOWED


@accept_websocket
@noting
def tells_much(request: Any, note: Any) -> None:
    """For each message send `count` large ones to all that have joined; answer with the last results."""
    for message in request.websocket:
        if message is not None:
            gave: Any = []
            for _ in range(int(request.GET["count"])):
                clients = JOINED[request.GET["note"]]
                gave = [outcome(lambda one: one.send(_LARGE, **_timeout(request)), client) for client in clients]
            request.websocket.send(json.dumps(gave))
    JOINED.pop(request.GET["note"], None)


VIEWS = {
    "sends-much": sends_much,
    "sends-one": sends_one,
    "ends-while-sending": ends_while_sending,
    "asks": asks,
    "tells-much": tells_much,
}
