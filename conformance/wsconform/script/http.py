"""The HTTP side of a connection: requests to bytes, bytes to responses. h11 does the framing."""

from __future__ import annotations

import base64

import h11

from wsconform.script.events import Garbled, ResponseSeen, UpgradeSeen
from wsconform.script.limits import LARGEST, STRAY_KEPT
from wsconform.script.steps import Request

__all__ = ["Http"]


class Http:
    """The requests and responses of one connection, in sequence."""

    def __init__(self, authority: str) -> None:
        """Begin a connection to ``authority``, the host and port of the Host field."""
        self._authority = authority
        self._state = h11.Connection(h11.CLIENT)
        self._key = ""
        self._response: h11.Response | None = None
        self._body = bytearray()
        self._requests = 0
        self.came = b""  # bytes of the next response, or after the last one

    @property
    def again(self) -> bool:
        """Whether the connection had a request before the last one."""
        return self._requests > 1

    @property
    def closes(self) -> bool:
        """Whether the last response announced the end of the connection."""
        return self._state.our_state is not h11.DONE

    def request(self, request: Request) -> tuple[bytes, bytes]:
        """Return head and body of a request.

        Raises:
            h11.LocalProtocolError: the previous response has not been read, or ended the connection.
            NotImplementedError: the request is one by HTTP/1.0, which h11 does not send.
        """
        if request.http != "1.1":
            raise NotImplementedError(f"a request over HTTP/{request.http} on plain TCP")
        if self._requests:
            self._state.start_next_cycle()
        self._requests += 1
        self._key = base64.b64encode(b"wsconform key %02d" % (self._requests % 100)).decode()  # 16 bytes
        self._response, self._body, self.came = None, bytearray(), b""
        line = h11.Request(method=request.method, target=request.path, headers=self._fields(request))
        head = self._state.send(line) or b""
        body = (self._state.send(h11.Data(data=request.body)) or b"") if request.body else b""
        self._state.send(h11.EndOfMessage())
        return head, body

    def _fields(self, request: Request) -> list[tuple[str, str]]:
        fields: dict[str, str | None] = {"Host": self._authority}
        if request.websocket:
            fields |= {
                "Upgrade": "websocket",
                "Connection": "Upgrade",
                "Sec-WebSocket-Key": self._key,
                "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Protocol": ", ".join(request.subprotocols) or None,
                "Origin": request.origin or None,
            }
        if request.body:
            fields["Content-Length"] = str(len(request.body))
        fields |= dict(request.headers)
        return [(name, value) for name, value in fields.items() if value is not None]

    def receive(self, data: bytes) -> UpgradeSeen | ResponseSeen | Garbled | None:
        """Add received bytes, empty at the end of the connection; return the response when it is complete."""
        if len(self.came) + len(data) > LARGEST:
            return Garbled(f"more than {LARGEST} bytes arrived", self.came[:STRAY_KEPT])
        self.came += data
        try:
            self._state.receive_data(data)
            event = self._next()
        except h11.RemoteProtocolError as error:
            return Garbled(str(error), self.came)
        if event is not None:
            self.came = self.behind()
        return event

    def _next(self) -> UpgradeSeen | ResponseSeen | None:
        while True:
            event = self._state.next_event()
            if isinstance(event, h11.InformationalResponse) and event.status_code == 101:
                return self._upgraded(_fields(event))
            if isinstance(event, h11.Response):
                self._response = event
            elif isinstance(event, h11.Data):
                self._body += event.data
            elif isinstance(event, h11.EndOfMessage):
                return self._complete()
            elif not isinstance(event, h11.InformationalResponse):
                return None

    def _upgraded(self, fields: dict[str, str]) -> UpgradeSeen:
        return UpgradeSeen(
            fields.get("sec-websocket-protocol"),
            self._key,
            fields.get("sec-websocket-accept"),
            fields.get("sec-websocket-extensions", ""),
        )

    def _complete(self) -> ResponseSeen:
        response = self._response
        assert response is not None, "h11 reports no end without a start"
        return ResponseSeen(
            response.status_code,
            _fields(response),
            bytes(self._body),
            response.reason.decode("latin-1"),
            behind=self.behind(),
            closes=self.closes,
        )

    def behind(self) -> bytes:
        """Return the bytes received after the response."""
        return bytes(self._state.trailing_data[0])


def _fields(response: h11.Response | h11.InformationalResponse) -> dict[str, str]:
    return {name.decode(): value.decode("latin-1") for name, value in response.headers}
