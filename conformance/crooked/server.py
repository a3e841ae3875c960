"""One small echo server that obeys RFC 6455, and the rules it can be told to break."""

from __future__ import annotations

import base64
import codecs
import hashlib
import re
import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from conformance.engine.listener import may_be_sent
from conformance.engine.wire import Decoder, Received
from conformance.model import Opcode

__all__ = ["Crooked", "serving"]

CONTROL = Opcode.CLOSE, Opcode.PING, Opcode.PONG
KNOWN = (*CONTROL, Opcode.CONTINUATION, Opcode.TEXT, Opcode.BINARY)


@dataclass(frozen=True, slots=True)
class Crooked:
    """What a server does wrong. The defaults are right.

    Attributes:
        echoes: messages come back.
        pongs: pings are answered.
        closes: a Close is answered.
        detects: violations fail the connection.
        error_code: the close code for violations; None drops TCP instead; 0 is the fitting one.
        checks_close: a Close with an illegal code or reason is a violation.
        answer_code: the code of every answer to a Close; by default that of the Close.
        corrupts_once: each message comes back wrong the first time it is seen.
        stray: octets that are written after the Close frame.
        resets: TCP ends with RST.
        dies_on_fragment: the process ends at a frame without FIN.
    """

    name: str
    summary: str
    drops_at_once: bool = False
    echoes: bool = True
    pongs: bool = True
    closes: bool = True
    detects: bool = True
    error_code: int | None = 0
    ends_tcp: bool = True
    masks: bool = False
    newest_pong_only: bool = False
    checks_close: bool = True
    answer_code: int | None = None
    corrupts: bool = False
    corrupts_once: bool = False
    stray: bytes = b""
    resets: bool = False
    dies_on_fragment: bool = False


class _ViolationError(Exception):
    def __init__(self, code: int) -> None:
        self.code = code


class _ConnectionOverError(Exception):
    """The connection is to end."""


class _Connection:
    """One connection after its opening handshake."""

    def __init__(self, sock: socket.socket, server: _Server) -> None:
        self._sock, self._how, self._die, self._known = sock, server.how, server.die, server.known
        self._frames = Decoder()
        self._opcode: Opcode | None = None
        self._parts: list[bytes] = []
        self._utf8 = codecs.getincrementaldecoder("utf-8")()

    def serve(self, early: bytes) -> None:
        """Echo until one of the two closes."""
        data = early
        while True:
            if data and self._how.drops_at_once:
                return
            try:
                self._take(self._frames.feed(data))
            except _ViolationError as violation:
                self._fail(violation.code)
                return
            except _ConnectionOverError:
                return
            data = self._sock.recv(1 << 16)
            if not data:
                return

    def _take(self, frames: list[Received]) -> None:
        pings = [frame for frame in frames if frame.opcode == Opcode.PING]
        for frame in frames:
            if self._how.detects:
                self._check(frame)
            if frame.opcode == Opcode.PING:
                if self._how.pongs and not (self._how.newest_pong_only and frame is not pings[-1]):
                    self._send(Opcode.PONG, frame.payload)
            elif frame.opcode == Opcode.CLOSE:
                self._close(frame.payload)
            elif frame.opcode < Opcode.CLOSE:
                self._data(frame)

    def _check(self, frame: Received) -> None:
        control = frame.opcode in CONTROL
        if frame.rsv or frame.opcode not in KNOWN or not frame.masked or not frame.minimal:
            raise _ViolationError(1002)
        if control and (not frame.fin or len(frame.payload) > 125):
            raise _ViolationError(1002)
        if not control and (frame.opcode == Opcode.CONTINUATION) is (self._opcode is None):
            raise _ViolationError(1002)

    def _data(self, frame: Received) -> None:
        if not frame.fin and self._how.dies_on_fragment:
            self._die()
        if frame.opcode != Opcode.CONTINUATION or self._opcode is None:
            self._opcode = Opcode.BINARY if frame.opcode == Opcode.BINARY else Opcode.TEXT
        self._parts.append(frame.payload)
        if self._opcode == Opcode.TEXT and self._how.detects:
            try:
                self._utf8.decode(frame.payload, frame.fin)
            except UnicodeDecodeError:
                raise _ViolationError(1007) from None
        if frame.fin:
            payload, opcode = b"".join(self._parts), self._opcode
            self._opcode, self._parts = None, []
            if self._how.echoes:
                self._echo(opcode, payload)

    def _echo(self, opcode: int, payload: bytes) -> None:
        is_new = payload not in self._known
        self._known.add(payload)
        wrong = self._how.corrupts or (self._how.corrupts_once and is_new)
        self._send(opcode, _corrupted(payload) if wrong else payload)

    def _close(self, body: bytes) -> None:
        if not self._how.closes:
            return
        if self._how.detects and self._how.checks_close:
            _check_close(body)
        answer = body[:2] if self._how.answer_code is None else self._how.answer_code.to_bytes(2, "big")
        self._send(Opcode.CLOSE, answer if len(answer) > 1 else b"")
        raise _ConnectionOverError

    def _fail(self, code: int) -> None:
        chosen = self._how.error_code
        if chosen is not None:
            self._send(Opcode.CLOSE, (chosen or code).to_bytes(2, "big"))

    def _send(self, opcode: int, payload: bytes) -> None:
        size = len(payload)
        bit = 0x80 if self._how.masks else 0
        if size < 126:
            header = bytes((0x80 | opcode, bit | size))
        elif size < 1 << 16:
            header = struct.pack("!BBH", 0x80 | opcode, bit | 126, size)
        else:
            header = struct.pack("!BBQ", 0x80 | opcode, bit | 127, size)
        self._sock.sendall(header + (bytes(4) if bit else b"") + payload)


