"""Views that send: calls of `send()` by name, and views that send without being asked."""

# The target is installed where this runs, not where types are checked.
# mypy: disable-error-code="import-not-found,untyped-decorator"

import json
import time
from typing import Any

from dwebsocket.decorators import accept_websocket

from .notes import noting

__all__ = ["SENDS", "VIEWS"]

#: Positional and named arguments.
_ARGUMENTS: Any = {
    "text": (("text",), {}),
    "non-ascii": (("grün 🙂",), {}),
    "empty": (("",), {}),
    "json": ((json.dumps({"grün": [1, None]}),), {}),
    "bytes": ((b"\x00\xff bytes",), {}),
    "empty-bytes": ((b"",), {}),
    "bytearray": ((bytearray(b"\x00\xff bytearray"),), {}),
    "memoryview": ((memoryview(b"\x00\xff memoryview"),), {}),
    "text-as-binary": (("grün",), {"binary": True}),
    "text-as-text": (("grün",), {"binary": False}),
    "bytes-as-text": (("grün".encode(),), {"binary": False}),
    "bytes-as-binary": ((b"bytes",), {"binary": True}),
    "binary-none": (("text",), {"binary": None}),
    "in-time": (("text",), {"timeout": 5}),
    "in-time-by-place": (("text", None, 5), {}),
    "large-in-time": (("x" * 1024 * 1024,), {"timeout": 30.0}),
    "in-any-time": (("text",), {"timeout": None}),
    "in-infinite-time": (("text",), {"timeout": float("inf")}),
    "in-1e10-seconds": (("text",), {"timeout": 1e10}),
    "int": ((1,), {}),
    "float": ((1.5,), {}),
    "none": ((None,), {}),
    "bool": ((True,), {}),
    "list": ((["text"],), {}),
    "dict": (({"text": "text"},), {}),
    "object": ((object(),), {}),
    "surrogate": (("\ud800",), {}),
    "no-utf8-as-text": ((b"\xff",), {"binary": False}),
    **{f"{size}": (("x" * size,), {}) for size in (125, 126, 127, 65535, 65536, 1024 * 1024)},
}


def _sender(arguments: Any) -> Any:
    args, named = arguments
    return lambda websocket: websocket.send(*args, **named)


SENDS = {f"send-{name}": _sender(arguments) for name, arguments in _ARGUMENTS.items()}


@accept_websocket
@noting
def numbers(request: Any, note: Any) -> None:
    """Send numbered messages, one after the other."""
    for n in range(int(request.GET["count"])):
        request.websocket.send(f"view:{n}")


@accept_websocket
@noting
def pushes(request: Any, note: Any) -> None:
    """Send at intervals, read nothing, and note what ended this."""
    try:
        push(request.websocket)
        note["ended by"] = "itself"
    except Exception as error:
        note["ended by"] = type(error).__name__
        raise


def push(websocket: Any, seconds: float = 3.0) -> None:
    """Send at intervals and read nothing; stop after a while, for targets where nothing else ends it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        websocket.send("tick")
        time.sleep(0.3)


@accept_websocket
@noting
def catches(request: Any, note: Any) -> None:
    """Send at intervals, and notice by the exception that the client has left."""
    from dwebsocket import WebSocketClosed

    try:
        push(request.websocket)
    except WebSocketClosed:
        note["caught"] = True
    note["then"] = "went on"


VIEWS = {"numbers": numbers, "pushes": pushes, "catches": catches}
