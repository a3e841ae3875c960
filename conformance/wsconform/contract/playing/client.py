"""The client of family A: websocket-client and `http.client`. Every wait is bounded.

They share no code with the target, the reference or the suite's other players, so that they can find a fault that those
have in common.
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
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.cookies import SimpleCookie
from typing import Any, Protocol

import websocket
import websocket._http
import websocket._socket
from websocket import ABNF

from wsconform.bounded import BoundedSocket, TooMuchError, connect, read_body
from wsconform.model import Fault, Frame, Message, Pong
from wsconform.script import steps
from wsconform.script.describe import describe_event
from wsconform.script.events import (
    CloseSeen,
    EndSeen,
    Event,
    Garbled,
    NotConnected,
    NotesRead,
    NumbersSeen,
    ResponseSeen,
    Silence,
    UpgradeSeen,
)
from wsconform.script.facts import LoggedServer

__all__ = ["GLANCE", "PATIENCE", "Client", "ClientConnection", "Site"]

_recv, _recv_byte_by_byte = websocket._socket.recv, websocket._http.recv_line


class _Ahead:
    """A socket for websocket-client to receive from, which leaves what it receives in the buffer."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock, self.gettimeout = sock, sock.gettimeout

    def recv(self, size: int) -> bytes:
        return self._sock.recv(size, socket.MSG_PEEK)


def _recv_line(sock: socket.socket) -> bytes:
    """Receive a line of the head of a response in two calls, and not in one for each byte, where there is no TLS.

    websocket-client reads the head as UTF-8, but bytes above ASCII are legal in it (RFC 9110 section 5.5). We pass it
    Latin-1, like all other code here that reads a head.
    """
    if isinstance(sock, ssl.SSLSocket):  # it cannot be peeked at
        line: bytes = _recv_byte_by_byte(sock)
    else:
        line = b""
        while not line.endswith(b"\n"):
            ahead = _recv(_Ahead(sock), _AT_ONCE)
            line += _recv(sock, ahead.find(b"\n") + 1 or len(ahead))
    return line.decode("latin-1").encode()


websocket._http.recv_line = _recv_line

#: Seconds for each expectation, before scaling.
PATIENCE = 4.0
#: Seconds to read notes that no step expects.
GLANCE = 0.5
#: Bytes that may arrive at one expectation, in addition to an expected message; the largest response has 1 MiB.
ROOM = 3 << 20
_POLL = 0.02  # seconds; only the page of notes shows that a view has ended
_AT_ONCE = 1 << 16  # bytes of a flood; a Pong may come between
_PORTION = 1 << 18
_OPCODES: Mapping[type, int] = {str: ABNF.OPCODE_TEXT, bytes: ABNF.OPCODE_BINARY}
_PROTOCOL_ERROR, _INVALID_DATA, _TOO_LARGE = 1002, 1007, 1009


class Site(LoggedServer, Protocol):
    """A server with the site on it."""

    def url_of(self, path: str) -> str:
        """The WebSocket URL of a view."""


