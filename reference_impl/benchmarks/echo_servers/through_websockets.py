"""The package websockets, with its own server of threads: PORT, and "deflate" for its compression."""

import sys

from websockets.sync.server import serve


def echo(websocket):
    """Send every message back."""
    for message in websocket:
        websocket.send(message)


compression = sys.argv[2] if len(sys.argv) > 2 else None
with serve(echo, "127.0.0.1", int(sys.argv[1]), compression=compression) as server:
    server.serve_forever()
