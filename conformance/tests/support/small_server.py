"""A small HTTP and WebSocket server with one of many faults, or none, which cleans up completely.

It has the pages that scripts request, and a thread per connection. It counts its own threads and connections, which
are read from /proc for a real server.
"""

from __future__ import annotations

import base64
import hashlib
import selectors
import socket
import ssl
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from wsconform.model import Opcode
from wsconform.trust import Trust
from wsconform.wire.frames import Decoder
from wsconform.wire.opening import Additions

ORIGINS = {"", "https://site.example"}
SILENCE = 0.75  # seconds until a Ping, and again until the connection is given up
HASTY = 0.3  # seconds until a server that cuts idle connections does so
PAGES = {"/": b"The project under test.\n", "/health": b"ok", "/w/state": b'{"greenlets": 0}'}
NEEDS_UPGRADE = b"This page wants a WebSocket.\n"
#: By path, how a view ends after the message "stop": the close code, and whether it raises.
VIEWS = {
    "/echo": (1000, False),
    "/w/raises": (1011, True),
    "/w/raises-after-close": (1000, True),
    "/w/closes": (3001, False),
    **{
        f"/w/{name}": (1000, False) for name in ("response", "none", "body", "cookies", "redirect", "streaming", "file")
    },
    **{f"/w/{name}": (1000, False) for name in ("at-once", "deaf", "flood", "post", "required")},
    **{f"/w/{name}": (1000, False) for name in ("polls", "ticks", "room")},
}
MESSAGE_LIMIT = 4 << 20
EMPTY_BLOCK = b"\x00\x00\xff\xff"
REPORT = """ERROR {logger}: A view failed
Traceback (most recent call last):
  File "views.py", line 1, in view
    raise DeliberateError("oh")
wsconform_site.wsgi_views.DeliberateError: oh
"""


class _OverError(Exception):
    """The connection must end."""


class _DiedError(Exception):
    """The server must end."""


