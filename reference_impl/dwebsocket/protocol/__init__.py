"""The server's side of WebSocket (RFC 6455) and permessage-deflate (RFC 7692), without I/O."""

from .codes import CloseCode, Opcode, State, may_be_sent
from .connection import Connection
from .deflate import PerMessageDeflate
from .errors import ConnectionClosed, HandshakeRefused, ProtocolError, Violation
from .events import CloseReceived, Event, Failed, Message, Ping, Pong
from .extensions import Extension, Negotiator, Offer
from .handshake import Accepted, accept, accept_key, is_websocket_request
from .limits import Limits
from .request import Request, parse_request

__all__ = [
    "Accepted",
    "CloseCode",
    "CloseReceived",
    "Connection",
    "ConnectionClosed",
    "Event",
    "Extension",
    "Failed",
    "HandshakeRefused",
    "Limits",
    "Message",
    "Negotiator",
    "Offer",
    "Opcode",
    "PerMessageDeflate",
    "Ping",
    "Pong",
    "ProtocolError",
    "Request",
    "State",
    "Violation",
    "accept",
    "accept_key",
    "is_websocket_request",
    "may_be_sent",
    "parse_request",
]