def _corrupted(payload: bytes) -> bytes:
    """As many octets, the last of them another one."""
    return payload[:-1] + (b"?" if payload[-1:] == b"!" else b"!") if payload else payload


def _check_close(body: bytes) -> None:
    if body and not (len(body) > 1 and may_be_sent(int.from_bytes(body[:2], "big"))):
        raise _ViolationError(1002)
    try:
        body[2:].decode()
    except UnicodeDecodeError:
        raise _ViolationError(1007) from None


def _shake_hands(sock: socket.socket) -> bytes | None:
    """Answer the opening handshake; the octets behind it, or None when there is none."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = sock.recv(1 << 16)
        if not more:
            return None
        data += more
    head, _, early = data.partition(b"\r\n\r\n")
    found = re.search(rb"(?im)^sec-websocket-key:\s*(\S+)\s*$", head)
    if found is None:
        return None
    accept = base64.b64encode(hashlib.sha1(found[1] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    sock.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )
    return early


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128
    how: Crooked
    die: Callable[[], None]
    known: set[bytes]  # messages that were seen, on whatever connection
    tls: ssl.SSLContext | None

    def handle_error(self, request: object, client_address: object) -> None:
        """A peer that vanishes is no error of this server."""


class _Handler(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.server.tls is None:
            self._serve(self.request)
        else:
            with self.server.tls.wrap_socket(self.request, server_side=True) as sock:
                self._serve(sock)

    def _serve(self, sock: socket.socket) -> None:
        early = _shake_hands(sock)
        if early is None:
            return
        with suppress(OSError):
            _Connection(sock, self.server).serve(early)
        self._end(sock, self.server.how)

    def _end(self, sock: socket.socket, how: Crooked) -> None:
        with suppress(OSError):
            if how.stray:
                sock.sendall(how.stray)
            if how.resets:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                sock.close()
                return
            if how.ends_tcp:
                sock.shutdown(socket.SHUT_WR)
            while sock.recv(1 << 16):
                pass


@contextmanager
def serving(
    how: Crooked, port: int = 0, *, die: Callable[[], None] | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[str]:
    """Serve on 127.0.0.1 until the block ends; yields the URL.

    Args:
        how: what to do wrong.
        port: 0 picks a free one.
        die: what `dies_on_fragment` calls; by default the listening socket is closed.
        tls: serve `wss://`.
    """
    with _Server(("127.0.0.1", port), _Handler) as server:
        server.how, server.die, server.known, server.tls = how, die or server.socket.close, set(), tls
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"{'wss' if tls else 'ws'}://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()
