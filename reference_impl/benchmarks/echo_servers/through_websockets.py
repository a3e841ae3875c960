"""The package websockets, with its own server of threads: PORT."""

import sys

from websockets.sync.server import serve


def echo(websocket):
    """Send every message back."""
    for message in websocket:
        websocket.send(message)


with serve(echo, "127.0.0.1", int(sys.argv[1]), compression=None) as server:
    server.serve_forever()
