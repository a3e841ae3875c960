"""The package websockets, with its own server on asyncio, as it is by default: PORT."""

import asyncio
import sys

from websockets.asyncio.server import serve


async def echo(websocket):
    """Send every message back."""
    async for message in websocket:
        await websocket.send(message)


async def main():
    """Serve until the process is killed."""
    async with serve(echo, "127.0.0.1", int(sys.argv[1])) as server:
        await server.serve_forever()


asyncio.run(main())
