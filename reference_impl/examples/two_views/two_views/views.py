"""A view for a WebSocket alone, and one that answers plain requests as well."""

from django.http import HttpRequest, HttpResponse

from dwebsocket import accept_websocket, require_websocket


@require_websocket  # a browser that just opens this address gets 400 and is told why
def echo_once(request: HttpRequest) -> None:
    """Send one message back."""
    message = request.websocket.wait()
    if message is not None:  # None: the client has left without a word
        request.websocket.send(message)
    # To return is to close. What a view returns goes nowhere once it has got a WebSocket.


@accept_websocket
def lower_case(request: HttpRequest) -> HttpResponse | None:
    """Say everything again in small letters."""
    if not request.is_websocket():
        return HttpResponse(request.GET.get("message", "").lower(), content_type="text/plain")
    for message in request.websocket:  # ends when the client closes the connection
        request.websocket.send(message.lower())
    return None
