"""Plays a clause as a client would, with websocket-client and `http.client`, every wait bounded. Knows no verdict.

websocket-client is nobody's relative here: a mistake that the target and the suite's own player shared would
be invisible.
"""

from __future__ import annotations

import http.client
import json
import secrets
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, Protocol

import websocket
from websocket import ABNF

from wsconform.contract import steps
from wsconform.contract.describe import describe_event
from wsconform.contract.events import (
    Answered,
    ApiEvent,
    ApiObservation,
    ApiTranscript,
    CloseHeard,
    Counted,
    EndSeen,
    Heard,
    Noted,
    PongHeard,
    Silence,
    Switched,
    Violated,
)
from wsconform.contract.matching import is_as_awaited
from wsconform.contract.model import ApiClause

__all__ = ["PATIENCE", "ClausePlayer", "Site"]

#: Seconds for anything that is awaited, before scaling.
PATIENCE = 4.0
#: Seconds for a look at notes that are not awaited.
GLANCE = 0.5
_POLL = 0.02  # seconds; only the page of notes can tell that a view has ended
_QUIET = 0.1  # seconds in which a server prints what it has to say of a connection that ended
_OPCODES: Mapping[type, int] = {str: ABNF.OPCODE_TEXT, bytes: ABNF.OPCODE_BINARY}


class Site(Protocol):
    """A server with the site on it, whoever started it."""

    @property
    def host(self) -> str:
        """The address that it listens on."""

    @property
    def port(self) -> int:
        """The port."""

    @property
    def authority(self) -> Path | None:
        """The only certificate to trust, where it speaks TLS."""

    def url_of(self, path: str) -> str:
        """The WebSocket URL of a view."""

    def alive(self) -> bool:
        """Whether its process is there."""

    def log_size(self) -> int:
        """How many octets it has printed so far."""

    def log_text(self, start: int = 0) -> str:
        """What it has printed from that octet on."""


class ClausePlayer:
    """Plays clauses on one instance of a server; safe to use from several threads at once."""

    def __init__(self, site: Site, scale: float = 1.0) -> None:
        self.site, self.scale = site, scale

    def play(self, clause: ApiClause) -> ApiTranscript:
        """Play a clause up to the first step that sees something else than it awaits."""
        logged, began, play = self.site.log_size(), time.monotonic(), _Play(self.site, self.scale)
        noted: Mapping[str, object] = {}
        failure = ""
        try:
            if not play.run(clause.steps):
                noted = play.glance()
        except Exception as error:
            failure = f"{type(error).__name__}: {error}"
        finally:
            play.leave()
        return ApiTranscript(
            tuple(play.observations),
            noted,
            log=self._log_since(logged) if clause.silent else "",
            alive=self.site.alive(),
            seconds=time.monotonic() - began,
            failure=failure,
        )

    def _log_since(self, start: int) -> str:
        """What was printed, once nothing has been for a moment."""
        size, quiet_since = self.site.log_size(), time.monotonic()
        deadline = quiet_since + 20 * _QUIET
        while quiet_since + _QUIET > time.monotonic() < deadline:
            time.sleep(_POLL)  # a log file tells nobody that it grows
            if (now := self.site.log_size()) != size:
                size, quiet_since = now, time.monotonic()
        return self.site.log_text(start)


