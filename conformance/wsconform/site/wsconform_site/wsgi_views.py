"""The views of families W and R. Most of them echo, and then end in the way that their name says.

Written against the target's documented API only, and for the oldest Python and Django that a target may need.
"""

# The target is installed where this runs, not where types are checked.
# mypy: disable-error-code="import-not-found,untyped-decorator"

import gc
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)

from dwebsocket.decorators import accept_websocket, require_websocket

__all__ = ["VIEWS"]


class DeliberateError(Exception):
    """Raised by a view because a case wants it."""


def _with_cookies() -> HttpResponse:
    response = HttpResponse("A body.", status=202)
    response.set_cookie("name", "value")
    response["X-Field"] = "value"
    return response


def _raise(websocket: Any) -> None:
    raise DeliberateError("as the case wants it")


def _raise_after_close(websocket: Any) -> None:
    websocket.close()
    raise DeliberateError("as the case wants it, after close()")


#: What each view does with its WebSocket in the end, and returns.
ENDINGS: Any = {
    "response": lambda _: HttpResponse(),
    "none": lambda _: None,
    "body": lambda _: HttpResponse("A body that must not reach anybody.\n" * 100),
    "cookies": lambda _: _with_cookies(),
    "redirect": lambda _: HttpResponseRedirect("/"),
    "streaming": lambda _: StreamingHttpResponse(iter(["a part", "another part"])),
    "file": lambda _: FileResponse(Path(__file__).open("rb")),  # noqa: SIM115  the response closes it
    "raises": _raise,
    "raises-after-close": _raise_after_close,
    "closes": lambda websocket: websocket.close(3001, "enough"),
}


def _ending(end: Any) -> Any:
    @accept_websocket
    def view(request: Any) -> Any:
        if request.websocket is None:
            return HttpResponse("This page wants a WebSocket.\n", content_type="text/plain")
        for message in request.websocket:
            request.websocket.send(message)
            if message in ("stop", b"stop"):
                break
        return end(request.websocket)

    return view


@accept_websocket
def at_once(request: Any) -> HttpResponse:
    """Return without using the WebSocket."""
    return HttpResponse()


@accept_websocket
def deaf(request: Any) -> HttpResponse:
    """Work for a while, read nothing, return."""
    time.sleep(0.3)
    return HttpResponse()


@accept_websocket
def flood(request: Any) -> HttpResponse:
    """Send until the client has left."""
    while not request.websocket.is_closed():
        request.websocket.send("x" * 1024)
    return HttpResponse()


@accept_websocket
def post(request: Any) -> HttpResponse:
    """Answer a plain request with its own body."""
    if request.websocket is None:
        return HttpResponse(request.body, content_type="application/octet-stream")
    for message in request.websocket:
        request.websocket.send(message)
    return HttpResponse()


@require_websocket
def required(request: Any) -> HttpResponse:
    """Echo; plain requests are refused by the decorator."""
    for message in request.websocket:
        request.websocket.send(message)
    return HttpResponse()


@accept_websocket
def polls(request: Any) -> HttpResponse:
    """Call `has_messages()` until the client has left, and read nothing."""
    websocket = request.websocket
    while not websocket.is_closed():
        websocket.count_messages()
        time.sleep(0.01)
    return HttpResponse()


@accept_websocket
def ticks(request: Any) -> HttpResponse:
    """Send at intervals until the client has left, and read nothing."""
    websocket = request.websocket
    while not websocket.is_closed():
        websocket.send("tick")
        time.sleep(0.01)
    return HttpResponse()


_ROOMS: Any = {}


@accept_websocket
def room(request: Any) -> HttpResponse:
    """Send each message to all others that have opened this URL; the query has its `name`."""
    websocket, members = request.websocket, _ROOMS.setdefault(request.GET["name"], [])
    members.append(websocket)
    try:
        websocket.send("joined")
        for message in websocket:
            for other in list(members):
                if other is not websocket and message is not None:
                    _tell(other, message)
    finally:
        members.remove(websocket)
    return HttpResponse()


def _tell(other: Any, message: Any) -> None:
    """Send to another client, which may have left: some targets raise an exception then."""
    with suppress(Exception):
        other.send(message)


def state(request: HttpRequest) -> HttpResponse:
    """Count what only this process can count: greenlets that have started but not ended."""
    return JsonResponse({"greenlets": _greenlets()})


def _greenlets() -> Any:
    try:
        from greenlet import greenlet
    except ImportError:
        return None
    gc.collect()
    return sum(1 for one in gc.get_objects() if isinstance(one, greenlet) and not one.dead)


VIEWS: Any = {
    **{name: _ending(end) for name, end in ENDINGS.items()},
    "at-once": at_once,
    "deaf": deaf,
    "flood": flood,
    "polls": polls,
    "post": post,
    "required": required,
    "room": room,
    "state": state,
    "ticks": ticks,
}
