"""A chat in one file: whoever is connected hears what anybody says.

Run it with ``python chat.py runserver`` and open the page in several windows. One process only: the
rooms are kept in its memory.
"""

import os
import sys
from collections import defaultdict
from contextlib import suppress
from threading import Lock

from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

from dwebsocket import WebSocketClosed, accept_websocket

settings.configure(
    ALLOWED_HOSTS=["*"],
    DEBUG="DEBUG" in os.environ,
    INSTALLED_APPS=["dwebsocket"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="only for this example",
)

PAGE = """<!doctype html><title>Chat</title>
<form><input autofocus> <button>Say</button></form><pre></pre>
<script>
const socket = new WebSocket(location.href.replace(/^http/, "ws"));
const [input, heard] = ["input", "pre"].map(name => document.querySelector(name));
socket.onmessage = event => heard.append(event.data + "\\n");
document.forms[0].onsubmit = event => {
  event.preventDefault();
  socket.send(input.value);
  input.value = "";
};
</script>"""

rooms: dict = defaultdict(set)
lock = Lock()


def say(room: str, words: str) -> None:
    """Send words to everybody in a room.

    To somebody who has just left `send` returns False. Only when that is ourselves it raises.
    """
    with lock:
        members = list(rooms[room])
    for member in members:
        with suppress(WebSocketClosed):
            member.send(words)


@accept_websocket
def chat(request: HttpRequest, room: str) -> HttpResponse | None:
    """Show the page; for its WebSocket, pass on what is said until it is closed."""
    if not request.is_websocket():
        return HttpResponse(PAGE)
    name = request.GET.get("name", "somebody")
    with lock:
        rooms[room].add(request.websocket)
    try:
        say(room, f"{name} comes")
        for message in request.websocket:
            say(room, f"{name}: {message}")
    finally:
        with lock:
            rooms[room].discard(request.websocket)
        say(room, f"{name} goes")
    return None


urlpatterns = [path("", chat, {"room": "hall"}), path("<slug:room>/", chat)]
application = get_wsgi_application()

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
