"""Echo with the asyncio server of websockets: python echo.py HOST PORT."""

import asyncio
import sys

from websockets.asyncio.server import ServerConnection, serve

LARGEST_MESSAGE = 64 << 20  # bytes


async def echo(connection: ServerConnection) -> None:
    """Send every message back."""
    async for message in connection:
        await connection.send(message)


async def main(host: str, port: str) -> None:
    """Serve until the process is stopped; permessage-deflate is on by default."""
    async with serve(echo, host, int(port), max_size=LARGEST_MESSAGE) as server:
        await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
