"""The views that cases connect to, written only against the target's documented API."""

# The target is installed where this runs, not where types are checked.
# mypy: disable-error-code="import-not-found,untyped-decorator"

import os
from typing import Any

from django.http import HttpRequest, HttpResponse

from dwebsocket.decorators import accept_websocket

__all__ = ["echo", "health", "home"]


def home(request: HttpRequest) -> HttpResponse:
    """Answer plain requests with a page."""
    return HttpResponse("The project under test.\n", content_type="text/plain")


def health(request: HttpRequest) -> HttpResponse:
    """Answer that this process is running: the header repeats the name that its starter gave it."""
    response = HttpResponse("ok", content_type="text/plain")
    response["Wsconform-Instance"] = os.environ.get("WSCONFORM_INSTANCE", "")
    return response


def _plain_page(request: HttpRequest) -> HttpResponse:
    page = "This page wants a WebSocket.\n"
    # Not every server drops the body of an answer to HEAD, or would know its length.
    response = HttpResponse("" if request.method == "HEAD" else page, content_type="text/plain")
    response["Content-Length"] = str(len(page))
    return response


@accept_websocket
def echo(request: Any) -> HttpResponse:
    """Echo each message, text as text and binary as binary."""
    if request.websocket is None:
        return _plain_page(request)
    for message in request.websocket:
        request.websocket.send(message)
    return HttpResponse()