class _Play:
    """One play: its connections, its cookies, and what was seen."""

    def __init__(self, site: Site, scale: float) -> None:
        self._site, self._scale = site, scale
        self._nonce = secrets.token_hex(8)
        self._cookies: SimpleCookie = SimpleCookie()
        self._sockets: dict[int, _Socket] = {}
        self._answers: dict[int, ApiEvent] = {}
        self._began = time.monotonic()
        self.observations: list[ApiObservation] = []

    def run(self, planned: Sequence[steps.Step]) -> bool:
        """Take the steps; tell whether each saw what it awaits."""
        for n, step in enumerate(planned):
            number, inner = (step.connection, step.step) if isinstance(step, steps.On) else (1, step)
            if isinstance(inner, steps.Expectation):
                event = self._await(number, inner)
                self.observations.append(ApiObservation(n, time.monotonic() - self._began, event))
                if not is_as_awaited(inner, event):
                    return False
            else:
                self._do(number, inner)
        return True

    def glance(self) -> Mapping[str, object]:
        """What the views have noted by now."""
        self.leave()
        with suppress(OSError, http.client.HTTPException):
            return self._notes(GLANCE).values
        return {}

    def leave(self) -> None:
        """End all connections."""
        for open_socket in self._sockets.values():
            open_socket.leave()

    # Actions

    def _do(self, number: int, step: steps.Step) -> None:
        if isinstance(step, steps.Request):
            self._answers[number] = self._opening(number, step) if step.websocket else self._request(step)
        elif number in self._sockets:
            self._sockets[number].do(step)

    def _await(self, number: int, step: steps.Step) -> ApiEvent:
        patience = self._scale * (getattr(step, "within", None) or PATIENCE)
        if isinstance(step, steps.ExpectNotes):
            # A server may wait for our end of TCP, and some serve nobody else meanwhile.
            for over in filter(lambda each: each.over, self._sockets.values()):
                over.leave()
            return self._notes(patience)
        if isinstance(step, steps.ExpectUpgrade | steps.ExpectResponse):
            return self._answers[number]
        if number not in self._sockets:
            return EndSeen("refusal, before it was open")
        if isinstance(step, steps.ExpectNumbered):
            return self._sockets[number].count(step, patience)
        return self._sockets[number].hear(step.seconds if isinstance(step, steps.ExpectSilence) else patience)

    # Requests

    def _path(self, path: str) -> str:
        return f"{path}{'&' if '?' in path else '?'}note={self._nonce}"

    def _opening(self, number: int, step: steps.Request) -> ApiEvent:
        try:
            self._sockets[number] = opened = _Socket(self._connected(step))
        except websocket.WebSocketBadStatusException as refusal:
            headers = {name.lower(): str(value) for name, value in (refusal.resp_headers or {}).items()}
            return Answered(refusal.status_code, headers, bytes(refusal.resp_body or b""))
        except websocket.WebSocketTimeoutException:
            return Silence(PATIENCE * self._scale)
        except (websocket.WebSocketConnectionClosedException, OSError) as error:
            return EndSeen(_named(error))
        except websocket.WebSocketException as error:
            return Violated(str(error))
        return Switched(opened.subprotocol)

    def _connected(self, step: steps.Request) -> websocket.WebSocket:
        trust = {"ca_certs": str(self._site.authority)} if self._site.authority else None
        # It takes a second for a MiB to look whether that is UTF-8, so we do it.
        client = websocket.WebSocket(sslopt=trust, enable_multithread=True, skip_utf8_validation=True)
        client.connect(
            self._site.url_of(self._path(step.path)),
            timeout=PATIENCE * self._scale,
            header=[f"{name}: {value}" for name, value in _fields(step)],
            origin=step.origin or None,
            suppress_origin=step.origin == "",
            cookie=self._cookie() or None,
        )
        return client

    def _cookie(self) -> str:
        return "; ".join(f"{name}={morsel.value}" for name, morsel in self._cookies.items())

    def _request(self, step: steps.Request) -> ApiEvent:
        headers = {"Connection": "close", **({"Cookie": self._cookie()} if self._cookies else {}), **dict(step.headers)}
        try:
            return self._exchange(
                step.method, self._path(step.path), headers, step.body or None, http10=step.http == "1.0"
            )
        except TimeoutError:
            return Silence(PATIENCE * self._scale)
        except (OSError, http.client.HTTPException) as error:
            return EndSeen(_named(error))

    def _exchange(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | None,
        patience: float | None = None,
        *,
        http10: bool = False,
    ) -> Answered:
        connection = self._http(patience or PATIENCE * self._scale)
        if http10:  # it has no public way to say so
            vars(connection).update(_http_vsn=10, _http_vsn_str="HTTP/1.0")
        try:
            connection.request(method, path, body, dict(headers))
            response = connection.getresponse()
            for value in response.headers.get_all("Set-Cookie") or ():
                self._cookies.load(value)
            fields = {name.lower(): value for name, value in response.headers.items()}
            return Answered(response.status, fields, response.read())
        finally:
            connection.close()

    def _http(self, patience: float) -> http.client.HTTPConnection:
        site = self._site
        if site.authority is None:
            return http.client.HTTPConnection(site.host, site.port, timeout=patience)
        trust = ssl.create_default_context(cafile=site.authority)
        return http.client.HTTPSConnection(site.host, site.port, timeout=patience, context=trust)

    def _notes(self, patience: float) -> Noted:
        """What the views have noted, once all that have begun have ended."""
        deadline = time.monotonic() + patience
        noted = Noted(ended=False)
        while True:
            left = max(deadline - time.monotonic(), GLANCE)
            with suppress(OSError, http.client.HTTPException, ValueError):
                answer = self._exchange("GET", self._path("/a/notes"), {"Connection": "close"}, None, left)
                noted = Noted(**json.loads(answer.body))
            if noted.ended or time.monotonic() > deadline:
                return noted
            time.sleep(_POLL)


