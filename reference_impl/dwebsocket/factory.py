"""Recognise WebSocket requests, check their opening handshake, and create the WebSocket.

The backends are subclasses of `WebSocketFactory`; they implement how to take the connection over from the server.
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
"""Key in ``request.META`` for a factory class that overrides ``WEBSOCKET_FACTORY_CLASS`` for this request."""


def is_websocket(request: HttpRequest) -> bool:
    """Tell whether the request asks for a WebSocket. Its opening handshake may still be refused."""
    # Nearly all requests are plain ones without this field, so this test is fast.
    return bool(request.META.get("HTTP_UPGRADE")) and is_websocket_request(head_of(request))


def factory_for(request: HttpRequest, settings: Settings) -> "WebSocketFactory":
    """Return the factory for a request: the one in its META (`FACTORY_KEY`), or ``WEBSOCKET_FACTORY_CLASS``.

    Raises:
        ImproperlyConfigured: the class cannot be imported, or is not a WebSocketFactory.
    """
    kind = request.META.get(FACTORY_KEY, settings.factory_class)
    if isinstance(kind, str):
        try:
            kind = import_string(kind)
        except ImportError as error:
            raise ImproperlyConfigured(f"WEBSOCKET_FACTORY_CLASS cannot be imported: {error}") from error
    if not (isinstance(kind, type) and issubclass(kind, WebSocketFactory)):
        raise ImproperlyConfigured(
            f"WEBSOCKET_FACTORY_CLASS must be a subclass of dwebsocket.factory.WebSocketFactory, not {kind!r}."
        )
    return kind(request, settings)


def head_of(request: HttpRequest) -> Request:
    """Convert the head of a Django request for the protocol core."""
    meta = request.META
    # Some servers keep the whitespace around values, which does not belong to them (RFC 9110 section 5.5).
    headers = [
        (name[5:].replace("_", "-").title(), str(value).strip(" \t"))
        for name, value in meta.items()
        if name.startswith("HTTP_")
    ]
    version = str(meta.get("SERVER_PROTOCOL", "HTTP/1.1")).rpartition("/")[2]
    method = meta.get("REQUEST_METHOD") or request.method or ""  # Django writes every method in upper case
    return Request(method, request.get_full_path(), version, tuple(headers))


@dataclass(frozen=True, slots=True)
class Opening:
    """A WebSocket whose opening handshake is accepted but not yet answered.

    Attributes:
        websocket: what the view gets as ``request.websocket``.
        exchange: the connection behind it, for the code that serves the request.
        handshake: the handshake response, to be sent with `Exchange.begin`.
    """

    websocket: WebSocket
    exchange: Exchange
    handshake: bytes


class WebSocketFactory(ABC):
    """Create the WebSocket of one request. Subclasses implement how the connection is taken over.

    Args:
        request: a request that asks for a WebSocket.
        settings: the settings for this connection.
    """

    def __init__(self, request: HttpRequest, settings: Settings) -> None:
        self.request = request
        self.settings = settings

    @abstractmethod
    def take_over(self) -> tuple[Transport, bytes]:
        """Return the connection, and the bytes that the server has already read past the head of the request.

        Raises:
            ServerNotSupported: this server does not give access to the connection.
        """

    def suppress_server_response(self) -> None:  # noqa: B027  # most servers need nothing
        """Keep the server's own HTTP response to this request from reaching the client.

        Called right before we write our own answer. The default does nothing, which suits servers whose
        response cannot be sent anyway after the connection has ended.

        Raises:
            OSError: the response cannot be suppressed; the server can still send it.
        """

    def close(self) -> None:
        """Release the connection if it was taken over. May be called more than once."""
        if "connection" in vars(self):
            self.connection[0].close()

    def head(self) -> Request:
        """Return the head of the request for the protocol core."""
        return head_of(self.request)

    @cached_property
    def connection(self) -> tuple[Transport, bytes]:
        """The result of `take_over`, which is called only once."""
        return self.take_over()

    def create_websocket(self, subprotocols: Sequence[str] | None = None) -> Opening:
        """Check the opening handshake (RFC 6455 section 4.2.1), and take the connection over.

        Args:
            subprotocols: those that the view speaks; None: ``WEBSOCKET_SUBPROTOCOLS``.

        Raises:
            HandshakeRefused: the handshake is malformed, or its host or origin is not allowed.
            ServerNotSupported: see `take_over`.
        """
        if _has_body(self.request):
            raise HandshakeRefused(400, "A WebSocket request must not have a body.")
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
            HandshakeRefused: it may not; `detail` has the comparison, for the log.
        """
        allowed, secure = self.settings.allowed_origins, self.request.is_secure()
        if allowed is not None:
            is_allowed = matches(origin, allowed)
            problem = "not in WEBSOCKET_ALLOWED_ORIGINS"
        else:
            is_allowed = is_same_host(origin, host, secure=secure)
            is_allowed = is_allowed or matches(origin, django_settings.CSRF_TRUSTED_ORIGINS)
            own = f"{'https' if secure else 'http(s)'}://{shown(host)}"
            problem = f"neither {own} nor in CSRF_TRUSTED_ORIGINS"
        if not is_allowed:
            raise HandshakeRefused(403, "This origin is not allowed.", detail=f"Origin {shown(origin)} is {problem}")
        return True


def _host(request: HttpRequest) -> str:
    """Return the host that the request names, after checking it against ``ALLOWED_HOSTS`` like Django.

    Raises:
        HandshakeRefused: 400; the host is not allowed.
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
    # The server leaves the request's body on the socket, where frames are expected.
    return request.META.get("CONTENT_LENGTH") not in (None, "", "0") or "HTTP_TRANSFER_ENCODING" in request.META