class SmallServer:
    """A server with one fault, or none."""

    host, closes_gracefully, stop_within = "127.0.0.1", True, 0.5

    def __init__(self, fault: str = "", tls: ssl.SSLContext | None = None, authority: Path | None = None) -> None:
        self.fault, self.tls, self.authority = fault, tls, authority
        self.closes_gracefully = fault != "ends-abruptly"
        self._listener = socket.create_server((self.host, 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self._log: list[str] = []
        self._open: dict[int, socket.socket] = {}
        self._kept: list[socket.socket] = []
        self._gone, self._pid = threading.Event(), 1000
        self.stopping = False
        self.wake, self._waker = socket.socketpair()  # the first can be read from SIGTERM on
        self._leaked = 0
        self.taken = 0  # bytes of frames
        self.members: list[_WebSocket] = []
        self.everyone = threading.RLock()
        self.another = threading.Barrier(2, timeout=5)
        self._threads: list[threading.Thread] = []
        self._spawn(self._accept)

    # Facts about the server

    additions, refuses = Additions(), False

    @property
    def trust(self) -> Trust:
        return Trust(self.authority)

    @property
    def url(self) -> str:
        return f"{'wss' if self.tls else 'ws'}://{self.host}:{self.port}/echo"

    def alive(self) -> bool:
        return not self._gone.is_set()

    def log_size(self) -> int:
        return len("".join(self._log))

    def log_text(self, start: int = 0) -> str:
        return "".join(self._log)[start:]

    def threads(self) -> int | None:
        return 1 + (self._leaked if self.fault == "leaks-threads" else 0)

    def descriptors(self) -> int | None:
        return 3 + len(self._open) + (self._leaked if self.fault == "leaks-descriptors" else 0)

    def processes(self) -> tuple[int, ...] | None:
        return (self._pid,)

    def memory_peak(self) -> int | None:
        return (50 << 20) + (10_000 * self.taken if self.fault == "eats-memory" else 0)

    def forget_memory_peak(self) -> None:
        self.taken = 0

    def holds(self, peer_port: int) -> bool | None:
        return peer_port in self._open

    def terminate(self) -> None:
        if self.fault == "ignores-sigterm":
            return
        self.stopping = self.fault not in ("leaves-without-1001", "ends-abruptly")
        for sock in list(self._open.values()):
            with suppress(OSError):
                if isinstance(sock, ssl.SSLSocket):  # it is not for two threads; the one that has it is woken
                    continue
                if self.stopping:
                    sock.sendall(_frame(Opcode.CLOSE, (1001).to_bytes(2, "big")))
                sock.shutdown(socket.SHUT_WR)
        self._waker.close()
        self._die()

    def wait_ended(self, within: float) -> bool:
        return self._gone.wait(within)

    def _die(self) -> None:
        self._gone.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def close(self) -> None:
        """End the server and all its threads."""
        self._die()
        self._threads[0].join()  # it may have accepted a connection that is not in `_open` yet
        for sock in [*self._open.values(), *self._kept]:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for sock in (*self._kept, self.wake, self._waker):
            sock.close()

    # Connections

    def _spawn(self, target: object, *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, (_, port) = self._listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.fault == "blocks-everyone":  # at once, and not when the kernel has taken megabytes
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            self._open[port] = sock
            self._spawn(self._serve, sock, port)

    def _serve(self, sock: socket.socket, port: int) -> None:
        try:
            if self.tls is not None:
                sock = self._open[port] = self.tls.wrap_socket(sock, server_side=True)
            with self.everyone if self.fault == "serves-one-at-a-time" else nullcontext():
                _Connection(self, sock).serve()
        except _DiedError:
            self._die()
        except (OSError, _OverError, threading.BrokenBarrierError):
            pass
        self._leaked += 1
        if self.fault == "keeps-the-connection":
            self._kept.append(sock)
            return
        sock.close()
        self._open.pop(port, None)

    def print(self, text: str) -> None:
        self._log.append(text)

    def replace_worker(self) -> None:
        self._pid += 1


class _Connection:
    def __init__(self, server: SmallServer, sock: socket.socket) -> None:
        self._server, self._sock, self._fault = server, sock, server.fault
        self._buffer = b""

    def serve(self) -> None:
        while (request := self._request()) is not None:
            self._respond(*request)

    # HTTP

    def _request(self) -> tuple[str, str, dict[str, str], bytes] | None:
        while b"\r\n\r\n" not in self._buffer:
            if not self._more():
                return None
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        first, *rest = head.decode().split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
        size = int(fields.get("content-length", 0))
        while len(self._buffer) < size:
            if not self._more():
                return None
        body, self._buffer = self._buffer[:size], self._buffer[size:]
        method, path, _ = first.split()
        return method, path, fields, body

    def _more(self) -> bool:
        data = self._sock.recv(65536)
        self._buffer += data
        return bool(data)

    def _respond(self, method: str, target: str, fields: dict[str, str], body: bytes) -> None:
        path = target.partition("?")[0]
        if path == "/health" and self._fault == "hangs":
            self._sock.recv(1)
        if path in VIEWS and fields.get("upgrade") == "websocket":
            if refusal := self._refusal(method, fields):
                self._answer(method, *refusal)
            else:
                self._open(path, fields)
            return
        if path == "/w/post":
            self._answer(method, "200 OK", body)
        elif path == "/w/required":
            self._answer(method, "400 Bad Request", b"A WebSocket is required.")
        elif path in PAGES or path in VIEWS:
            self._answer(method, "200 OK", PAGES.get(path, NEEDS_UPGRADE), fields.get("connection", ""))
        else:
            self._answer(method, "404 Not Found", b"There is nothing.")

    def _refusal(self, method: str, fields: dict[str, str]) -> tuple[str, bytes, str] | None:
        if method != "GET":
            return "405 Method Not Allowed", b"GET, please.", ""
        if fields.get("sec-websocket-version") != "13":
            spoken = "" if self._fault == "names-no-version" else "Sec-WebSocket-Version: 13"
            return "426 Upgrade Required", b"13, please.", spoken
        if len(base64.b64decode(fields.get("sec-websocket-key", ""))) != 16:
            return "400 Bad Request", b"A key, please.", ""
        if fields.get("origin", "") not in ORIGINS and self._fault != "welcomes-every-origin":
            return "403 Forbidden", b"Not you.", ""
        return None

    def _answer(self, method: str, status: str, body: bytes, more: str = "") -> None:
        fault = self._fault
        closes = more == "close" or fault == "says-close-and-stays"
        size = len(body) + (10 if fault == "breaks-off" else 0)
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {size}", *(["Connection: close"] if closes else [])]
        lines += [more] if ":" in more else []
        answer = "\r\n".join((*lines, "", "")).encode() + (b"" if method == "HEAD" else body)
        self._sock.sendall(answer * (2 if fault == "answers-twice" else 1))
        if fault == "breaks-off" or fault == "closes-unsaid" or more == "close":
            raise _OverError
        if fault == "says-close-and-stays":
            self._wait_for_end()

    def _wait_for_end(self) -> None:
        while self._sock.recv(65536):
            pass
        raise _OverError

    # WebSocket

    def _open(self, path: str, fields: dict[str, str]) -> None:
        key = fields["sec-websocket-key"].encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key).digest()).decode()
        if self._fault == "wrong-accept-value":
            accept = accept.swapcase()
        if self._fault == "waits-for-another":
            self._server.another.wait()
        early, self._buffer = self._buffer, b""
        if self._fault == "loses-the-first-frame":
            early = b""
        self._sock.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + (b"Sec-WebSocket-Extensions: permessage-deflate\r\n" if self._compresses(fields) else b"")
            + b"Sec-WebSocket-Accept: "
            + accept.encode()
            + b"\r\n\r\n"
        )
        if self._fault == "replaces-its-worker":
            self._server.replace_worker()
        _WebSocket(self._server, self._sock, path, early).run()
        raise _OverError

    def _compresses(self, fields: dict[str, str]) -> bool:
        return "sec-websocket-extensions" in fields and self._fault != "declines-compression"


