"""Django's test client with WebSockets."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http.response import HttpResponseBase
from django.test import Client, RequestFactory

from .errors import Refused
from .frames import Compression
from .peer import Peer
from .request_thread import RequestThread
from .transport import environ_for
from .websocket import ClientWebSocket

__all__ = ["WebSocketClient"]

_DEFAULT_PORTS = ("80", "443")

# The example of RFC 6455 section 1.3. It need not be random: there is no cache or proxy between client and view.
_KEY = "dGhlIHNhbXBsZSBub25jZQ=="


class WebSocketClient(Client):
    """A `django.test.Client` that can also open WebSockets.

    Everything else works as in Django: cookies, `session`, `force_login`, `get`, ``raise_request_exception``.
    Plain requests and WebSockets share cookies, and therefore the session and the user.

    Attributes:
        timeout: seconds; the limit of each wait, unless the call has its own `timeout`.
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
        """Open a WebSocket to a URL of the project, and wait for the handshake response.

        The request passes through `MIDDLEWARE` and `ROOT_URLCONF` to the view, which runs in its own thread but
        uses the database connections of the test.

        Args:
            path: the path of the URL, optionally with a query string.
            data: query parameters, as for `Client.get`.
            subprotocols: the subprotocols to offer, in order of preference.
            origin: the origin of the page that connects, such as ``"https://example.com"``; None: no Origin field.
            headers: header fields to add to the opening handshake, or to replace.
            secure: whether the request comes over TLS.
            compression: whether to offer permessage-deflate (RFC 7692), as browsers do.
            **extra: additional entries of the WSGI environ, as for `Client.get`.

        Returns:
            The open WebSocket.

        Raises:
            Refused: the handshake was not answered with 101; the attribute `response` has the answer.
            NothingArrived: there was no answer within `timeout` seconds.
            Exception: middleware, the URLconf or the view raised it before the WebSocket was open.
        """
        offer = {
            "Sec-WebSocket-Protocol": ", ".join(subprotocols),
            "Sec-WebSocket-Extensions": Compression.offer if compression else "",
            "Origin": origin or "",
        }
        fields = {name: value for name, value in offer.items() if value} | dict(headers or {})
        peer = Peer()
        environ = self._environ(path, data, secure, _in_environ(fields) | extra)
        return self._open(path, peer, environ | environ_for(peer.transport))

    def _environ(
        self, path: str, data: Mapping[str, Any] | None, secure: bool, extra: dict[str, Any]
    ) -> dict[str, Any]:
        factory = RequestFactory()
        factory.defaults = self.defaults
        factory.cookies = self.cookies
        plain: dict[str, Any] = factory.get(path, data, secure=secure, **extra).environ
        return _opening_handshake(plain["SERVER_NAME"], plain["SERVER_PORT"]) | plain

    def _open(self, path: str, peer: Peer, environ: dict[str, Any]) -> ClientWebSocket:
        thread = RequestThread(environ, peer.request_finished)
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
        """Add the attributes that `Client.get` adds to a response, as far as a refusal needs them."""
        for name, value in peer.head[1].items() if peer.head else ():
            response.headers.setdefault(name.title(), value)  # some fields are only written to the connection
        response.client = self
        response.request = environ
        self.cookies.update(response.cookies)
        return response  # type: ignore[no-any-return]  # of a thread's result


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
