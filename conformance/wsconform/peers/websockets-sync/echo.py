"""Echo with the threading server of websockets: python echo.py HOST PORT."""

import sys

from websockets.sync.server import ServerConnection, serve

LARGEST_MESSAGE = 64 << 20  # bytes


def echo(connection: ServerConnection) -> None:
    """Send every message back."""
    for message in connection:
        connection.send(message)


def main(host: str, port: str) -> None:
    """Serve until the process is stopped; permessage-deflate is on by default."""
    with serve(echo, host, int(port), max_size=LARGEST_MESSAGE) as server:
        server.serve_forever()


main(*sys.argv[1:])
