"""The least of an opening handshake, for servers that echo octets without parsing them."""

from base64 import b64encode
from hashlib import sha1

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def response(environ: dict) -> bytes:
    """The 101 for a request."""
    digest = sha1((environ["HTTP_SEC_WEBSOCKET_KEY"] + GUID).encode()).digest()
    lines = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {b64encode(digest).decode()}",
    ]
    return "\r\n".join([*lines, "", ""]).encode()
