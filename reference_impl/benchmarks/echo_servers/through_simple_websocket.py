"""The package simple-websocket, which adds a thread of its own to each connection."""

from simple_websocket import ConnectionClosed, Server


def application(environ, start_response):
    """A WSGI application for gunicorn."""
    websocket = Server(environ)
    try:
        while True:
            websocket.send(websocket.receive())
    except ConnectionClosed:
        return [b""]