class _Socket:
    """An open WebSocket, on the client's side."""

    def __init__(self, client: websocket.WebSocket) -> None:
        self._client = client
        self._closing = False
        self.over = False  # Close frames have been exchanged
        self._streams: list[threading.Thread] = []

    @property
    def subprotocol(self) -> str | None:
        """The one that the server has chosen."""
        headers: Mapping[str, str] = self._client.getheaders() or {}
        return headers.get("sec-websocket-protocol")

    def do(self, step: steps.Step) -> None:
        """Take an action; where it comes too late, what is awaited next will show it."""
        with suppress(OSError, websocket.WebSocketException):
            self._ACTIONS[type(step)](self, step)

    def _say(self, step: steps.Send) -> None:
        payload = _octets(step.message)
        size = -(-len(payload) // step.fragments) or 1
        parts = [payload[at : at + size] for at in range(0, len(payload), size)] or [b""]
        for n, part in enumerate(parts):
            self._frame(ABNF.OPCODE_CONT if n else _OPCODES[type(step.message)], part, last=n == len(parts) - 1)

    def _fragment(self, step: steps.SendFragment) -> None:
        opcode = _OPCODES[type(step.part)] if step.first else ABNF.OPCODE_CONT
        self._frame(opcode, _octets(step.part), last=step.last)

    def _frame(self, opcode: int, payload: bytes, *, last: bool) -> None:
        self._client.send_frame(ABNF(int(last), 0, 0, 0, opcode, 1, payload))

    def _close(self, step: steps.Close) -> None:
        self._closing = True
        code = b"" if step.code is None else struct.pack(">H", step.code)
        self._client.send(code + step.reason.encode(), ABNF.OPCODE_CLOSE)

    def _vanish(self, step: steps.Disconnect) -> None:
        if step.reset:
            self._client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:  # what we have not read would make it a reset
            self._client.sock.shutdown(socket.SHUT_RDWR)
        self._client.shutdown()

    def _stream(self, step: steps.SendNumbered) -> None:
        def send() -> None:
            with suppress(OSError, websocket.WebSocketException):
                for n in range(step.count):
                    self._client.send(str(n), ABNF.OPCODE_PING if step.pings else ABNF.OPCODE_TEXT)

        thread = threading.Thread(target=send, name="stream", daemon=True)
        self._streams.append(thread)
        thread.start()

    _ACTIONS: Mapping[type, Callable[[_Socket, Any], object]] = {
        steps.Send: _say,
        steps.SendFragment: _fragment,
        steps.Ping: lambda self, step: self._client.ping(step.payload),
        steps.Pong: lambda self, step: self._client.pong(step.payload),
        steps.Close: _close,
        steps.Disconnect: _vanish,
        steps.SendNumbered: _stream,
    }

    def hear(self, patience: float) -> ApiEvent:
        """The next message, Pong, Close or end; Pings are answered."""
        if self._client.sock is None:
            return EndSeen("us")
        deadline = time.monotonic() + patience
        try:
            while (left := deadline - time.monotonic()) > 0:
                self._client.sock.settimeout(left)
                if (event := self._taken(self._client.recv_frame())) is not None:
                    return event
        except websocket.WebSocketTimeoutException:
            pass
        except (websocket.WebSocketConnectionClosedException, OSError) as error:
            return EndSeen("RST" if isinstance(error.__cause__ or error, ConnectionResetError) else "FIN")
        except UnicodeDecodeError:
            return Violated("text that is not UTF-8")
        except websocket.WebSocketException as error:
            return Violated(str(error))
        return Silence(patience)

    def _taken(self, frame: ABNF) -> ApiEvent | None:
        if frame.opcode == ABNF.OPCODE_PING:
            self._client.pong(frame.data)
            return None
        if frame.opcode == ABNF.OPCODE_PONG:
            return PongHeard(frame.data)
        if frame.opcode == ABNF.OPCODE_CLOSE:
            return self._closed(frame.data)
        parts = self._client.cont_frame
        parts.validate(frame)
        parts.add(frame)
        if not parts.is_fire(frame):
            return None
        opcode, whole = parts.extract(frame)
        return Heard(whole.data.decode() if opcode == ABNF.OPCODE_TEXT else bytes(whole.data))

    def _closed(self, payload: bytes) -> CloseHeard:
        if not self._closing:
            self._closing = True
            with suppress(OSError, websocket.WebSocketException):
                self._client.send(payload, ABNF.OPCODE_CLOSE)
        self.over = True
        code = struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else None
        return CloseHeard(code, payload[2:].decode())

    def count(self, step: steps.ExpectNumbered, patience: float) -> Counted:
        """Take numbered messages until all have come, or something else does but Pongs."""
        counts = dict.fromkeys(step.senders, 0)
        deadline = time.monotonic() + patience
        while any(count < step.count for count in counts.values()):
            event = self.hear(deadline - time.monotonic())
            if isinstance(event, PongHeard):
                continue
            said = event.message if isinstance(event, Heard) and isinstance(event.message, str) else ""
            name, _, number = said.partition(":")
            if name not in counts or number != str(counts[name]):
                return Counted(counts, describe_event(event))
            counts[name] += 1
        return Counted(counts)

    def leave(self) -> None:
        """End the connection, however it stands."""
        with suppress(OSError, websocket.WebSocketException):
            self._client.shutdown()
        for thread in self._streams:
            thread.join(PATIENCE)


def _fields(step: steps.Request) -> tuple[tuple[str, str], ...]:
    # Told of subprotocols, websocket-client would demand that the server chooses one, which it need not.
    offered = (("Sec-WebSocket-Protocol", ", ".join(step.subprotocols)),) if step.subprotocols else ()
    return (*step.headers, *offered)


def _named(error: BaseException) -> str:
    return "RST" if isinstance(error, ConnectionResetError) else f"{type(error).__name__}: {error}"


def _octets(message: str | bytes) -> bytes:
    return message.encode() if isinstance(message, str) else message
