"""A chat: what one client says is sent to all others.

The clients are kept in the memory of this process, so it is a chat for a server with one process, such as
`runserver` or `gunicorn --threads 100`. With several, each would have a chat of its own.
"""

import logging
from threading import Lock

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dwebsocket import require_websocket
from dwebsocket.websocket import WebSocket

logger = logging.getLogger(__name__)

# Each connection has its thread, and they come and go while others walk through the list: hence the lock.
connected_clients: list[WebSocket] = []
lock = Lock()

SLOWEST = 1.0  # seconds in which a client must take a message


def chat_page(request: HttpRequest) -> HttpResponse:
    """Show the page."""
    return render(request, "chat/chat.html")


@require_websocket
def chat_view(request: HttpRequest) -> None:
    """Pass on what a client says until it is gone."""
    client = request.websocket
    with lock:
        connected_clients.append(client)
        logger.info("A client has come; connected: %d", len(connected_clients))
    try:
        while client.connected:
            message = client.wait()
            if message:  # None when the client has gone; an empty message is not worth sending
                broadcast(message, client)
    finally:  # also when something goes wrong above, or we would keep a client that is none
        with lock:
            connected_clients.remove(client)
            logger.info("A client has gone; connected: %d", len(connected_clients))


def broadcast(message: str | bytes, sender: WebSocket) -> None:
    """Send a message to all clients but one."""
    # Sending may take a while, in which others shall be able to come and go: so it is done with a copy of the
    # list and without the lock. Any thread may send at any time; messages never mix. A client that does not read
    # would make everybody wait for it: after a second it is given up, and its own view ends.
    with lock:
        others = [client for client in connected_clients if client is not sender]
    for client in others:
        client.send(message, timeout=SLOWEST)  # False if that client has gone or is given up; no error in either case
