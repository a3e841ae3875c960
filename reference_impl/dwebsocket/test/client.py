"""Django's test client, with WebSockets; refuses to know what is said on them."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http.response import HttpResponseBase
from django.test import Client, RequestFactory

from .errors import Refused
from .frames import Compression
from .peer import Peer
from .pipe import environ_of
from .serving import RequestThread
from .websocket import ClientWebSocket

__all__ = ["WebSocketClient"]

_DEFAULT_PORTS = ("80", "443")

# Of RFC 6455 section 1.3. It need not be random here: there is no cache or proxy that it could deceive.
_KEY = "dGhlIHNhbXBsZSBub25jZQ=="


class WebSocketClient(Client):
    """A `django.test.Client` that can also open WebSockets.

    All of that is here too: cookies, `session`, `force_login`, `get`, ``raise_request_exception`` and the
    rest. Cookies, and with them session and user, are the same for pages and WebSockets.

    Attributes:
        timeout: seconds; the limit of each wait that is given no other.
    """

    timeout = 10.0

    def connect(
        self,
        path: str,
        data: Mapping[str, Any] | None = None,
        *,
        subprotocols: Sequence[str] = (),
        origin: str | None = None,
        headers: Mapping[str, str] | None = None,
        secure: bool = False,
        compression: bool = True,
        **extra: Any,
    ) -> ClientWebSocket:
        """Open a WebSocket to a URL of the project, and wait until it is answered.

        The request goes through `MIDDLEWARE` and `ROOT_URLCONF` to the view, which runs in a thread of its
        own with the database connections of the test.

        Args:
            path: of the URL, with its query if it has one.
            data: the query, as for `Client.get`.
            subprotocols: to be offered, best first.
            origin: of the page that connects, such as ``"https://example.com"``; None: there is no page.
            headers: further fields of the opening handshake; they replace those that it has.
            secure: over TLS, as seen by the view.
            compression: offer to compress messages, as browsers do.
            **extra: for the environ, as for `Client.get`.

        Raises:
            Refused: the answer is not a WebSocket; it is in `response`.
            NothingArrived: there is no answer after `timeout` seconds.
            Exception: what came out of the middleware or the URLconf, as from `Client.get`.
        """
        offer = {
            "Sec-WebSocket-Protocol": ", ".join(subprotocols),
            "Sec-WebSocket-Extensions": Compression.offer if compression else "",
            "Origin": origin or "",
        }
        fields = {name: value for name, value in offer.items() if value} | dict(headers or {})
        peer = Peer()
        environ = self._environ(path, data, secure, _in_environ(fields) | extra)
        return self._open(path, peer, environ | environ_of(peer.transport))

    def _environ(
        self, path: str, data: Mapping[str, Any] | None, secure: bool, extra: dict[str, Any]
    ) -> dict[str, Any]:
        factory = RequestFactory()
        factory.defaults = self.defaults
        factory.cookies = self.cookies
        plain: dict[str, Any] = factory.get(path, data, secure=secure, **extra).environ
        return _opening_handshake(plain["SERVER_NAME"], plain["SERVER_PORT"]) | plain

    def _open(self, path: str, peer: Peer, environ: dict[str, Any]) -> ClientWebSocket:
        thread = RequestThread(environ, peer.server_is_done)
        websocket = ClientWebSocket(
            path,
            peer,
            thread,
            timeout=self.timeout,
            raise_view_error=self.raise_request_exception,
            json_encoder=self.json_encoder,
        )
        thread.start()
        try:
            if websocket.wait_for_answer():
                return websocket
        except BaseException:
            websocket.vanish()
            raise
        raise Refused(path, self._finished(thread.response, peer, environ))

    def _finished(self, response: Any, peer: Peer, environ: dict[str, Any]) -> HttpResponseBase:
        """Make an answer look as those of `Client.get`, as far as a refusal is looked at."""
        for name, value in peer.head[1].items() if peer.head else ():
            response.headers.setdefault(name.title(), value)  # what only the socket was told
        response.client = self
        response.request = environ
        self.cookies.update(response.cookies)
        return response  # type: ignore[no-any-return]


def _opening_handshake(host: str, port: str) -> dict[str, str]:
    return {
        "HTTP_HOST": host if port in _DEFAULT_PORTS else f"{host}:{port}",
        "HTTP_UPGRADE": "websocket",
        "HTTP_CONNECTION": "Upgrade",
        "HTTP_SEC_WEBSOCKET_KEY": _KEY,
        "HTTP_SEC_WEBSOCKET_VERSION": "13",
    }


def _in_environ(fields: Mapping[str, str]) -> dict[str, Any]:
    return {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in fields.items()}
