"""The HTTP side of a connection: requests to bytes, bytes to responses. h11 does the framing."""

from __future__ import annotations

import base64
from collections import deque
from dataclasses import dataclass

import h11

from wsconform.script.events import Garbled, ResponseSeen, UpgradeSeen
from wsconform.script.limits import LARGEST, STRAY_KEPT
from wsconform.script.steps import RawRequests, Request
from wsconform.wire.address import Address
from wsconform.wire.head import Asked, accept_value
from wsconform.wire.opening import Additions, Head

__all__ = ["Http"]

_NOTHING = Additions()
#: The fields without which h11 takes a 101 for a violation.
_UPGRADE = [("Host", "x"), ("Connection", "Upgrade"), ("Upgrade", "websocket")]


@dataclass(frozen=True, slots=True)
class _Awaited:
    """A request whose response has not come.

    Attributes:
        keys: the values of Sec-WebSocket-Key; the response may belong to any of them.
    """

    method: str
    keys: tuple[str, ...]
    subprotocols: tuple[str, ...]


class Http:
    """The requests and responses of one connection, in sequence."""

    def __init__(self, address: Address, additions: Additions = _NOTHING) -> None:
        """Begin a connection.

        Args:
            address: the server and its echo.
            additions: further fields of requests.
        """
        self._address, self._additions = address, additions
        self._state = h11.Connection(h11.CLIENT)
        self._awaited = _Awaited("GET", (), ())
        self._later: deque[_Awaited] = deque()
        self._carried = b""
        self._response: h11.Response | None = None
        self._body = bytearray()
        self._requests = 0
        self._closes = False
        self.came = b""  # bytes of the next response, or after the last one

    @property
    def again(self) -> bool:
        """Whether the connection had a request before the last one."""
        return self._requests > 1

    @property
    def closes(self) -> bool:
        """Whether the last response announced the end of the connection."""
        return self._closes

    def request(self, request: Request) -> tuple[bytes, bytes, bytes]:
        """Return a request.

        Returns:
            Head and body, and the head without the values that must not be shown.

        Raises:
            h11.LocalProtocolError: the previous response has not been read, or ended the connection.
            NotImplementedError: the request is one by HTTP/1.0, which h11 does not send.
        """
        if request.http != "1.1":
            raise NotImplementedError(f"a request over HTTP/{request.http} on plain TCP")
        if self._requests:
            self._state.start_next_cycle()
        key, subprotocols = self._next_key(), request.subprotocols or self._additions.subprotocols
        self._begin(_Awaited(request.method, (key,), subprotocols))
        fields, target = self._fields(request, key, subprotocols), request.path or self._address.target
        head = self._state.send(h11.Request(method=request.method, target=target, headers=fields)) or b""
        body = (self._state.send(h11.Data(data=request.body)) or b"") if request.body else b""
        self._state.send(h11.EndOfMessage())
        return head, body, self._shown(head)

    def raw(self, step: RawRequests) -> tuple[bytes, bytes]:
        """Return requests as they are written, and the same without the values that must not be shown."""
        awaited, octets, shown = [], b"", b""
        for text in step.requests:
            key = self._next_key()
            keys = tuple(one.format(key) for one in step.keys) or (key,)
            subprotocols = (*step.subprotocols, *self._additions.subprotocols)
            awaited.append(_Awaited(text.split(" ", 1)[0].upper() or "GET", keys, subprotocols))
            octets += self._written(text, key, "".join(f"{line}\r\n" for line in self._additions.lines()))
            shown += self._written(text, key, "".join(f"{line}\r\n" for line in self._additions.lines(hidden=True)))
        first, *rest = awaited
        self._begin(first, anew=True)
        self._later.extend(rest)
        return octets, shown

    def _written(self, text: str, key: str, additions: str) -> bytes:
        address = self._address
        values = {
            "{additions}": additions,
            "{host}": address.authority,
            "{key}": key,
            "{target}": address.target,
            "{more}": "&" if "?" in address.target else "?",
        }
        for name, value in values.items():
            text = text.replace(name, value)
        return text.encode("latin-1")

    def _next_key(self) -> str:
        self._requests += 1
        return base64.b64encode(b"wsconform key %02d" % (self._requests % 100)).decode()  # 16 bytes

    def _begin(self, awaited: _Awaited, *, anew: bool = False) -> None:
        """Await a response; ``anew``: to a request that h11 has not sent."""
        self._awaited, self._response, self._body, self.came = awaited, None, bytearray(), b""
        if anew:
            self._state = h11.Connection(h11.CLIENT)
            method = awaited.method if awaited.method == "HEAD" else "GET"
            self._state.send(h11.Request(method=method, target="/", headers=_UPGRADE))
            self._state.send(h11.EndOfMessage())

    def _shown(self, head: bytes) -> bytes:
        for _, value in self._additions.fields:
            head = head.replace(f": {value}\r\n".encode("latin-1"), b": ***\r\n") if value else head
        return head

    def _fields(self, request: Request, key: str, subprotocols: tuple[str, ...]) -> list[tuple[bytes, bytes]]:
        fields: dict[str, str | None] = {"Host": self._address.authority}
        if request.websocket:
            fields |= {
                "Upgrade": "websocket",
                "Connection": "Upgrade",
                "Sec-WebSocket-Key": key,
                "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Protocol": ", ".join(subprotocols) or None,
                "Origin": request.origin or None,
            }
        if request.body:
            fields["Content-Length"] = str(len(request.body))
        fields |= dict(request.headers)
        names = {name.lower() for name, value in fields.items() if value is not None}
        added = [(name, value) for name, value in self._additions.fields if name.lower() not in names]
        kept = [(name, value) for name, value in fields.items() if value is not None]
        return [(name.encode(), value.encode("latin-1")) for name, value in (*kept, *added)]

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
        if isinstance(event, ResponseSeen) and self._later:
            self._carried = self.came
            self._begin(self._later.popleft(), anew=True)
        return event

    def carried(self) -> bytes:
        """Return, once, the bytes that came together with a response and belong to the next one."""
        carried, self._carried = self._carried, b""
        return carried

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
        accept, keys = fields.get("sec-websocket-accept"), self._awaited.keys
        key = next((key for key in keys if accept_value(key) == accept), keys[0])
        head = Head()
        head.feed(self.came)
        return UpgradeSeen(
            fields.get("sec-websocket-protocol"),
            key,
            accept,
            fields.get("sec-websocket-extensions", ""),
            head.octets,
            Asked(key, self._awaited.subprotocols, self._additions.subprotocols),
        )

    def _complete(self) -> ResponseSeen:
        response = self._response
        assert response is not None, "h11 reports no end without a start"
        self._closes = self._state.our_state is not h11.DONE
        return ResponseSeen(
            response.status_code,
            _fields(response),
            bytes(self._body),
            response.reason.decode("latin-1"),
            behind=b"" if self._later else self.behind(),
            closes=self.closes,
        )

    def behind(self) -> bytes:
        """Return the bytes received after the response."""
        return bytes(self._state.trailing_data[0])


def _fields(response: h11.Response | h11.InformationalResponse) -> dict[str, str]:
    return {name.decode(): value.decode("latin-1") for name, value in response.headers}
