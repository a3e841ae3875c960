"""A view that is both a page and its WebSocket."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dwebsocket import accept_websocket


@accept_websocket
def index(request: HttpRequest) -> HttpResponse | None:
    """Show the page. For a WebSocket: receive one message, send it back, and close."""
    if not request.is_websocket():
        return render(request, "index.html")
    message = request.websocket.wait()
    if message is not None:  # None: the client disconnected before it sent anything
        request.websocket.send(message)
    return None  # closes the connection
