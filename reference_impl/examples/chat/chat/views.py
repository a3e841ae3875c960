"""A chat: each message of a client is sent to all other clients.

The list of clients is in the memory of this process, so the server must have a single process, such as `runserver` or
`gunicorn --threads 100`. With several processes, each would have its own chat.
"""

import logging
from threading import Lock

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dwebsocket import require_websocket
from dwebsocket.websocket import WebSocket

logger = logging.getLogger(__name__)

# Each connection has its own thread, which may change the list while others iterate over it. The lock prevents that.
connected_clients: list[WebSocket] = []
lock = Lock()

SLOWEST = 1.0  # seconds that sending to one client may take


def chat_page(request: HttpRequest) -> HttpResponse:
    """Show the page."""
    return render(request, "chat/chat.html")


@require_websocket
def chat_view(request: HttpRequest) -> None:
    """Broadcast each message of a client until it disconnects."""
    client = request.websocket
    with lock:
        connected_clients.append(client)
        logger.info("Client connected, now %d", len(connected_clients))
    try:
        while client.connected:
            message = client.wait()
            if message:  # None if the client has disconnected; ignore empty messages
                broadcast(message, client)
    finally:  # also after an exception; otherwise a disconnected client would stay in the list
        with lock:
            connected_clients.remove(client)
            logger.info("Client disconnected, now %d", len(connected_clients))


def broadcast(message: str | bytes, sender: WebSocket) -> None:
    """Send a message to all clients except the sender."""
    # Sending may take a while. Copy the list and release the lock first, so that clients can connect and disconnect
    # meanwhile. Any thread may send at any time; frames are never interleaved. A client that does not read would delay
    # all others, so it is disconnected after a second, which ends its own view.
    with lock:
        others = [client for client in connected_clients if client is not sender]
    for client in others:
        client.send(message, timeout=SLOWEST)  # returns False if the client has disconnected
