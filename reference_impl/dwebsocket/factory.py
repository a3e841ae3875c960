"""Recognise requests for a WebSocket, check their opening handshake, and make the WebSocket.

How the connection is taken over from the server is up to the backends, which are subclasses of
`WebSocketFactory`.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from django.conf import settings as django_settings
from django.core.exceptions import DisallowedHost, ImproperlyConfigured
from django.http import HttpRequest
from django.utils.module_loading import import_string

from .conf import Settings
from .exchange import Exchange
from .logs import shown
from .origins import is_same_host, matches
from .protocol import HandshakeRefused, Negotiator, PerMessageDeflate, Request, accept, is_websocket_request
from .transport import Transport
from .websocket import WebSocket

__all__ = ["FACTORY_KEY", "Opening", "WebSocketFactory", "factory_for", "is_websocket"]

FACTORY_KEY = "dwebsocket.factory"
"""The key in ``request.META`` of a factory class that is used for this request instead of the setting's."""


def is_websocket(request: HttpRequest) -> bool:
    """Tell whether the request asks for a WebSocket; its handshake may still be refused."""
    # Nearly every request is a plain one, and has no such field.
    return bool(request.META.get("HTTP_UPGRADE")) and is_websocket_request(head_of(request))


def factory_for(request: HttpRequest, settings: Settings) -> "WebSocketFactory":
    """Return the factory that the request brings along, or the one that ``WEBSOCKET_FACTORY_CLASS`` names.

    Raises:
        ImproperlyConfigured: there is no such class, or it is not a WebSocketFactory.
    """
    kind = request.META.get(FACTORY_KEY, settings.factory_class)
    if isinstance(kind, str):
        try:
            kind = import_string(kind)
        except ImportError as error:
            raise ImproperlyConfigured(f"WEBSOCKET_FACTORY_CLASS cannot be imported: {error}") from error
    if not (isinstance(kind, type) and issubclass(kind, WebSocketFactory)):
        raise ImproperlyConfigured(f"WEBSOCKET_FACTORY_CLASS must name a WebSocketFactory, not {kind!r}.")
    return kind(request, settings)


def head_of(request: HttpRequest) -> Request:
    """Return the head of a Django request as the protocol core wants it."""
    meta = request.META
    headers = [
        (name[5:].replace("_", "-").title(), str(value)) for name, value in meta.items() if name.startswith("HTTP_")
    ]
    version = str(meta.get("SERVER_PROTOCOL", "HTTP/1.1")).rpartition("/")[2]
    return Request(request.method or "", request.get_full_path(), version, tuple(headers))


@dataclass(frozen=True, slots=True)
class Opening:
    """A WebSocket whose opening handshake is accepted but not yet answered.

    Attributes:
        websocket: for the view.
        exchange: what is behind it, for the code that serves the request.
        handshake: the server's opening handshake, to be sent by `Exchange.begin`.
    """

    websocket: WebSocket
    exchange: Exchange
    handshake: bytes


class WebSocketFactory(ABC):
    """Make the WebSocket of one request. Subclasses implement how the connection is taken over.

    Args:
        request: one that asks for a WebSocket.
        settings: as they are for this connection.
    """

    def __init__(self, request: HttpRequest, settings: Settings) -> None:
        self.request = request
        self.settings = settings

    @abstractmethod
    def take_over(self) -> tuple[Transport, bytes]:
        """Return the connection, and the octets that the server has read past the head of the request.

        Raises:
            ServerNotSupported: this server does not give access to the connection.
        """

    def suppress_server_response(self) -> None:  # noqa: B027  # most servers need nothing
        """Keep the server's own HTTP response to this request from reaching the client.

        Called right before our own answer; until then the server can still answer. The default does
        nothing, for servers whose response fails anyway once the connection has ended.

        Raises:
            OSError: it cannot be done, and the server can still answer.
        """

    def close(self) -> None:
        """Release the connection, if it was taken over. May be called again."""
        if "connection" in vars(self):
            self.connection[0].close()

    def head(self) -> Request:
        """Return the head of the request as the protocol core wants it."""
        return head_of(self.request)

    @cached_property
    def connection(self) -> tuple[Transport, bytes]:
        """The result of `take_over`, which is called once."""
        return self.take_over()

    def create_websocket(self, subprotocols: Sequence[str] | None = None) -> Opening:
        """Check the client's opening handshake (RFC 6455 section 4.2.1), and take the connection over.

        Args:
            subprotocols: those of this view; None: those of the settings.

        Raises:
            HandshakeRefused: the request is malformed or not allowed.
            ServerNotSupported: see `take_over`.
        """
        if _has_body(self.request):
            raise HandshakeRefused(400, "A request for a WebSocket has no content.")
        offered = self.settings.subprotocols if subprotocols is None else subprotocols
        host = _host(self.request)
        accepted = accept(
            self.head(),
            subprotocols=offered,
            origin_allowed=partial(self._is_origin_allowed, host),
            extensions=_extensions(self.settings),
        )
        transport, early = self.connection
        exchange = Exchange(transport, self.settings, accepted.extensions, early)
        websocket = WebSocket(exchange, subprotocol=accepted.subprotocol, legacy_bytes=self.settings.legacy_bytes)
        return Opening(websocket, exchange, accepted.response)

    def _is_origin_allowed(self, host: str, origin: str) -> bool:
        """Tell whether a page may connect.

        Raises:
            HandshakeRefused: it may not; with what was compared with what, for the log.
        """
        allowed, secure = self.settings.allowed_origins, self.request.is_secure()
        if allowed is not None:
            is_allowed = matches(origin, allowed)
            compared = "WEBSOCKET_ALLOWED_ORIGINS"
        else:
            is_allowed = is_same_host(origin, host, secure=secure)
            is_allowed = is_allowed or matches(origin, django_settings.CSRF_TRUSTED_ORIGINS)
            compared = f"{'https' if secure else 'http(s)'}://{shown(host)} and CSRF_TRUSTED_ORIGINS"
        if not is_allowed:
            raise HandshakeRefused(
                403,
                "This origin is not allowed.",
                detail=f"the origin {shown(origin)} was compared with {compared}",
            )
        return True


def _host(request: HttpRequest) -> str:
    """Return the host that the client has asked, so that ``ALLOWED_HOSTS`` holds for WebSockets, too.

    Raises:
        HandshakeRefused: 400; Django does not allow it.
    """
    try:
        return request.get_host()
    except DisallowedHost as error:
        raise HandshakeRefused(400, "This host is not allowed.", detail=shown(str(error))) from None


def _extensions(settings: Settings) -> list[Negotiator]:
    """Return the extensions that the settings allow."""
    if not settings.compression:
        return []
    return [
        PerMessageDeflate(
            level=settings.compression_level,
            memory=settings.compression_memory,
            threshold=settings.compression_threshold,
            window_bits=settings.compression_window_bits,
            context_takeover=settings.compression_context_takeover,
        )
    ]


def _has_body(request: HttpRequest) -> bool:
    # The server leaves the request's content on the socket, where frames are expected.
    return request.META.get("CONTENT_LENGTH") not in (None, "", "0") or "HTTP_TRANSFER_ENCODING" in request.META
