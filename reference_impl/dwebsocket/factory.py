"""Is this a WebSocket request, and what becomes of it; refuses to know where a server keeps its sockets."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from urllib.parse import urlsplit

from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.utils.module_loading import import_string

from .conf import Settings
from .protocol import HandshakeRefused, Negotiator, PerMessageDeflate, Request, accept, is_websocket_request
from .transport import Transport
from .websocket import WebSocket

__all__ = ["BROUGHT_ALONG", "WebSocketFactory", "factory_for", "is_websocket"]

BROUGHT_ALONG = "dwebsocket.factory"
"""The key in ``request.META`` for a factory class that a request brings along, whatever the settings say."""

_DEFAULT_PORTS = {"http": 80, "https": 443}


def is_websocket(request: HttpRequest) -> bool:
    """Tell whether the client asks for a WebSocket, rightly or wrongly."""
    # Nearly every request is a plain one, and has no such field.
    return bool(request.META.get("HTTP_UPGRADE")) and is_websocket_request(head_of(request))


def factory_for(request: HttpRequest, settings: Settings) -> "WebSocketFactory":
    """Return the factory that the request brings along or that ``WEBSOCKET_FACTORY_CLASS`` names.

    Raises:
        ImproperlyConfigured: there is no such class, or it is no WebSocketFactory.
    """
    kind = request.META.get(BROUGHT_ALONG, settings.factory_class)
    if isinstance(kind, str):
        try:
            kind = import_string(kind)
        except ImportError as error:
            raise ImproperlyConfigured(f"WEBSOCKET_FACTORY_CLASS cannot be imported: {error}") from error
    if not (isinstance(kind, type) and issubclass(kind, WebSocketFactory)):
        raise ImproperlyConfigured(f"WEBSOCKET_FACTORY_CLASS must name a WebSocketFactory, not {kind!r}.")
    return kind(request, settings)


def head_of(request: HttpRequest) -> Request:
    """Write the head of a Django request in the core's terms."""
    meta = request.META
    headers = [
        (name[5:].replace("_", "-").title(), str(value)) for name, value in meta.items() if name.startswith("HTTP_")
    ]
    version = str(meta.get("SERVER_PROTOCOL", "HTTP/1.1")).rpartition("/")[2]
    return Request(request.method or "", request.get_full_path(), version, tuple(headers))


class WebSocketFactory(ABC):
    """Makes the WebSocket of one request. A backend says how the server's connection is taken over."""

    def __init__(self, request: HttpRequest, settings: Settings) -> None:
        self.request = request
        self.settings = settings

    @abstractmethod
    def take_over(self) -> tuple[Transport, bytes]:
        """Return the connection, and the octets that the server has read past the head of the request.

        Raises:
            ServerNotSupported: it cannot be taken from this server.
        """

    def claim(self) -> None:  # noqa: B027  # see the docstring
        """See to it that from here on nothing that the server answers reaches the client.

        Called when the connection is taken over, right before our own answer. Until then the server can
        still answer. Nothing need be done where that fails anyway once the connection is ended.

        Raises:
            OSError: it cannot be done, and the server can still answer.
        """

    def close(self) -> None:
        """Give up what is ours of the connection, if it was taken over; harmless when repeated."""
        if "connection" in vars(self):
            self.connection[0].close()

    def head(self) -> Request:
        """Return the head of the request in the core's terms."""
        return head_of(self.request)

    @cached_property
    def connection(self) -> tuple[Transport, bytes]:
        """What `take_over` returned; a connection is taken over once."""
        return self.take_over()

    def create_websocket(self, subprotocols: Sequence[str] | None = None) -> tuple[WebSocket, bytes]:
        """Judge the client's opening handshake, and take the connection over.

        Args:
            subprotocols: those of this view; None: those of the settings.

        Returns:
            The WebSocket, and the server's opening handshake, to be sent by `WebSocket.begin`.

        Raises:
            HandshakeRefused: the request is malformed or may not come in.
            ServerNotSupported: see `take_over`.
        """
        if _has_body(self.request):
            raise HandshakeRefused(400, "A request for a WebSocket has no content.")
        offered = self.settings.subprotocols if subprotocols is None else subprotocols
        accepted = accept(
            self.head(),
            subprotocols=offered,
            origin_allowed=self._may_come_from,
            extensions=_extensions(self.settings),
        )
        transport, early = self.connection
        websocket = WebSocket(
            transport,
            self.settings,
            subprotocol=accepted.subprotocol,
            extensions=accepted.extensions,
            early=early,
        )
        return websocket, accepted.response

    def _may_come_from(self, origin: str) -> bool:
        allowed = self.settings.allowed_origins
        if allowed is None:
            return _is_own(origin, self.request) or _matches(origin, django_settings.CSRF_TRUSTED_ORIGINS)
        return _matches(origin, allowed)


def _extensions(settings: Settings) -> list[Negotiator]:
    """Return what is spoken beside the protocol itself."""
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
    # What the server took for the request's content is still on the socket, where frames are expected.
    return request.META.get("CONTENT_LENGTH") not in (None, "", "0") or "HTTP_TRANSFER_ENCODING" in request.META


def _is_own(origin: str, request: HttpRequest) -> bool:
    """Compare hosts and not schemes: behind a proxy that ends TLS the request's scheme may be wrong."""
    parts = urlsplit(origin)
    return parts.scheme in _DEFAULT_PORTS and parts.netloc.lower() in _spellings(parts.scheme, request)


def _spellings(scheme: str, request: HttpRequest) -> set[str]:
    host = request.get_host().lower()
    port = f":{_DEFAULT_PORTS[scheme]}"
    return {host, host.removesuffix(port), host + port}


def _matches(origin: str, patterns: Sequence[str]) -> bool:
    return any(_matches_one(origin.lower(), pattern.lower()) for pattern in patterns)


def _matches_one(origin: str, pattern: str) -> bool:
    scheme, star, domain = pattern.partition("://*.")
    if star:
        return origin.startswith(f"{scheme}://") and origin.endswith(f".{domain}")
    return pattern in ("*", origin)
