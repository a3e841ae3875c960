"""Views for tests."""

from dwebsocket import require_websocket


@require_websocket
def echo(request):
    for message in request.websocket:
        request.websocket.send(message)


def keeping(view):
    """A view that does `view(websocket)`, and a list that will hold what came of it."""
    kept = []

    @require_websocket
    def wrapper(request):
        kept.append(view(request.websocket))

    return wrapper, kept