class _WebSocket:
    def __init__(self, server: SmallServer, sock: socket.socket, path: str, early: bytes) -> None:
        self._server, self._sock, self._path, self._early = server, sock, path, early
        self._fault = server.fault
        self._frames = Decoder()
        self._closed = False  # whether the peer has
        self._sending = threading.Lock()

    def run(self) -> None:
        code, raises = VIEWS[self._path]
        try:
            if self._view():
                self._send(Opcode.CLOSE, (1000 if self._fault == "hides-1011" else code).to_bytes(2, "big"))
                if self._fault != "eats-its-close":
                    self._await_close()
            elif self._server.stopping and isinstance(self._sock, ssl.SSLSocket):
                self._send(Opcode.CLOSE, (1001).to_bytes(2, "big"))
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            if self._fault == "dies-of-a-reset":
                raise _DiedError from None
            if self._fault == "complains-of-a-reset":
                self._server.print("[ERROR] Broken pipe\n")
        if raises:
            self._report()
        self._end()

    def _view(self) -> bool:
        """Behave as the view of the path; return whether the server must close."""
        if self._path == "/w/at-once":
            return True
        if self._path == "/w/deaf":
            time.sleep(0.1)
            return True
        if self._path == "/w/flood":
            while True:
                self._send(Opcode.TEXT, b"x" * 1024)
                self._sock.settimeout(0.0005)
                with suppress(TimeoutError, ssl.SSLWantReadError):
                    if not self._sock.recv(65536) and self._fault != "never-stops-sending":
                        return False
                self._sock.settimeout(1)
        if self._path == "/w/room":
            return self._room()
        for opcode, message in self._messages():
            if self._path not in ("/w/polls", "/w/ticks"):
                self._send(opcode, message)
            if message == b"stop":
                return True
        return False

    def _room(self) -> bool:
        members = self._server.members
        members.append(self)
        try:
            self._send(Opcode.TEXT, b"joined")
            for opcode, message in self._messages():
                for other in [other for other in members if other is not self]:
                    with suppress(OSError):
                        other._send(opcode, message)
        finally:
            members.remove(self)
        return False

    def _messages(self) -> Iterator[tuple[int, bytes]]:
        patient = self._fault in ("ignores-silence", "blocks-everyone")
        self._sock.settimeout(None if patient else HASTY if self._fault == "cuts-idle" else SILENCE)
        asked, data = False, self._early
        while True:
            self._server.taken += len(data)
            for frame in self._frames.feed(data):
                if frame.rsv and self._is_too_long(frame.payload):
                    self._send(Opcode.CLOSE, (1009).to_bytes(2, "big"))
                    return
                if frame.opcode in (Opcode.TEXT, Opcode.BINARY):
                    yield frame.opcode, frame.payload
                elif frame.opcode == Opcode.PING:
                    self._send(Opcode.PONG, frame.payload)
                elif frame.opcode == Opcode.CLOSE:
                    self._closed = True
                    self._send(Opcode.CLOSE, frame.payload[:2])
                    return
            try:
                data = self._receive()
            except TimeoutError:
                if asked or self._fault == "cuts-idle":
                    return
                asked, data = True, b""
                self._send(Opcode.PING, b"")
                continue
            asked = False
            if not data:
                return

    def _receive(self) -> bytes:
        sock, wake = self._sock, self._server.wake
        if isinstance(sock, ssl.SSLSocket) and not sock.pending():
            with selectors.DefaultSelector() as selector:
                selector.register(sock, selectors.EVENT_READ)
                selector.register(wake, selectors.EVENT_READ)
                ready = [key.fileobj for key, _ in selector.select(sock.gettimeout())]
            if not ready:
                raise TimeoutError
            if wake in ready:
                return b""
        return sock.recv(65536)

    def _is_too_long(self, payload: bytes) -> bool:
        if self._fault == "swallows-bombs":
            return False
        inflated = zlib.decompressobj(-15).decompress(payload + EMPTY_BLOCK, MESSAGE_LIMIT + 1)
        return len(inflated) > MESSAGE_LIMIT

    def _await_close(self) -> None:
        self._sock.settimeout(SILENCE)
        with suppress(TimeoutError):
            while not self._closed and (data := self._sock.recv(65536)):
                self._closed = any(frame.opcode == Opcode.CLOSE for frame in self._frames.feed(data))

    def _report(self) -> None:
        loggers = {
            "hides-the-exception": (),
            "reports-twice": ("dwebsocket", "dwebsocket"),
            "lets-the-server-report": ("dwebsocket", "gunicorn.error"),
        }.get(self._fault, ("dwebsocket", "django.request"))
        for logger in loggers:
            self._server.print(REPORT.format(logger=logger))

    def _end(self) -> None:
        fault, sock = self._fault, self._sock
        if fault == "prints-a-traceback":
            self._server.print(REPORT.format(logger="django.request").replace("DeliberateError", "OSError"))
        if fault in ("stray-http", "stray-http-and-no-end"):
            sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        if fault == "answers-what-follows" and self._frames.stray:
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        if fault == "resets-behind-close-notify":
            sock.settimeout(0)
            with suppress(OSError, ValueError):
                sock.unwrap()
        if fault in ("resets", "eats-its-close", "resets-behind-close-notify"):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        ends = fault not in ("does-not-end", "stray-http-and-no-end")
        if ends:
            if isinstance(sock, ssl.SSLSocket) and fault != "sends-no-close-notify":
                sock.settimeout(0)
                with suppress(OSError, ValueError):
                    sock.unwrap()
            with suppress(OSError):
                sock.shutdown(socket.SHUT_WR)
        sock.settimeout(SILENCE if ends else None)
        with suppress(OSError, ValueError):
            while sock.recv(65536):
                pass

    def _send(self, opcode: int, payload: bytes) -> None:
        size = len(payload)
        if size < 126:
            length = bytes((size,))
        else:
            length = struct.pack("!BH", 126, size) if size <= 0xFFFF else struct.pack("!BQ", 127, size)
        with self._server.everyone if self._fault == "blocks-everyone" else self._sending:
            self._sock.sendall(bytes((0x80 | opcode,)) + length + payload)


def _frame(opcode: int, payload: bytes) -> bytes:
    return bytes((0x80 | opcode, len(payload))) + payload


@contextmanager
def small_server(
    fault: str = "", tls: ssl.SSLContext | None = None, authority: Path | None = None
) -> Iterator[SmallServer]:
    server = SmallServer(fault, tls, authority)
    try:
        yield server
    finally:
        server.close()
