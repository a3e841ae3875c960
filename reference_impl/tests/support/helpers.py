"""A hand-made client at one end of a socket pair, and a Django that serves a view at the other.

Nothing of `dwebsocket` is used here: a mistake that both sides make would not be seen.
"""

import io
import os
import socket
import struct
import threading
from types import SimpleNamespace

from django.core.handlers.wsgi import WSGIHandler
from django.db import connections
from django.test import override_settings
from django.urls import path

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
LIMIT = 20  # seconds after which a test that waits in vain is given up
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # both from RFC 6455 section 1.3
UPGRADE = {
    "Host": "testserver",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
}


def frame(opcode, payload=b"", fin=True, rsv=0):
    """A masked frame as a client sends it."""
    payload = payload.encode() if isinstance(payload, str) else payload
    size = len(payload)
    if size < 126:
        length = bytes([0x80 | size])
    elif size < 65536:
        length = b"\xfe" + struct.pack(">H", size)
    else:
        length = b"\xff" + struct.pack(">Q", size)
    key = os.urandom(4)
    masked = int.from_bytes(payload, "big") ^ int.from_bytes((key * (size // 4 + 1))[:size], "big")
    return bytes([fin << 7 | rsv << 4 | opcode]) + length + key + masked.to_bytes(size, "big")


def close_payload(code=1000, reason=""):
    return struct.pack(">H", code) + reason.encode()


class Client:
    """The peer of a WebSocket, octet by octet."""

    def __init__(self, sock):
        self.sock = sock
        self.sock.settimeout(LIMIT)
        self.file = sock.makefile("rb")

    def send(self, message):
        self.send_frame(TEXT if isinstance(message, str) else BINARY, message)

    def send_frame(self, *args, **kwargs):
        self.sock.sendall(frame(*args, **kwargs))

    def close(self, code=1000, reason=""):
        self.send_frame(CLOSE, close_payload(code, reason))

    def head(self):
        """The head of an HTTP response: status and fields, names in small letters."""
        status = int(self.file.readline().split()[1])
        lines = iter(self.file.readline, b"\r\n")
        fields = (line.decode("latin-1").partition(":") for line in lines)
        return status, {name.lower(): value.strip() for name, _, value in fields}

    def frame(self):
        """The next frame from the server: opcode and payload; None at the end of TCP."""
        head = self.file.read(2)
        if not head:
            return None
        assert head[0] & 0x70 == 0, "reserved bits"
        assert head[1] & 0x80 == 0, "a server does not mask"
        size = head[1]
        if size >= 126:
            size = int.from_bytes(self.file.read(2 if size == 126 else 8), "big")
        assert head[0] & 0x80, "this server does not fragment"
        return head[0] & 15, self.file.read(size)

    def message(self):
        opcode, payload = self.frame()
        assert opcode in (TEXT, BINARY), (opcode, payload)
        return payload.decode() if opcode == TEXT else payload

    def rest(self):
        """All frames up to the server's end of TCP, which must be an end and not a reset; then ours."""
        frames = list(iter(self.frame, None))
        self.sock.shutdown(socket.SHUT_WR)
        return frames

    def end(self):
        self.file.close()
        self.sock.close()


class FakeInput(io.BytesIO):
    """``wsgi.input`` as gunicorn makes it, with octets that were read too early."""

    def __init__(self, early):
        super().__init__()
        self.reader = SimpleNamespace(unreader=SimpleNamespace(buf=io.BytesIO(early)))


def environ(sock, headers=UPGRADE, early=b"", target="/", method="GET", **more):
    """The environ of a request under something that looks like gunicorn."""
    target, _, query = target.partition("?")
    fields = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": target,
        "QUERY_STRING": query,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_SOFTWARE": "fake",
        "wsgi.url_scheme": "http",
        "wsgi.input": FakeInput(early),
        "gunicorn.socket": sock,
        **fields,
        **more,
    }


class Talk:
    """One request to a view in a thread of its own, and the client's end of it."""

    def __init__(self, handler, sock, environ, client):
        self.client = client
        self.status = self.error = None
        self.body = b""
        self.headers = {}
        self._sock = sock
        self._thread = threading.Thread(target=self._run, args=(handler, environ))
        self._thread.start()

    def _run(self, handler, environ):
        try:
            response = handler(environ, self._start)
            self.body = b"".join(response)
            response.close()
        except BaseException as error:  # the test looks at it
            self.error = error
        finally:
            self._sock.close()
            # Django keeps a database in memory open, however often it closes it.
            for database in connections.all(initialized_only=True):
                if database.connection:
                    database.connection.close()

    def _start(self, status, headers):
        self.status = int(status.split()[0])
        self.headers = {name.lower(): value for name, value in headers}

    def finished(self):
        """Wait for the server to be done with the request."""
        self._thread.join(LIMIT)
        assert not self._thread.is_alive(), "the view does not end"
        return self


class Talks:
    """Opens talks, and sees to it that all of them end."""

    def __init__(self):
        self._talks = []
        self._overrides = []

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        for talk in self._talks:
            talk.client.end()
        for talk in self._talks:
            talk.finished()
        for override in reversed(self._overrides):
            override.disable()

    def request(self, view, *, settings=None, middleware=(), **request):
        """Send a request to `view`; the settings stay until the end of the test.

        Further arguments: those of `environ`.
        """
        override = override_settings(ROOT_URLCONF=(path("", view),), MIDDLEWARE=list(middleware), **settings or {})
        override.enable()
        self._overrides.append(override)
        ours, theirs = socket.socketpair()
        talk = Talk(WSGIHandler(), ours, environ(ours, **request), Client(theirs))
        self._talks.append(talk)
        return talk

    def __call__(self, view, **request):
        """Open a WebSocket to `view`; for the arguments see `request`."""
        talk = self.request(view, **request)
        status, talk.handshake = talk.client.head()
        assert status == 101, status
        return talk


def play(talk, view, *frames, **request):
    """Send frames and a Close to a view at once; return what it sends, after it has ended."""
    conversation = talk(view, **request)
    conversation.client.sock.sendall(b"".join(frames) + frame(CLOSE, close_payload()))
    answers = conversation.client.rest()
    conversation.finished()
    return answers
