"""The views that are attacked, written as people write them, and pages that say how they fare."""

import inspect
import os
import time
from threading import Lock

from django.http import HttpResponse, JsonResponse
from django.urls import path

from dwebsocket import require_websocket
from dwebsocket.websocket import WebSocket

# Older ones cannot be told how long a message may take.
QUICKLY = {"timeout": 1.0} if "timeout" in inspect.signature(WebSocket.send).parameters else {}
LONGEST = 90.0  # seconds; no attack takes longer, and views without an end of their own give up then

members: list[WebSocket] = []
members_lock = Lock()
calls: dict[str, dict[str, float]] = {}


def health(request):
    """Say that this very process is up, as the suite's launcher wants to hear it."""
    return HttpResponse("ok", headers={"Wsconform-Instance": os.environ.get("WSCONFORM_INSTANCE", "")})


@require_websocket
def echo(request):
    """Send each message back."""
    for message in request.websocket:
        request.websocket.send(message)


@require_websocket
def measures(request):
    """Answer each message with its length; while the next one arrives, the last one is still held."""
    for message in request.websocket:
        request.websocket.send(str(len(message)))


@require_websocket
def forgets(request):
    """Read, and do nothing."""
    for _ in request.websocket:
        pass


@require_websocket
def counts(request):
    """Only count."""
    while not request.websocket.is_closed():
        request.websocket.count_messages()
        time.sleep(0.01)


@require_websocket
def sends(request):
    """Only send."""
    while True:
        request.websocket.send("tick")
        time.sleep(0.01)


@require_websocket
def busy(request):
    """Do something else; look now and then whether anybody is there, and read nothing."""
    until = time.monotonic() + LONGEST
    while not request.websocket.is_closed() and time.monotonic() < until:
        time.sleep(0.001)


@require_websocket
def calling(request):
    """Call one method that never waits, again and again, and keep what the longest call took."""
    websocket = request.websocket
    name = request.GET["method"]
    mine = calls[name] = {"longest": 0.0, "calls": 0}
    allowed = 1.0 if name == "wait" else 0.0
    method = {
        "is_closed": websocket.is_closed,
        "read": websocket.read,
        "count_messages": websocket.count_messages,
        "has_messages": websocket.has_messages,
        "wait": lambda: websocket.wait(1),
        "connected": lambda: websocket.connected,
    }[name]
    until = time.monotonic() + float(request.GET["seconds"])
    while (began := time.monotonic()) < until:
        mine["began"] = began + allowed
        method()
        mine["longest"] = max(mine["longest"], time.monotonic() - mine.pop("began"))
        mine["calls"] += 1
        time.sleep(0.02)


def called(request):
    """Tell the longest call of each method, the one that has not returned yet included."""
    now = time.monotonic()
    longest = {name: max(mine["longest"], now - mine.get("began", now)) for name, mine in tuple(calls.items())}
    return JsonResponse(longest)


@require_websocket
def chat(request):
    """Pass on what a client says, as the example does."""
    client = request.websocket
    with members_lock:
        members.append(client)
    try:
        for message in client:
            with members_lock:
                others = [member for member in members if member is not client]
            for member in others:
                member.send(message, **QUICKLY)
    finally:
        with members_lock:
            members.remove(client)


urlpatterns = [
    path("", health),
    path("health", health),
    path("echo", echo),
    path("measures", measures),
    path("forgets", forgets),
    path("counts", counts),
    path("sends", sends),
    path("busy", busy),
    path("calling", calling),
    path("called", called),
    path("chat", chat),
]