class Client:
    """The state shared by the connections of one play: cookies, and the name of the notes of its views."""

    def __init__(self, site: Site, scale: float = 1.0) -> None:
        self.site, self.patience = site, PATIENCE * scale
        self._scale = scale
        self._nonce = secrets.token_hex(8)
        self._cookies: SimpleCookie = SimpleCookie()
        self._connections: list[ClientConnection] = []

    def connect(self) -> ClientConnection:
        """Return a new connection."""
        self._connections.append(connection := ClientConnection(self))
        return connection

    def limit(self, within: float | None) -> float:
        """Return the time limit of an expectation in seconds."""
        return within * self._scale if within else self.patience

    def path(self, path: str) -> str:
        """Return a path with the name of the notes as a parameter."""
        return f"{path}{'&' if '?' in path else '?'}note={self._nonce}"

    def cookie(self) -> str:
        """Return the Cookie field."""
        return "; ".join(f"{name}={morsel.value}" for name, morsel in self._cookies.items())

    def request(self, step: steps.Request) -> Event:
        """Send a plain request on a new connection; return the response, or the event that came instead."""
        cookie = {"Cookie": self.cookie()} if self._cookies else {}
        fields = {"Connection": "close", **cookie, **dict(step.headers)}
        headers = {name: value for name, value in fields.items() if value is not None}
        try:
            return self._exchange(step, headers, self.patience)
        except TimeoutError:
            return Silence(self.patience)
        except (OSError, http.client.HTTPException) as error:
            return _failure(error)

    def _exchange(self, step: steps.Request, headers: Mapping[str, str], patience: float) -> ResponseSeen:
        connection = http.client.HTTPConnection(self.site.host, self.site.port)
        connection.sock = self.connected(patience)
        if step.http == "1.0":  # there is no public way to choose it
            vars(connection).update(_http_vsn=10, _http_vsn_str="HTTP/1.0")
        try:
            connection.request(step.method, self.path(step.path), step.body or None, dict(headers))
            response = connection.getresponse()
            for value in response.headers.get_all("Set-Cookie") or ():
                self._cookies.load(value)
            fields = {name.lower(): value for name, value in response.headers.items()}
            return ResponseSeen(response.status, fields, read_body(response, ROOM), response.reason)
        finally:
            connection.close()

    def connected(self, patience: float, receive_buffer: int = 0) -> BoundedSocket:
        """Return a new connection to the server, with a deadline for all its data."""
        site = self.site
        return connect(site.host, site.port, site.authority, within=patience, room=ROOM, receive_buffer=receive_buffer)

    def expect_notes(self, step: steps.ExpectNotes) -> NotesRead:
        """Return the notes of the views, once all started views have ended."""
        # A server may wait for our end of TCP, and some serve no other client meanwhile.
        for connection in self._connections:
            if connection.closed:
                connection.close()
        return self.notes(self.limit(step.within))

    def notes(self, patience: float) -> NotesRead:
        """Return the notes of the views, at the latest when the time is up."""
        deadline = time.monotonic() + patience
        page = steps.Request("/a/notes", websocket=False)
        notes = NotesRead(ended=False)
        while True:
            left = max(deadline - time.monotonic(), GLANCE)
            with suppress(OSError, http.client.HTTPException, ValueError, TypeError, RecursionError):
                notes = NotesRead(**json.loads(self._exchange(page, {"Connection": "close"}, left).body))
            if notes.ended or time.monotonic() > deadline:
                return notes
            time.sleep(_POLL)


