"""Echo with Autobahn on Twisted: python echo.py HOST PORT."""

import sys

from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.compress import PerMessageDeflateOffer, PerMessageDeflateOfferAccept
from twisted.internet import reactor

LARGEST_MESSAGE = 64 << 20  # bytes


class Echo(WebSocketServerProtocol):
    """Sends every message back."""

    def onMessage(self, payload, isBinary):
        """Send a message back as the type that it came as."""
        self.sendMessage(payload, isBinary)


def accept(offers):
    """Accept the first offer of permessage-deflate."""
    for offer in offers:
        if isinstance(offer, PerMessageDeflateOffer):
            return PerMessageDeflateOfferAccept(offer)
    return None


def main(host, port):
    """Serve until the process is stopped."""
    factory = WebSocketServerFactory(f"ws://{host}:{port}")
    factory.protocol = Echo
    factory.setProtocolOptions(
        perMessageCompressionAccept=accept,
        failByDrop=False,  # otherwise TCP is dropped without a Close frame when a client breaks the protocol
        maxFramePayloadSize=LARGEST_MESSAGE,
        maxMessagePayloadSize=LARGEST_MESSAGE,
    )
    reactor.listenTCP(int(port), factory, interface=host)
    reactor.run()


main(*sys.argv[1:])
