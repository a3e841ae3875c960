"""An echo server on websockets' asyncio API: `through_websockets.py PORT`."""

import asyncio
import sys

from websockets.asyncio.server import ServerConnection, serve

#: More than the 16 MiB of Autobahn's largest message.
LARGEST = 32 << 20


async def echo(connection: ServerConnection) -> None:
    """Send every message back as it came."""
    async for message in connection:
        await connection.send(message)


async def main(port: int) -> None:
    """Serve until the process is ended."""
    async with serve(echo, "127.0.0.1", port, max_size=LARGEST) as server:
        await server.serve_forever()


asyncio.run(main(int(sys.argv[1])))
