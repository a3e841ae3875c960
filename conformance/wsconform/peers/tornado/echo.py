"""Echo with Tornado: python echo.py HOST PORT."""

import asyncio
import sys

from tornado.web import Application
from tornado.websocket import WebSocketHandler

LARGEST_MESSAGE = 64 << 20  # bytes


class Echo(WebSocketHandler):
    """Sends every message back."""

    def get_compression_options(self) -> dict[str, object]:
        """Switch permessage-deflate on."""
        return {}

    async def on_message(self, message: str | bytes) -> None:
        """Send a message back as the type that it came as."""
        await self.write_message(message, binary=isinstance(message, bytes))


async def main(host: str, port: str) -> None:
    """Serve until the process is stopped."""
    application = Application([("/echo", Echo)], websocket_max_message_size=LARGEST_MESSAGE)
    application.listen(int(port), host, max_buffer_size=2 * LARGEST_MESSAGE)
    await asyncio.Event().wait()


asyncio.run(main(*sys.argv[1:]))
