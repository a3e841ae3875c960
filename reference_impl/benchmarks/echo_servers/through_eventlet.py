"""eventlet's own WebSocket on eventlet.wsgi: PORT."""

import eventlet

eventlet.monkey_patch()

import sys  # noqa: E402

from eventlet import websocket, wsgi  # noqa: E402


@websocket.WebSocketWSGI
def application(socket):
    """Send every message back."""
    while (message := socket.wait()) is not None:
        socket.send(message)


wsgi.server(eventlet.listen(("127.0.0.1", int(sys.argv[1]))), application, log_output=False)
