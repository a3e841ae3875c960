"""The HTTP side of a connection: requests to octets, octets to answers. Knows no socket; framing is h11's work."""

from __future__ import annotations

import base64

import h11

from wsconform.script import steps
from wsconform.script.events import Answered, Garbled, Switched

__all__ = ["Http"]


class Http:
    """The requests and answers of one connection, one after the other."""

    def __init__(self, authority: str) -> None:
        """Begin a connection to ``authority``, the host and port of the Host field."""
        self._authority = authority
        self._state = h11.Connection(h11.CLIENT)
        self._key = ""
        self._answer: h11.Response | None = None
        self._body = b""
        self._asked = 0
        self.came = b""  # octets of the answer that is awaited, or behind one that has come

    @property
    def again(self) -> bool:
        """Whether the last request was not the first of its connection."""
        return self._asked > 1

    @property
    def closes(self) -> bool:
        """Whether the answer that came last announced the end of the connection."""
        return self._state.our_state is not h11.DONE

    def request(self, ask: steps.Request) -> tuple[bytes, bytes]:
        """Head and body of a request.

        Raises:
            h11.LocalProtocolError: the answer to the request before has not been read, or ended the connection.
        """
        if self._asked:
            self._state.start_next_cycle()
        self._asked += 1
        self._key = base64.b64encode(b"wsconform key %02d" % (self._asked % 100)).decode()  # 16 octets
        self._answer, self._body, self.came = None, b"", b""
        head = self._state.send(h11.Request(method=ask.method, target=ask.path, headers=self._fields(ask))) or b""
        body = (self._state.send(h11.Data(data=ask.body)) or b"") if ask.body else b""
        self._state.send(h11.EndOfMessage())
        return head, body

    def _fields(self, ask: steps.Request) -> list[tuple[str, str]]:
        fields = {"Host": self._authority}
        if ask.websocket:
            fields |= {
                "Upgrade": "websocket",
                "Connection": "Upgrade",
                "Sec-WebSocket-Key": self._key,
                "Sec-WebSocket-Version": "13",
            }
        if ask.body:
            fields["Content-Length"] = str(len(ask.body))
        fields |= dict(ask.headers)
        return [(name, value) for name, value in fields.items() if value]

    def receive(self, data: bytes) -> Switched | Answered | Garbled | None:
        """Take octets in, none at the end of the connection; the answer when it is complete."""
        self.came += data
        try:
            self._state.receive_data(data)
            event = self._next()
        except h11.RemoteProtocolError as error:
            return Garbled(str(error), self.came)
        if event is not None:
            self.came = self.behind()
        return event

    def _next(self) -> Switched | Answered | None:
        while True:
            event = self._state.next_event()
            if isinstance(event, h11.InformationalResponse) and event.status_code == 101:
                return Switched(self._key, _fields(event))
            if isinstance(event, h11.Response):
                self._answer = event
            elif isinstance(event, h11.Data):
                self._body += event.data
            elif isinstance(event, h11.EndOfMessage):
                return self._complete()
            elif not isinstance(event, h11.InformationalResponse):
                return None

    def _complete(self) -> Answered:
        assert self._answer is not None, "h11 gives no end without a beginning"
        return Answered(
            self._answer.status_code,
            self._answer.reason.decode("latin-1"),
            _fields(self._answer),
            self._body,
            behind=self.behind(),
            closes=self.closes,
        )

    def behind(self) -> bytes:
        """The octets that have come behind the answer."""
        return bytes(self._state.trailing_data[0])


def _fields(answer: h11.Response | h11.InformationalResponse) -> dict[str, str]:
    return {name.decode(): value.decode("latin-1") for name, value in answer.headers}
