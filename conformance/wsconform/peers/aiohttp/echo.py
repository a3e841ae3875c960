"""Echo with the server of aiohttp: python echo.py HOST PORT."""

import sys

from aiohttp import WSMsgType, web

LARGEST_MESSAGE = 64 << 20  # bytes


async def echo(request: web.Request) -> web.WebSocketResponse:
    """Send every message back; permessage-deflate is on by default."""
    connection = web.WebSocketResponse(max_msg_size=LARGEST_MESSAGE)
    await connection.prepare(request)
    async for message in connection:
        if message.type == WSMsgType.TEXT:
            await connection.send_str(message.data)
        elif message.type == WSMsgType.BINARY:
            await connection.send_bytes(message.data)
    return connection


def main(host: str, port: str) -> None:
    """Serve until the process is stopped."""
    application = web.Application()
    application.router.add_get("/echo", echo)
    web.run_app(application, host=host, port=int(port), access_log=None, print=None)


main(*sys.argv[1:])
