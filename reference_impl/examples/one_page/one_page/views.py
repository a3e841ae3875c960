"""The page, and the conversation that it begins."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dwebsocket import accept_websocket


@accept_websocket
def index(request: HttpRequest) -> HttpResponse | None:
    """Show the page; or take one message, send it back, and close."""
    if not request.is_websocket():
        return render(request, "index.html")
    message = request.websocket.wait()
    if message is not None:  # None: the page was left before anything was sent
        request.websocket.send(message)
    return None  # which closes the connection
