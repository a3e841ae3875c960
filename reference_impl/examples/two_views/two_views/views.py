"""One view only for WebSockets, and one that also answers plain requests."""

from django.http import HttpRequest, HttpResponse

from dwebsocket import accept_websocket, require_websocket


@require_websocket  # a browser that opens this URL as a page gets 400 with an explanation
def echo_once(request: HttpRequest) -> None:
    """Receive one message and send it back."""
    message = request.websocket.wait()
    if message is not None:  # None: the client disconnected before it sent anything
        request.websocket.send(message)
    # Returning closes the connection. For a WebSocket, the return value is ignored.


@accept_websocket
def lower_case(request: HttpRequest) -> HttpResponse | None:
    """Send each message back in lower case."""
    if not request.is_websocket():
        return HttpResponse(request.GET.get("message", "").lower(), content_type="text/plain")
    for message in request.websocket:  # ends when the client closes the connection
        request.websocket.send(message.lower())
    return None
