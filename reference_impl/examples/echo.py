"""The smallest project with a WebSocket: one file, one view that says everything back.

Run it with ``python echo.py runserver``, or give ``echo:application`` to a WSGI server.
"""

import os
import sys

from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

from dwebsocket import accept_websocket

settings.configure(
    ALLOWED_HOSTS=["*"],
    DEBUG="DEBUG" in os.environ,
    INSTALLED_APPS=["dwebsocket"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="only for this example",
)

PAGE = """<!doctype html><title>Echo</title>
<form><input autofocus> <button>Send</button></form><pre></pre>
<script>
const socket = new WebSocket(location.href.replace(/^http/, "ws"));
const [input, answers] = ["input", "pre"].map(name => document.querySelector(name));
socket.onmessage = event => answers.append(event.data + "\\n");
document.forms[0].onsubmit = event => {
  event.preventDefault();
  socket.send(input.value);
  input.value = "";
};
</script>"""


@accept_websocket
def echo(request: HttpRequest) -> HttpResponse | None:
    """Show the page; for the WebSocket that the page opens, send back what comes."""
    if not request.is_websocket():
        return HttpResponse(PAGE)
    for message in request.websocket:
        request.websocket.send(message)
    return None


urlpatterns = [path("", echo)]
application = get_wsgi_application()

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