class ClientConnection:
    """A connection of a play: a WebSocket by websocket-client, or the last exchange by http.client."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._response: Event = NotConnected("no request was sent")
        self._socket: websocket.WebSocket | None = None
        self._closing = False
        self._streams: list[threading.Thread] = []
        self.closed = False  # Close frames have been exchanged

    def close(self) -> None:
        """Close the connection in any state."""
        if self._socket is not None:
            with suppress(OSError, websocket.WebSocketException):
                if self._streams and self._socket.sock is not None:  # wakes threads that send
                    self._socket.sock.shutdown(socket.SHUT_RDWR)
            with suppress(OSError, websocket.WebSocketException):
                self._socket.shutdown()
        for thread in self._streams:
            thread.join(PATIENCE)

    # Actions

    def act(self, step: steps.Action) -> None:
        """Take an action; if it comes too late, the next expectation reports that."""
        if isinstance(step, steps.Request):
            _check(step)
            self._response = self._open(step) if step.websocket else self._client.request(step)
        elif self._socket is not None:
            with suppress(OSError, websocket.WebSocketException):
                self._ACTIONS[type(step)](self, self._socket, step)

    def _open(self, step: steps.Request) -> Event:
        try:
            opened = self._connected(step)
        except websocket.WebSocketBadStatusException as refusal:
            headers = {name.lower(): str(value) for name, value in (refusal.resp_headers or {}).items()}
            return ResponseSeen(refusal.status_code, headers, bytes(refusal.resp_body or b""))
        except websocket.WebSocketTimeoutException:
            return Silence(self._client.patience)
        except (OSError, ValueError, websocket.WebSocketException) as error:
            return _failure(error)
        self._socket, self._closing, self.closed = opened, False, False
        fields: Mapping[str, str] = opened.getheaders() or {}
        return UpgradeSeen(fields.get("sec-websocket-protocol"))

    def _connected(self, step: steps.Request) -> websocket.WebSocket:
        client = self._client
        # Its UTF-8 check takes a second per MiB, so we do it ourselves.
        opened = websocket.WebSocket(enable_multithread=True, skip_utf8_validation=True)
        # Given subprotocols, websocket-client requires the server to select one, which it need not do.
        offered = (("Sec-WebSocket-Protocol", ", ".join(step.subprotocols)),) if step.subprotocols else ()
        opened.connect(
            client.site.url_of(client.path(step.path)),
            timeout=client.patience,
            header=[f"{name}: {value}" for name, value in (*step.headers, *offered)],
            origin=step.origin or None,
            suppress_origin=step.origin == "",
            cookie=client.cookie() or None,
            socket=client.connected(client.patience, step.receive_buffer),
            redirect_limit=0,  # a redirect may lead anywhere
        )
        return opened

    def _send(self, opened: websocket.WebSocket, step: steps.Send) -> None:
        last = len(step.parts) - 1
        for n, part in enumerate(step.parts):
            opcode = ABNF.OPCODE_CONT if n else _OPCODES[type(step.message)]
            opened.send_frame(ABNF(int(n == last), 0, 0, 0, opcode, 1, part))

    def _send_fragment(self, opened: websocket.WebSocket, step: steps.SendFragment) -> None:
        opcode = _OPCODES[type(step.part)] if step.first else ABNF.OPCODE_CONT
        payload = step.part.encode() if isinstance(step.part, str) else step.part
        opened.send_frame(ABNF(int(step.last), 0, 0, 0, opcode, 1, payload))

    def _send_numbered(self, opened: websocket.WebSocket, step: steps.SendNumbered) -> None:
        def send() -> None:
            with suppress(OSError, websocket.WebSocketException):
                for n in range(step.count):
                    opened.send(str(n), ABNF.OPCODE_PING if step.pings else ABNF.OPCODE_TEXT)

        self._meanwhile(send)

    def _flood(self, opened: websocket.WebSocket, step: steps.Flood) -> None:
        if step.drain:
            raise NotImplementedError("only a client on plain TCP can send this flood")
        octets, last = (b"".join(map(_octets, what)) for what in (step.what, step.last))
        rounds = max(1, _AT_ONCE // len(octets))
        sock = opened.sock  # websocket-client drops it when the connection ends

        def send() -> None:
            with suppress(OSError):
                for sent in range(0, step.count, rounds):
                    with opened.lock:
                        sock.sendall(octets * min(rounds, step.count - sent))
                with opened.lock:
                    sock.sendall(last)

        self._meanwhile(send)

    def _meanwhile(self, send: Callable[[], None]) -> None:
        thread = threading.Thread(target=send, name="stream", daemon=True)
        self._streams.append(thread)
        thread.start()

    def _close(self, opened: websocket.WebSocket, step: steps.Close) -> None:
        self._closing = True
        code = b"" if step.code is None else struct.pack(">H", step.code)
        opened.send(code + step.reason.encode(), ABNF.OPCODE_CLOSE)

    def _disconnect(self, opened: websocket.WebSocket, step: steps.Disconnect) -> None:
        if step.how is steps.End.RST:
            opened.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:  # unread data would turn it into a reset
            opened.sock.shutdown(socket.SHUT_RDWR)
        opened.shutdown()

    _ACTIONS: Mapping[type, Callable[[ClientConnection, websocket.WebSocket, Any], None]] = {
        steps.Send: _send,
        steps.SendFragment: _send_fragment,
        steps.SendNumbered: _send_numbered,
        steps.Flood: _flood,
        steps.Ping: lambda _, opened, step: opened.ping(step.payload),
        steps.Pong: lambda _, opened, step: opened.pong(step.payload),
        steps.Close: _close,
        steps.Disconnect: _disconnect,
    }

    # Expectations

    def observe(self, step: steps.Expectation) -> Event:
        """Return the next event, or the result of the last request."""
        if isinstance(step, steps.ExpectUpgrade | steps.ExpectResponse):
            return self._response
        if self._socket is None:
            return NotConnected("the opening handshake was refused")
        if isinstance(step, steps.ExpectNumbered):
            return self._count(self._socket, step, self._client.limit(step.within))
        if isinstance(step, steps.ExpectSilence):
            return self._next(self._socket, step.seconds)
        if isinstance(step, steps.ExpectMessage) and step.pause:
            _rest_while_receiving(self._socket, step.pause)
        room = ROOM + len(step.message) if isinstance(step, steps.ExpectMessage) else ROOM
        return self._next(self._socket, self._client.limit(getattr(step, "within", None)), room)

    def _next(self, opened: websocket.WebSocket, patience: float, room: int = ROOM) -> Event:
        """Return the next message, pong, Close or end, and answer pings."""
        if opened.sock is None:
            return NotConnected("we have closed it")
        deadline = time.monotonic() + patience
        opened.sock.allow(patience, room)
        try:
            while (left := deadline - time.monotonic()) > 0:
                opened.sock.settimeout(left)
                if (event := self._taken(opened, opened.recv_frame())) is not None:
                    return event
        except websocket.WebSocketTimeoutException:
            pass
        except TooMuchError as error:
            return Fault(_TOO_LARGE, str(error), "")
        except UnicodeDecodeError:
            return Fault(_INVALID_DATA, "text that is not UTF-8", "")
        except (websocket.WebSocketConnectionClosedException, OSError) as error:
            return _end(error)
        except websocket.WebSocketException as error:
            return Fault(_PROTOCOL_ERROR, str(error), "")
        return Silence(patience)

    def _taken(self, opened: websocket.WebSocket, frame: ABNF) -> Event | None:
        if frame.opcode == ABNF.OPCODE_PING:
            opened.pong(frame.data)
            return None
        if frame.opcode == ABNF.OPCODE_PONG:
            return Pong(frame.data)
        if frame.opcode == ABNF.OPCODE_CLOSE:
            return self._closed(opened, frame.data)
        parts = opened.cont_frame
        parts.validate(frame)
        parts.add(frame)
        if not parts.is_fire(frame):
            return None
        opcode, whole = parts.extract(frame)
        if opcode == ABNF.OPCODE_TEXT:
            whole.data.decode()
        return Message(bytes(whole.data), binary=opcode != ABNF.OPCODE_TEXT)

    def _closed(self, opened: websocket.WebSocket, payload: bytes) -> CloseSeen:
        if not self._closing:
            self._closing = True
            with suppress(OSError, websocket.WebSocketException):
                opened.send(payload, ABNF.OPCODE_CLOSE)
        self.closed = True
        code = struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else None
        payload[2:].decode()
        return CloseSeen(code, payload[2:])

    def _count(self, opened: websocket.WebSocket, step: steps.ExpectNumbered, patience: float) -> NumbersSeen:
        """Take numbered messages until all have arrived, or an event other than a pong comes."""
        counts = dict.fromkeys(step.senders, 0)
        deadline = time.monotonic() + patience
        while any(count < step.count for count in counts.values()):
            event = self._next(opened, deadline - time.monotonic())
            if isinstance(event, Pong):
                continue
            text = bytes(event.payload).decode() if isinstance(event, Message) and not event.binary else ""
            name, _, number = text.partition(":")
            if name not in counts or number != str(counts[name]):
                return NumbersSeen(counts, describe_event(event))
            counts[name] += 1
        return NumbersSeen(counts)


def _check(step: steps.Request) -> None:
    changed = step.websocket and (step.method != "GET" or step.body or None in dict(step.headers).values())
    if changed or step.trailing or step.byte_by_byte or step.mute or step.only is not None:
        raise NotImplementedError("only a client on plain TCP can send this request")


def _octets(one: Frame | bytes) -> bytes:
    if isinstance(one, bytes):
        return one
    rsv = [one.rsv >> bit & 1 for bit in (2, 1, 0)]
    return bytes(ABNF(int(one.fin), *rsv, one.opcode, 1, bytes(one.payload)).format())


def _rest_while_receiving(opened: websocket.WebSocket, pause: float) -> None:
    """From now on, pause the connection after each portion that it receives."""
    receive, taken = opened.frame_buffer.recv, 0

    def recv(size: int) -> bytes:
        nonlocal taken
        data: bytes = receive(size)
        taken += len(data)
        if taken >= _PORTION:
            taken = 0
            time.sleep(pause)
        return data

    opened.frame_buffer.recv = recv


def _failure(error: Exception) -> Event:
    """Return the event for an exception of an unanswered request."""
    closed = http.client.RemoteDisconnected, websocket.WebSocketConnectionClosedException, ConnectionResetError
    if isinstance(error, closed):
        return _end(error)
    if isinstance(error, websocket.WebSocketException):
        return Fault(_PROTOCOL_ERROR, str(error), "")
    if isinstance(error, http.client.HTTPException | TooMuchError | ValueError):
        return Garbled(f"{type(error).__name__}: {error}")
    return NotConnected(f"{type(error).__name__}: {error}")


def _end(error: Exception) -> EndSeen:
    cause = error.__cause__ or error
    was_reset = isinstance(cause, ConnectionResetError) and not isinstance(cause, http.client.RemoteDisconnected)
    return EndSeen(steps.End.RST if was_reset else steps.End.FIN)
