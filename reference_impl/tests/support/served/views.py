"""A project for tests of real servers: views that end in every way, and counts of what a process holds."""

import gc
import logging
import os
import sys
from pathlib import Path

from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, JsonResponse
from django.urls import path

from dwebsocket import accept_websocket, require_websocket

# What the server itself has to say shall be alone in its log.
logging.getLogger().addHandler(logging.NullHandler())
settings.configure(
    ALLOWED_HOSTS=["*"],
    DEBUG="DEBUG" in os.environ,
    INSTALLED_APPS=["dwebsocket"],
    LOGGING_CONFIG=None,
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],  # says how long each page is
    ROOT_URLCONF=__name__,
    SECRET_KEY="of no value",
    WEBSOCKET_UPGRADE_REQUIRED=True,
    **{name: os.environ[name] for name in ("WEBSOCKET_FACTORY_CLASS",) if name in os.environ},
)


@accept_websocket
def echo(request):
    if not request.is_websocket():
        return HttpResponse("<title>Echo</title>")
    for message in request.websocket:
        request.websocket.send(message)
    return None


@require_websocket
def returns(request):
    return HttpResponse("never seen " * 10_000, headers={"X-Never": "seen"})


@require_websocket
def raises(request):
    request.websocket.wait()
    raise RuntimeError("as it should")


@require_websocket
def raises_after_close(request):
    request.websocket.close(4001, "enough")
    raise RuntimeError("as it should")


@require_websocket
def closes(request):
    request.websocket.close(4001, "enough")


@require_websocket
def floods(request):
    while True:
        request.websocket.send("x" * 100_000)


@require_websocket
def waits_a_little(request):
    while request.websocket.wait(timeout=0.2) is None:
        request.websocket.send("nothing")
    request.websocket.send("something")


@require_websocket
def handles(request):
    """Wait while an exception is being handled; return which one that is afterwards."""
    try:
        raise KeyError(request.websocket.wait())
    except KeyError as error:
        message = request.websocket.wait()
        request.websocket.send(f"{error.args[0]} {message} {sys.exc_info()[1] is error}")


PARTY = set()


@require_websocket
def party(request):
    PARTY.add(request.websocket)
    try:
        for message in request.websocket:
            for guest in tuple(PARTY):
                guest.send(message)
    finally:
        PARTY.remove(request.websocket)


def read(request):
    return HttpResponse(request.body)


def tally(request):
    """Count what the process holds."""
    return JsonResponse(
        {
            "descriptors": len(list(Path("/proc/self/fd").iterdir())),
            "threads": len(list(Path("/proc/self/task").iterdir())),
            "greenlets": _count_greenlets(),
        }
    )


def _count_greenlets():
    greenlet = sys.modules.get("greenlet")
    gc.collect()
    return sum(isinstance(thing, greenlet.greenlet) and not thing.dead for thing in gc.get_objects()) if greenlet else 0


urlpatterns = [
    path("", echo),
    path("returns", returns),
    path("raises", raises),
    path("raises-after-close", raises_after_close),
    path("closes", closes),
    path("floods", floods),
    path("waits-a-little", waits_a_little),
    path("handles", handles),
    path("party", party),
    path("read", read),
    path("tally", tally),
]
application = get_wsgi_application()

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
